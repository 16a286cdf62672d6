"""Scenes of a rollback for the loop over faults: a site with two releases, of which the older comes back."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from tests.platforms import fly_scene, heroku_scene, kamal_scene, kubernetes_scene, render_scene, upsun_scene
from tests.platforms.faults import Scene
from tests.platforms.owner import commit
from tests.platforms.simulated.world import DATE, World
from tests.support.hook import GIT

WORDS = ("rollback", "--yes")


def scene(first: Scene) -> Scene:
    """The rollback after two deployments of another scene."""

    @contextlib.contextmanager
    def made(folder: Path) -> Iterator[tuple[World, Any]]:
        with first.make(folder) as (world, platform):
            for number in range(2):
                _commit(world, f"{number}")
                ended = world.run(**first.arguments)
                assert ended.status == 0, ended.output
            yield world, platform

    return dataclasses.replace(first, make=made, arguments={}, words=WORDS, once=True)


def _commit(world: World, text: str) -> None:
    """With the same hash in every world."""
    commit(world, "news.txt", text)
    dates = {"GIT_AUTHOR_DATE": DATE, "GIT_COMMITTER_DATE": DATE}
    command = [*GIT, "commit", "--quiet", "--amend", "--no-edit", "--date", DATE]
    subprocess.run(command, cwd=world.repository.root, env=os.environ | dates, check=True)


SCENES: dict[str, Callable[[], Scene]] = {
    "Heroku, rollback": lambda: scene(heroku_scene.quick()),
    "Render, rollback": lambda: scene(render_scene.scene()),
    "Upsun Flex, rollback": lambda: scene(upsun_scene.quick()),
    "Kamal, rollback": lambda: dataclasses.replace(scene(kamal_scene.scene()), environ=kamal_scene.GIVEN),
    "Kubernetes, rollback": lambda: dataclasses.replace(
        scene(kubernetes_scene.scene()), environ=kubernetes_scene.ARGUMENTS["environ"]
    ),
    "Fly.io, rollback": lambda: scene(fly_scene.scene(deploy_database="sqlite")),
}
