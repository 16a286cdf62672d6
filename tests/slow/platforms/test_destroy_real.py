"""The platforms' own programs delete what was created. They take a second for each question, flyctl a tenth, so that what
is deleted was created by the stand-ins."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.platforms import destroy_scene, fly_scene, upsun_scene
from tests.platforms.destroy_scene import DESTROY, destroyed
from tests.platforms.faults import leaked
from tests.platforms.simulated.world import World, linked
from tests.slow.platforms.test_destroy import BESIDE, alone
from tests.tools import tool

pytestmark = pytest.mark.skipif(
    sys.platform == "win32", reason="the stand-ins for platforms' programs are shell scripts"
)


@contextlib.contextmanager
def online(name: str, folder: Path) -> Iterator[tuple[World, Any]]:
    """A site that is online, beside things of others, and the platform's own program first on PATH."""
    if name.startswith("fly"):
        given = {"fly_postgres": "unmanaged", **fly_scene.WHOLE} if "," in name else {}
        with destroyed(fly_scene.real(**given), BESIDE["fly"]).make(folder) as made:
            yield made
        return
    program = tool(name)
    with destroy_scene.SCENES[name]().make(folder) as (world, platform):
        world.programs.insert(0, linked(program, folder / "real", name))
        yield world, platform


@pytest.mark.parametrize("name", ["heroku", "upsun", "fly", "fly, Redis and bucket"])
def test_the_platforms_own_program_deletes_what_was_created(name: str, tmp_path: Path) -> None:
    kind = name.partition(",")[0]
    with online(name, tmp_path) as (world, platform):
        ended = world.command(*DESTROY)

        assert ended.status == 0, ended.output
        assert platform.final() == alone(kind)
        assert leaked(world, platform) == []
        again = world.command(*DESTROY)
        assert again.status == 0, again.output
        assert platform.final() == alone(kind)


def test_an_environment_of_upsun_is_deleted_alone(tmp_path: Path) -> None:
    with upsun_scene.upsun(tmp_path) as (world, platform):
        assert world.run(**upsun_scene.ARGUMENTS).status == 0
        production = platform.final()
        assert world.run(environment="staging", **upsun_scene.ARGUMENTS).status == 0
        world.programs.insert(0, linked(tool("upsun"), tmp_path / "real", "upsun"))

        ended = world.command("destroy", "--environment", "staging", "--confirm", "shelf-staging")

        assert ended.status == 0, ended.output
        assert platform.final() == production


def test_dynos_are_stopped_and_redis_is_deleted_where_the_data_is_kept(tmp_path: Path) -> None:
    with online("heroku", tmp_path) as (world, platform):
        ended = world.command(*DESTROY, "--keep-data")

        assert ended.status == 0, ended.output
        assert sorted(platform.addons) == ["other-db", "shelf-bucket", "shelf-db"]
        assert not any(number for number, _ in platform.apps["shelf"].formation.values())
