"""How long a run waits for what was ordered: as long as there is a sign of it, and not much longer."""

from __future__ import annotations

import time
from collections.abc import Iterable

import pytest

from deploy_overlay.adapter.steps import Seen, Step
from deploy_overlay.provision import engine


def step(told: Iterable[Seen]) -> Step:
    answers = iter(told)
    return Step("release", "release", lambda: next(answers), commands=lambda: [], patience=600, pause=0.05)


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "NO_SIGN", 0.5)
    monkeypatch.setattr(engine, "FIRST_PAUSE", 0.05)


def endless(seen: Seen) -> Iterable[Seen]:
    while True:
        yield seen


def test_what_shows_no_sign_is_not_waited_for() -> None:
    began = time.monotonic()
    assert not engine._look_again(step(endless(Seen(False))), None).done
    assert time.monotonic() - began < 60, "the patience for what is under way"


def test_what_is_under_way_is_waited_for() -> None:
    end = time.monotonic() + 1.5  # three times as long as without a sign

    def under_way() -> Iterable[Seen]:
        while time.monotonic() < end:
            yield Seen(False, coming=True)
        yield Seen(True)

    assert engine._look_again(step(under_way()), None).done
