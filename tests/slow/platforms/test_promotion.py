"""What Heroku built for staging is released in production, with production's config vars. Slow: each test deploys two apps."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.platforms import heroku_scene
from tests.platforms.faults import leaked
from tests.platforms.fly_scene import fly
from tests.platforms.heroku_scene import heroku
from tests.platforms.owner import commit
from tests.platforms.simulated.world import Ended, World, linked
from tests.support.anchors import shows
from tests.tools import tool

pytestmark = pytest.mark.skipif(
    sys.platform == "win32", reason="the stand-ins for platforms' programs are shell scripts"
)


def deploy(world: World, *words: str) -> Ended:
    return world.command("deploy", "--yes", "--skip-rehearsal", *words, **heroku_scene.ARGUMENTS["environ"])


def deployed(world: World, *words: str) -> Ended:
    ended = deploy(world, *words)
    assert ended.status == 0, ended.output
    return ended


def two_apps(world: World, platform: Any) -> None:
    """Production, staging beside it, and a commit that staging has and production has not."""
    pushed = platform.repository(world.folder / "staging.git", "shelf-staging")
    world.redirect("https://git.heroku.com/shelf-staging.git", pushed)
    deployed(world)
    deployed(world, "--environment", "staging")
    commit(world)


@pytest.fixture
def both(tmp_path: Path) -> Iterator[tuple[World, Any]]:
    with heroku(tmp_path) as (world, platform):
        two_apps(world, platform)
        yield world, platform


def builds(world: World, platform: Any) -> int:
    return len(platform.apps["shelf"].builds)


@pytest.mark.parametrize("program", ["ours", "real"])
def test_the_build_of_staging_is_released_in_production(program: str, tmp_path: Path) -> None:
    with heroku(tmp_path) as (world, platform):
        two_apps(world, platform)
        deployed(world, "--environment", "staging")
        if program == "real":  # which takes a second for each question
            world.programs.insert(0, linked(tool("heroku"), tmp_path / "real", "heroku"))
        shelf, staging = platform.apps["shelf"], platform.apps["shelf-staging"]
        config, slug, versions = dict(shelf.config), staging.current["slug"], len(shelf.releases)

        plan = world.command("deploy", "--dry-run", "--promote", "staging")
        assert "heroku pipelines:promote -a shelf-staging --to shelf" in plan.printed, plan.output
        ended = deployed(world, "--promote", "staging")

        assert "is online at" in ended.output
        assert shelf.current["slug"] == slug and len(shelf.releases) == versions + 1
        assert shelf.config == config
        again = deployed(world, "--promote", "staging")
        assert len(shelf.releases) == versions + 1, again.output
        status = world.command("status")
        assert world.repository.git("rev-parse", "HEAD").strip()[:8] in status.printed
        assert leaked(world, platform) == []


def test_a_release_phase_that_fails_leaves_the_release_before(both: tuple[World, Any]) -> None:
    world, platform = both
    deployed(world, "--environment", "staging")
    before = platform.apps["shelf"].current
    platform.release_command = "failed"

    ended = deploy(world, "--promote", "staging")

    assert ended.status == 1
    assert platform.apps["shelf"].current == before
    platform.release_command = "succeeded"
    deployed(world, "--promote", "staging")
    assert platform.apps["shelf"].current["slug"] == platform.apps["shelf-staging"].current["slug"]


@shows("not-promotable")
@pytest.mark.parametrize("why", ["another commit", "another pipeline", "no app", "itself"])
def test_what_cannot_be_promoted_changes_nothing(why: str, both: tuple[World, Any]) -> None:
    world, platform = both
    source = {"no app": "demo", "itself": "production"}.get(why, "staging")
    if why == "another pipeline":
        deployed(world, "--environment", "staging")
        platform.places.pop("shelf")
    before = platform.final()

    ended = deploy(world, "--promote", source)

    told = {
        "another commit": "the current commit is",
        "another pipeline": "are not in the same pipeline",
        "no app": "has no app shelf-demo on Heroku: deploy it first",
        "itself": "cannot be promoted to itself",
    }[why]
    assert ended.status == 1 and told in " ".join(ended.output.split()), ended.output
    assert platform.final() == before


@shows("platform-without-verb")
def test_other_platforms_build_each_commit(tmp_path: Path) -> None:
    with fly(tmp_path) as (world, platform):
        ended = world.command("deploy", "--yes", "--skip-rehearsal", "--promote", "staging")

        assert ended.status == 1
        assert platform.apps == {}
