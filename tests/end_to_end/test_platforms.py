"""A committed project is created and deployed on every platform, simulated on loopback, and a second run changes nothing.

Some seconds a platform: the hook runs as Copier runs it, and asks the platform's program. The programs are stand-ins that take
no time to start; tests/slow/platforms has the real ones, faults, kills and everything that a platform may say.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.platforms import fly_scene, heroku_scene, render_scene, upsun_scene
from tests.platforms.faults import Scene, leaked

SCENES: dict[str, Callable[[], Scene]] = {
    "fly": fly_scene.scene,
    "heroku": heroku_scene.quick,
    "render": render_scene.scene,
    "upsun": upsun_scene.quick,
}


@pytest.mark.skipif(sys.platform == "win32", reason="the stand-ins for the platforms' programs are shell scripts")
@pytest.mark.parametrize("name", SCENES)
def test_from_nothing_to_deployed_and_again(name: str, tmp_path: Path) -> None:
    scene = SCENES[name]()
    with scene.make(tmp_path) as (world, platform):
        first = world.run(**scene.arguments)
        assert first.status == 0, first.output
        assert "is online at" in first.output
        deployed = platform.final()

        again = world.run(**scene.arguments)

        assert again.status == 0, again.output
        assert platform.final() == deployed
        assert not leaked(world, platform)
