"""A bounded part of the loop over faults; `make test-provision` runs all of it and writes docs/reliability.md."""

from __future__ import annotations

import contextlib
import functools
import itertools
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.platforms import fly_scene, heroku_scene, kamal_scene, kubernetes_scene, render_scene, upsun_scene
from tests.platforms.faults import Scene, again, beside, bounded, recorded, tried
from tests.platforms.simulated.world import World
from tests.support import counted

SLICES = 4  # so that processes share the work
SCENES = {"heroku": heroku_scene.quick, "fly": fly_scene.scene, "upsun": upsun_scene.quick, "kamal": kamal_scene.scene}
SCENES |= {"kubernetes": kubernetes_scene.scene}
SCENES |= {f"{name}, staging": lambda made=made: beside(made()) for name, made in SCENES.items()}
SCENES |= {"render": render_scene.scene, "render, staging": render_scene.staging}
# Statuses beyond those of the loop; none of them did anything.
REFUSALS = ("409", "403", "429", "503", "408", "404")


@pytest.mark.parametrize("kinds", [REFUSALS, ("late",)], ids=["refused", "made, and never answered"])
@pytest.mark.parametrize("name", SCENES)
def test_a_run_after_any_other_end_of_a_creation_ends_like_one_that_met_none(
    name: str, kinds: tuple[str, ...], tmp_path: Path
) -> None:
    scene: Scene = SCENES[name]()
    wanted = recorded(scene, tmp_path / "recorded")
    cases = list(zip(wanted.changing()[:: scene.step], itertools.cycle(kinds), strict=False))

    counts = tried(scene, tmp_path, wanted, cases)

    assert counts.faults == len(cases)
    assert not counts.found, "\n".join(counts.found)


# What a question may get instead of an answer, beyond the faults of the loop.
UNUSABLE = ("401", "403", "404", "429", "503", "page", "empty")
READ = {"heroku": heroku_scene.quick, "fly": fly_scene.scene, "upsun": upsun_scene.quick, "render": render_scene.scene}


@pytest.mark.parametrize("made", [lambda scene: scene, again], ids=["first deployment", "another one"])
@pytest.mark.parametrize("part", range(2))
@pytest.mark.parametrize("name", READ)
def test_a_question_without_a_usable_answer_makes_nothing_twice(
    name: str, part: int, made: Callable[[Scene], Scene], tmp_path: Path
) -> None:
    """Above all, what the platform does not show for a moment is not taken for absent."""
    scene = made(READ[name]())
    wanted = recorded(scene, tmp_path / "recorded")
    reads = [number for number in range(len(wanted.requests)) if number not in wanted.changing()]

    counts = tried(scene, tmp_path, wanted, list(zip(reads, itertools.cycle(UNUSABLE), strict=False))[part::2])

    assert counts.faults
    assert not counts.found, "\n".join(counts.found)


@pytest.mark.parametrize("lag", [1, 3])
@pytest.mark.parametrize("name", READ)
def test_a_platform_that_hears_of_its_own_changes_late(name: str, lag: int, tmp_path: Path) -> None:
    scene = READ[name]()
    wanted = recorded(scene, tmp_path / "recorded")
    with scene.make(tmp_path / "late") as (world, platform):
        platform.lag = lag

        ended = scene.run(world, {})

        assert ended.status == 0, ended.output
        assert platform.final() == wanted.final


@pytest.mark.parametrize("name", READ)
def test_a_run_that_was_killed_is_repeated_before_the_platform_lists_what_it_made(name: str, tmp_path: Path) -> None:
    scene = READ[name]()
    wanted = recorded(scene, tmp_path / "recorded")
    (tmp_path / "late").mkdir()
    late = Scene(functools.partial(_late, scene, 3), scene.arguments, scene.timeout)
    creations = [number for number in wanted.changing() if not wanted.requests[number].startswith("PUT")]

    counts = tried(late, tmp_path / "late", wanted, [(number, "killed after") for number in creations[:4]])

    assert counts.faults
    assert not counts.found, "\n".join(counts.found)


@contextlib.contextmanager
def _late(scene: Scene, lag: int, folder: Path) -> Iterator[tuple[World, Any]]:
    with scene.make(folder) as (world, platform):
        platform.lag = lag
        yield world, platform


# Each case makes a world from nothing and runs the hook twice: two to four seconds.
@pytest.mark.parametrize("part", range(SLICES))
@pytest.mark.parametrize("name", SCENES)
def test_a_run_that_was_disturbed_ends_like_one_that_was_not(
    name: str, part: int, tmp_path: Path, record_property: counted.Recording
) -> None:
    scene: Scene = SCENES[name]()
    wanted = recorded(scene, tmp_path / "recorded")

    counts = tried(scene, tmp_path, wanted, bounded(scene, wanted)[part::SLICES])

    counted.note(record_property, "faults tried", counts.faults)
    counted.note(record_property, "duplicates found", len(counts.duplicates))
    counted.note(record_property, "secrets found", len(counts.secrets))
    assert counts.faults
    assert not counts.found, "\n".join(counts.found)
