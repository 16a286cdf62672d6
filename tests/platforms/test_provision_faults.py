"""A bounded part of the loop over faults; `make test-provision` runs all of it and writes docs/reliability.md."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from tests.platforms import fly_scene, heroku_scene
from tests.platforms.faults import Recorded, Scene, recorded, tried
from tests.platforms.simulated.server import FAULTS

SLICES = 4  # so that processes share the work
SCENES = {"heroku": heroku_scene.quick, "fly": fly_scene.scene}
TELLING = ("500", "dropped", "killed before", "killed after")  # for what changes something


def bounded(wanted: Recorded) -> list[tuple[int, str]]:
    """Every request once, those that change something in each of the ways that can leave a duplicate behind."""
    kinds = itertools.cycle(kind for kind in FAULTS if kind != "timeout")
    changing = wanted.changing()
    once = [(number, next(kinds)) for number in range(len(wanted.requests)) if number not in changing]
    return [*itertools.product(changing, TELLING), (changing[0], "timeout"), *once[::2]]


# Each case makes a world from nothing and runs the hook twice: two to four seconds.
@pytest.mark.parametrize("part", range(SLICES))
@pytest.mark.parametrize("name", SCENES)
def test_a_run_that_was_disturbed_ends_like_one_that_was_not(name: str, part: int, tmp_path: Path) -> None:
    scene: Scene = SCENES[name]()
    wanted = recorded(scene, tmp_path / "recorded")

    counts = tried(scene, tmp_path, wanted, bounded(wanted)[part::SLICES])

    assert counts.faults
    assert not counts.found, "\n".join(counts.found)
