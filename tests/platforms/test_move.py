"""What a move is asked for and cannot do, before it has looked at any platform. The rest: tests/slow/platforms/test_move.py."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from tests.platforms.fly_scene import fly
from tests.platforms.heroku_scene import heroku
from tests.support.anchors import shows
from tests.support.hook import ANSWERS

pytestmark = pytest.mark.skipif(
    sys.platform == "win32", reason="the stand-ins for platforms' programs are shell scripts"
)


@shows("move-where-to")
def test_a_project_that_is_on_heroku_alone(tmp_path: Path) -> None:
    with heroku(tmp_path) as (world, platform):
        ended = world.command("move", "--app", "shelf-old", "--dry-run")

        assert ended.status == 1
        assert "deploy-overlay add fly" in ended.output
        assert platform.asked == []


@shows("move-by-hand")
@pytest.mark.parametrize("source", ["upsun", "mars"])
def test_a_platform_that_nobody_knows_how_to_leave(source: str, tmp_path: Path) -> None:
    with fly(tmp_path) as (world, platform):
        ended = world.command("move", "--from", source, "--app", "shelf-old", "--to", "fly")

        assert ended.status == 1
        assert "/moves/" in ended.output
        assert platform.asked == []


@shows("several-platforms")
def test_which_of_several_platforms_is_meant(tmp_path: Path) -> None:
    with fly(tmp_path) as (world, _):
        world.repository.commit(**json.loads(world.repository.read(ANSWERS)) | {"deploy_platforms": ["fly", "upsun"]})

        ended = world.command("move", "--app", "shelf-old")

        assert ended.status == 1
        assert "--to fly" in ended.output


def test_the_app_has_to_be_named(tmp_path: Path) -> None:
    with fly(tmp_path) as (world, _):
        ended = world.command("move")

        assert ended.status == 2
        assert "--app" in ended.output
