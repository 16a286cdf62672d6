"""A bounded part of the loop over faults; `make test-provision` runs all of it and writes docs/reliability.md."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from tests.platforms import fly_scene, heroku_scene, kamal_scene, render_scene, upsun_scene
from tests.platforms.faults import Recorded, Scene, beside, recorded, tried
from tests.platforms.simulated.server import FAULTS
from tests.support import counted

SLICES = 4  # so that processes share the work
SCENES = {"heroku": heroku_scene.quick, "fly": fly_scene.scene, "upsun": upsun_scene.quick}
SCENES |= {f"{name}, staging": lambda made=made: beside(made()) for name, made in SCENES.items()}
SCENES |= {"render": render_scene.scene, "kamal": kamal_scene.scene}
TELLING = ("500", "dropped", "killed before", "killed after")  # for what changes something


def bounded(wanted: Recorded) -> list[tuple[int, str]]:
    """Every request that changes something in each of the ways that can leave a duplicate behind, and some of the others."""
    kinds = itertools.cycle(kind for kind in FAULTS if kind != "timeout")
    changing = wanted.changing()
    others = [(number, next(kinds)) for number in range(len(wanted.requests)) if number not in changing]
    return [*itertools.product(changing, TELLING), (changing[0], "timeout"), *others[::4]]


# Statuses beyond those of the loop; none of them did anything.
REFUSALS = ("409", "403", "429", "503", "408", "404")


@pytest.mark.parametrize("kinds", [REFUSALS, ("late",)], ids=["refused", "made, and never answered"])
@pytest.mark.parametrize("name", SCENES)
def test_a_run_after_any_other_end_of_a_creation_ends_like_one_that_met_none(
    name: str, kinds: tuple[str, ...], tmp_path: Path
) -> None:
    scene: Scene = SCENES[name]()
    wanted = recorded(scene, tmp_path / "recorded")
    cases = list(zip(wanted.changing(), itertools.cycle(kinds), strict=False))

    counts = tried(scene, tmp_path, wanted, cases)

    assert counts.faults == len(cases)
    assert not counts.found, "\n".join(counts.found)


# Each case makes a world from nothing and runs the hook twice: two to four seconds.
@pytest.mark.parametrize("part", range(SLICES))
@pytest.mark.parametrize("name", SCENES)
def test_a_run_that_was_disturbed_ends_like_one_that_was_not(
    name: str, part: int, tmp_path: Path, record_property: counted.Recording
) -> None:
    scene: Scene = SCENES[name]()
    wanted = recorded(scene, tmp_path / "recorded")

    counts = tried(scene, tmp_path, wanted, bounded(wanted)[part::SLICES])

    counted.note(record_property, "faults tried", counts.faults)
    counted.note(record_property, "duplicates found", len(counts.duplicates))
    counted.note(record_property, "secrets found", len(counts.secrets))
    assert counts.faults
    assert not counts.found, "\n".join(counts.found)
