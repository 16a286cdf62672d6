"""What the owner of a project does between two runs."""

from __future__ import annotations

import shutil

from tests.platforms.simulated.world import World


def commit(world: World, path: str = "news.txt", text: str = "news") -> str:
    """A new commit with this file; its hash."""
    world.repository.write(path, text)
    world.repository.git("add", "--all")
    world.repository.git("commit", "--quiet", "--message", "News")
    return world.repository.git("rev-parse", "HEAD").strip()


def another_clone(world: World) -> None:
    """The repository as another machine has it: no link to a project, no record of what was made."""
    shutil.rmtree(world.repository.overlay_folder)
    for line in world.repository.git("remote").splitlines():
        world.repository.git("remote", "remove", line)
