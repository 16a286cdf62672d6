"""What an owner does with the platform's own CLI between two deployments, and what the next deployment makes of it.

Everything is done with the real CLIs, by the owner and by the hooks: they take a second for each question.
"""

from __future__ import annotations

from pathlib import Path

from tests.platforms import fly_scene, heroku_scene, upsun_scene
from tests.platforms.faults import leaked
from tests.platforms.fly_scene import fly
from tests.platforms.heroku_scene import heroku
from tests.platforms.owner import commit
from tests.platforms.planned import plan
from tests.platforms.simulated.heroku import App
from tests.platforms.simulated.world import World
from tests.platforms.upsun_scene import upsun
from tests.support.programs import run
from tests.tools import tool


def online(app: App) -> str:
    """The commit whose code is online."""
    current = app.current
    return str(current["slug"]["commit"]) if current and current["slug"] else ""


def test_scaled_failed_configured_and_rolled_back_with_the_heroku_cli(tmp_path: Path) -> None:
    program = tool("heroku")

    def owner(world: World, *words: str) -> None:
        run([program, *words, "-a", "shelf"], tmp_path, world.environment(), timeout=120)

    with heroku(tmp_path, program) as (world, platform):
        assert world.run(**heroku_scene.ARGUMENTS).status == 0
        app = platform.apps["shelf"]
        first = next(one for one in app.releases if "Deploy" in one["description"])
        owner(world, "ps:scale", "web=4:standard-2x")
        head = commit(world)
        platform.release_command = "failed"
        failed = world.run(**heroku_scene.ARGUMENTS)
        assert failed.status == 1 and "heroku releases:output" in failed.output
        assert online(app) != head

        owner(world, "config:set", "MAIL_PASSWORD=the-right-one")
        platform.release_command = "succeeded"
        ended = world.run(**heroku_scene.ARGUMENTS)

        assert ended.status == 0, ended.output
        assert (online(app), app.config["MAIL_PASSWORD"]) == (head, "the-right-one")
        assert app.formation["web"] == (4, "Standard-2x")
        told = plan(ended.output).partition("Changed on Heroku, and left as it is")[2]
        assert "web=4:Standard-2x" in told and "Total a month: $205, of which $0 is new." in told

        owner(world, "rollback", f"v{first['version']}")
        assert online(app) != head
        ended = world.run(**heroku_scene.ARGUMENTS)

        assert ended.status == 0, ended.output
        assert (online(app), app.config["MAIL_PASSWORD"]) == (head, "the-right-one")
        assert app.formation["web"] == (4, "Standard-2x")
        assert leaked(world, platform) == []


def test_sizes_as_the_upsun_cli_tells_them(tmp_path: Path) -> None:
    with upsun(tmp_path, tool("upsun")) as (world, platform):
        assert world.run(**upsun_scene.ARGUMENTS).status == 0
        (project,) = platform.projects
        project.sizes = {"app": ("0.5", 512, 2), "db": ("0.1", 2048, 1)}
        commit(world)

        ended = world.run(**upsun_scene.ARGUMENTS)

        assert ended.status == 0, ended.output
        told = plan(ended.output).partition("Changed on Upsun, and left as it is")[2]
        assert "app has size 0.5 and 2 instances, db has 2048 MB; the total counts the smallest sizes" in told


def test_scaled_with_flyctl(tmp_path: Path) -> None:
    program = tool("flyctl")
    with fly(tmp_path, program) as (world, platform):
        assert world.run(**fly_scene.ARGUMENTS).status == 0
        app = platform.apps["shelf"]
        for words in (("memory", "2048"), ("count", "3", "--region", "fra", "--yes")):
            run([program, "scale", *words, "-a", "shelf"], world.repository.root, world.environment(), timeout=120)
        assert [one["config"]["guest"]["memory_mb"] for one in app.machines] == [2048] * 3
        head = commit(world)

        ended = world.run(**fly_scene.ARGUMENTS)

        assert ended.status == 0, ended.output
        assert [one["config"]["guest"]["memory_mb"] for one in app.machines] == [2048] * 3
        assert f"commit-{head[:12]}" in app.releases[-1]["ImageRef"]
        told = plan(ended.output).partition("Changed on Fly.io, and left as it is")[2]
        assert "3 (shared-cpu-1x with 2048 MB) in fra; the answers say 1 (shared-cpu-1x with 512 MB) in fra" in told
