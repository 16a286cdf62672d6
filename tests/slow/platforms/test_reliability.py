"""What `make test-provision` writes: runs add up, and what failed stays open."""

from __future__ import annotations

import argparse
from pathlib import Path

import pytest

from tests.platforms import reliability
from tests.platforms.faults import Counts, Recorded, Scene, every
from tests.platforms.settled import Settled

ARGUMENTS = argparse.Namespace(minutes=1, every=1, jobs=1)
RUN = Recorded(("GET /apps", "POST /apps"), {})


def test_runs_add_up_and_what_failed_is_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken, seen = {(1, "dropped")}, []

    def tried(scene: Scene, folder: Path, wanted: Recorded, cases: list[tuple[int, str]]) -> Counts:
        seen.extend(cases)
        return Counts(1, duplicates=["two apps"] if cases[0] in broken else [])

    def looped() -> Counts:
        seen.clear()
        return reliability.looped(
            "Mars", Scene(lambda folder: pytest.fail()), tmp_path, RUN, Settled(tmp_path), ARGUMENTS
        )

    monkeypatch.setattr(reliability, "tried", tried)
    everything = list(every(RUN))

    assert (looped().faults, sorted(seen)) == (len(everything), sorted(everything))
    broken.clear()
    counts = looped()

    assert seen == [(1, "dropped")]
    assert (counts.faults, counts.found) == (len(everything), [])
    assert (looped().faults, seen) == (len(everything), [])


def test_a_fault_that_met_no_request_is_not_counted_and_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reliability, "tried", lambda *_: Counts())

    for _ in range(2):
        scene = Scene(lambda folder: pytest.fail())
        assert reliability.looped("Mars", scene, tmp_path, RUN, Settled(tmp_path), ARGUMENTS).faults == 0
    assert Settled(tmp_path).of("Mars") == set()
