"""How long a run waits for what was ordered: as long as there is a sign of it, and not much longer."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from deploy_overlay.adapter.cli import Cli, NotPermitted, Tool
from deploy_overlay.adapter.record import Record
from deploy_overlay.adapter.steps import HandStep, Observation, Step
from deploy_overlay.base.log import Log
from deploy_overlay.base.message import Failure
from deploy_overlay.provision import engine

TOOL = Tool(("moon",), "Moon", ("version",), (1,), ("whoami",), "moon login", {})


def carried_out(step: Step, folder: Path) -> engine.Progress:
    """What is done once the engine has looked, done nothing (there is no command) and looked again; raises Failure."""
    log, progress = Log(folder / "log"), engine.Progress()
    engine.carry_out([step], Cli(TOOL, "moon", folder, log), Record(folder, "moon"), log, progress)
    return progress


def step(told: Iterable[Observation]) -> Step:
    answers = iter(told)
    return Step("release", "release", lambda: next(answers), commands=lambda: [], patience=600, pause=0.05)


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "NO_SIGN", 0.2)
    monkeypatch.setattr(engine, "FIRST_PAUSE", 0.05)


def endless(seen: Observation) -> Iterable[Observation]:
    while True:
        yield seen


def test_what_shows_no_sign_is_not_waited_for(tmp_path: Path) -> None:
    began = time.monotonic()
    with pytest.raises(Failure) as failed:
        carried_out(step(endless(Observation(False))), tmp_path)
    assert failed.value.anchor == "not-there-yet"
    assert time.monotonic() - began < 60, "the patience for what is under way"


def test_what_is_under_way_is_waited_for(tmp_path: Path) -> None:
    end = time.monotonic() + 0.6  # three times as long as without a sign

    def under_way() -> Iterable[Observation]:
        while time.monotonic() < end:
            yield Observation(False, pending=True)
        yield Observation(True)

    assert carried_out(step(under_way()), tmp_path).done == ["release"]


def refused() -> Observation:
    raise NotPermitted("`moon list` failed: status 403", anchor="platform-refused")


def test_what_a_token_may_not_look_at_is_there_if_something_else_shows_it(tmp_path: Path) -> None:
    database = Step("database", "database", refused, commands=lambda: [], shown=lambda: "DATABASE_URL is set")

    seen = engine.observe_steps([database]).by_step["database"]

    assert (seen.done, seen.text) == (True, "DATABASE_URL is set; your account cannot see it")
    assert carried_out(database, tmp_path).there == ["database"]


@pytest.mark.parametrize("shown", [None, lambda: ""])
def test_without_that_it_is_a_refusal(shown: Callable[[], str] | None) -> None:
    with pytest.raises(NotPermitted):
        engine.observe_steps([Step("database", "database", refused, commands=lambda: [], shown=shown)])


@pytest.mark.parametrize("optional", [False, True])
@pytest.mark.parametrize(
    "seen", [Observation(False, problem="Moon does not allow it."), Observation(False, failed="Moon gave up.")]
)
def test_a_run_goes_on_without_what_is_optional(seen: Observation, optional: bool, tmp_path: Path) -> None:
    refused = dataclasses.replace(step(endless(seen)), optional=optional)
    if not optional:
        with pytest.raises(Failure):
            carried_out(refused, tmp_path)
        return

    progress = carried_out(refused, tmp_path)

    assert (progress.done, progress.there, progress.skipped) == ([], [], ["release"])


def by_hand(told: Iterable[Observation]) -> Step:
    return dataclasses.replace(step(told), by_hand="Open https://moon.example/new", creates="shelf")


def test_a_run_ends_at_what_is_the_owners_to_do_and_takes_it_as_its_own_afterwards(tmp_path: Path) -> None:
    with pytest.raises(HandStep, match="Open https"):
        carried_out(by_hand([Observation(False)]), tmp_path)

    assert Record(tmp_path, "moon").owns("release", "shelf")
    assert carried_out(by_hand([Observation(True)]), tmp_path).there == ["release"]


def test_what_comes_by_itself_after_a_step_of_the_owners_is_waited_for(tmp_path: Path) -> None:
    assert carried_out(by_hand([Observation(False, pending=True), Observation(True)]), tmp_path).done == ["release"]
