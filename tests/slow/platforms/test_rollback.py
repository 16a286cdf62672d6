"""`deploy-overlay rollback` on simulated platforms, with the real Heroku, Upsun and Fly.io programs where they are.

Slow, as each test deploys a site at least twice.
"""

from __future__ import annotations

import contextlib
import json
import sys
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pexpect
import pytest

from tests.platforms import fly_scene, heroku_scene, rolled_back, upsun_scene
from tests.platforms.faults import Scene, bounded, leaked, recorded, tried
from tests.platforms.fly_scene import fly
from tests.platforms.heroku_scene import heroku
from tests.platforms.owner import another_clone, commit
from tests.platforms.simulated.world import World
from tests.platforms.upsun_scene import upsun
from tests.support.anchors import shows
from tests.support.asking import CURSOR_IS_BACK
from tests.tools import tool

ARGUMENTS: dict[str, dict[str, Any]] = {
    "heroku": heroku_scene.ARGUMENTS, "fly": fly_scene.ARGUMENTS, "upsun": upsun_scene.ARGUMENTS,
}  # fmt: skip
SCENES: dict[str, Callable[..., contextlib.AbstractContextManager[tuple[World, Any]]]] = {
    "heroku": heroku, "fly": fly, "upsun": upsun,
}  # fmt: skip
REAL = {"heroku": "heroku", "fly": "flyctl", "upsun": "upsun"}
PROMPT_IS_DOWN = "\x1b[?2004l"
MIGRATION = """from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("shelf", "0001_initial")]
    operations = [
        migrations.AddField("book", "isbn", models.CharField(max_length=13, default="")),
        migrations.RemoveField("book", "title"),
    ]
"""
TABLES = "shelf/migrations/0002_isbn.py"


def online(name: str, platform: Any) -> str:
    """The beginning of the hash of the commit that visitors get."""
    if name == "heroku":
        return str(platform.apps["shelf"].current["slug"]["commit"])
    if name == "fly":
        complete = [one for one in platform.apps["shelf"].releases if one["Status"] == "complete"]
        return str(complete[-1]["ImageRef"].split("@")[0].rpartition("commit-")[2])
    return str(platform.projects[0].live)


def is_online(name: str, platform: Any, commit: str) -> bool:
    return commit.startswith(online(name, platform))


def deploy(name: str, world: World) -> str:
    """The current commit, whose hash is returned."""
    ended = world.run(**ARGUMENTS[name])
    assert ended.status == 0, ended.output
    return world.repository.git("rev-parse", "HEAD").strip()


@pytest.fixture(params=SCENES)
def scene(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[str, World, Any]]:
    with SCENES[request.param](tmp_path) as (world, platform):
        yield request.param, world, platform


@pytest.mark.parametrize("program", ["ours", "real"])
@pytest.mark.parametrize("name", SCENES)
def test_the_release_before_comes_back_and_the_next_deployment_puts_the_commit_online_again(
    name: str, program: str, tmp_path: Path
) -> None:
    with SCENES[name](tmp_path, tool(REAL[name]) if program == "real" else None) as (world, platform):
        first = deploy(name, world)
        commit(world, TABLES, MIGRATION)
        second = deploy(name, world)
        assert is_online(name, platform, second)

        ended = world.command("rollback", "--yes")

        assert ended.status == 0, ended.output
        assert is_online(name, platform, first)
        plan, _, after = ended.output.partition("Variables and uploaded files stay")
        assert f"online now  commit {second[:8]}  News" in plan and f"comes back  commit {first[:8]}" in plan
        assert (
            TABLES in plan
            and "adds book.isbn without a default in the database" in plan
            and "removes book.title" in plan
        )
        assert f"with commit {first[:8]} again" in after and "deploy-overlay deploy" in after

        again = world.run(**ARGUMENTS[name])

        assert again.status == 0, again.output
        assert is_online(name, platform, second)
        assert f"of {second[:8]}" in again.output and "in place of" in again.output
        assert leaked(world, platform) == []


def test_each_rollback_goes_further_back_in_every_clone(scene: tuple[str, World, Any]) -> None:
    name, world, platform = scene
    first = deploy(name, world)
    commit(world, "news.txt", "one")
    second = deploy(name, world)
    commit(world, "news.txt", "two")
    deploy(name, world)

    assert world.command("rollback", "--yes").status == 0
    assert is_online(name, platform, second)
    if name != "upsun":  # whose project a clone finds by its remote
        another_clone(world)
    assert world.command("rollback", "--yes").status == 0
    assert is_online(name, platform, first)
    before = platform.final()
    ended = world.command("rollback", "--yes")

    assert ended.status == 1 and "has no release that is older" in ended.output
    assert platform.final() == before


@shows("no-release-before")
def test_before_the_second_release_there_is_nothing_to_go_back_to(scene: tuple[str, World, Any]) -> None:
    name, world, platform = scene
    assert world.run("provision", **ARGUMENTS[name]).status == 0
    nothing = world.command("rollback", "--yes")
    assert nothing.status == 1 and "has succeeded yet" in nothing.output
    deploy(name, world)
    before = platform.final()

    ended = world.command("rollback", "--yes")

    assert ended.status == 1 and "has no release that is older" in ended.output
    assert "To delete" not in ended.output and "Continue with" not in ended.output
    assert platform.final() == before


@shows("nothing-there-yet")
def test_what_was_never_deployed_is_not_rolled_back(scene: tuple[str, World, Any]) -> None:
    _, world, platform = scene
    before = platform.final()

    ended = world.command("rollback", "--yes")

    assert ended.status == 1 and "create it with" in ended.output
    assert platform.final() == before


def test_a_release_is_named_by_its_number_or_its_commit(scene: tuple[str, World, Any]) -> None:
    name, world, platform = scene
    first = deploy(name, world)
    commit(world)
    second = deploy(name, world)
    told = json.loads(world.command("rollback", "--to", first[:10], "--yes", "--json").printed)
    assert is_online(name, platform, first)
    newer = told["platforms"][0]["online"]["version"]

    ended = world.command("rollback", "--to", newer, "--yes")

    assert ended.status == 0, ended.output
    assert is_online(name, platform, second)


@shows("no-such-release")
def test_a_release_that_is_not_there(scene: tuple[str, World, Any]) -> None:
    name, world, platform = scene
    first = deploy(name, world)
    before = platform.final()

    for words in ("v77", "another-branch", "0123abcd", "-x", "v"):
        ended = world.command("rollback", f"--to={words}", "--yes", "--json")

        error = json.loads(ended.printed)["error"]
        assert (
            ended.status == 1 and f"shelf has no release {words}" in error["message"] and first[:8] in error["message"]
        )
    assert platform.final() == before


@shows("nobody-said-yes")
def test_nothing_happens_without_a_yes(scene: tuple[str, World, Any]) -> None:
    name, world, platform = scene
    deploy(name, world)
    commit(world)
    deploy(name, world)
    before = platform.final()

    ended = world.command("rollback", DEPLOY_OVERLAY_YES="")

    assert ended.status == 1 and "Nothing was rolled back" in ended.output
    assert platform.final() == before


def test_another_environment_is_rolled_back_alone(tmp_path: Path) -> None:
    with heroku(tmp_path) as (world, platform):
        world.redirect(
            "https://git.heroku.com/shelf-staging.git", platform.repository(tmp_path / "s.git", "shelf-staging")
        )
        first = deploy("heroku", world)
        staging = {**ARGUMENTS["heroku"], "environment": "staging"}
        assert world.run(**staging).status == 0
        commit(world)
        second = deploy("heroku", world)
        assert world.run(**staging).status == 0

        ended = world.command("rollback", "--environment", "staging", "--yes")

        assert ended.status == 0, ended.output
        assert "roll back shelf-staging" in ended.output and "deploy --environment staging" in ended.output
        assert first.startswith(platform.apps["shelf-staging"].current["slug"]["commit"])
        assert is_online("heroku", platform, second)


def test_variables_stay_as_they_are_today(tmp_path: Path) -> None:
    """`heroku rollback` would bring back those of then."""
    with heroku(tmp_path) as (world, platform):
        deploy("heroku", world)
        commit(world)
        deploy("heroku", world)
        platform.secrets += ["a-new-password-3c9"]
        assert (
            world.command("env", "set", "MAIL_PASSWORD=a-new-password-3c9", "EMAIL_HOST=smtp.example.com").status == 0
        )
        config = dict(platform.apps["shelf"].config)

        ended = world.command("rollback", "--yes")

        assert ended.status == 0, ended.output
        assert platform.apps["shelf"].config == config
        assert leaked(world, platform) == []


def test_processes_that_heroku_leaves_without_a_dyno_are_named(tmp_path: Path) -> None:
    with heroku(tmp_path, **heroku_scene.WHOLE) as (world, platform):
        deploy("heroku", world)
        world.repository.commit(**json.loads(world.repository.read(".copier-answers.yml")) | {"deploy_runs": []})
        commit(world, "Procfile", heroku_scene.PROCFILE.replace("worker:", "other:"))
        deploy("heroku", world)

        ended = world.command("rollback", "--yes")

        assert ended.status == 0, ended.output
        assert "`heroku ps:scale worker=1 -a shelf`" in " ".join(ended.output.split())
        assert platform.apps["shelf"].formation["worker"][0] == 0


def test_fly_io_deploys_with_the_configuration_of_then(tmp_path: Path) -> None:
    with fly(tmp_path, fly_postgres="unmanaged", **fly_scene.WHOLE) as (world, platform):
        deploy("fly", world)
        commit(world, "fly.toml", world.repository.read("fly.toml").replace("  worker =", "  runner ="))
        deploy("fly", world)

        ended = world.command("rollback", "--yes")

        assert ended.status == 0, ended.output
        told = " ".join(ended.output.split())
        assert "the Machines of runner are destroyed" in told and "worker gets a Machine, for about $" in told
        assert {one: len(platform.apps["shelf"].of(one)) for one in ("app", "worker", "runner")} == {
            "app": 1, "worker": 1, "runner": 0,
        }  # fmt: skip

        assert world.run(**fly_scene.ARGUMENTS).status == 0
        assert len(platform.apps["shelf"].of("runner")) == 1


def test_a_process_that_its_owner_stopped_on_fly_io_is_not_started_by_a_rollback(tmp_path: Path) -> None:
    with fly(tmp_path, fly_postgres="unmanaged", **fly_scene.WHOLE) as (world, platform):
        deploy("fly", world)
        commit(world)
        deploy("fly", world)
        app = platform.apps["shelf"]
        app.machines = [one for one in app.machines if one not in app.of("worker")]
        before = platform.final()

        ended = world.command("rollback", "--yes")

        assert ended.status == 1 and "worker of shelf was deployed but no longer has a Machine" in ended.output
        assert platform.final() == before


def test_an_image_that_fly_io_no_longer_has(tmp_path: Path) -> None:
    with fly(tmp_path) as (world, platform):
        deploy("fly", world)
        commit(world)
        second = deploy("fly", world)
        platform.pruned = {one["ImageRef"] for one in platform.apps["shelf"].releases[:1]}

        ended = world.command("rollback", "--yes")

        assert ended.status == 1 and "choose another release with --to" in ended.output, ended.output
        assert is_online("fly", platform, second)


def test_a_build_that_heroku_no_longer_has(tmp_path: Path) -> None:
    with heroku(tmp_path) as (world, platform):
        deploy("heroku", world)
        commit(world)
        second = deploy("heroku", world)
        app = platform.apps["shelf"]
        app.slugs = {app.current["slug"]["id"]: ["web"]}

        ended = world.command("rollback", "--yes")

        assert ended.status == 1 and "choose another release with --to" in ended.output, ended.output
        assert is_online("heroku", platform, second)


def test_a_deployment_that_upsun_does_not_take_back_is_rolled_back_to_the_one_before_it(tmp_path: Path) -> None:
    """A version whose deploy hook failed is live, without its migrations."""
    with upsun(tmp_path) as (world, platform):
        first = deploy("upsun", world)
        commit(world)
        platform.results = ["hook failed", "success"]
        failed = world.run(**upsun_scene.ARGUMENTS)
        assert failed.status == 1 and "deploy-overlay rollback" in failed.output, failed.output

        ended = world.command("rollback", "--yes")

        assert ended.status == 0, ended.output
        assert "which failed" in ended.output
        assert platform.projects[0].live == platform.projects[0].head == first


@shows("commit-not-here")
def test_a_commit_that_the_clone_does_not_have(tmp_path: Path) -> None:
    with upsun(tmp_path) as (world, platform):
        deploy("upsun", world)
        commit(world)
        second = deploy("upsun", world)
        for activity in platform.projects[0].activities:
            if activity["payload"]["environment"]["head_commit"] != second:
                activity["parameters"] = {"new_commit": "f" * 40}

        ended = world.command("rollback", "--yes")

        assert ended.status == 1 and "git fetch --all" in ended.output
        assert is_online("upsun", platform, second)


@pytest.fixture
def picky() -> Iterator[tuple[str, list[Callable[[], bool]]]]:
    """The address of a site that answers its health check where the functions of the list say so."""
    well: list[Callable[[], bool]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200 if all(one() for one in well) else 503)
            self.end_headers()

        def log_message(self, format: str, *arguments: object) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", well
    server.shutdown()
    server.server_close()


@pytest.mark.skipif(sys.platform == "win32", reason="a pseudo-terminal is POSIX")
@pytest.mark.parametrize("answer", ["y", "n"])
@pytest.mark.parametrize("name", ["heroku", "upsun"])
def test_a_deployment_whose_site_does_not_answer_offers_a_rollback(
    name: str, answer: str, tmp_path: Path, picky: tuple[str, list[Callable[[], bool]]]
) -> None:
    with SCENES[name](tmp_path) as (world, platform):
        platform.site, well = picky
        first = deploy(name, world)
        second = commit(world)
        well.append(lambda: is_online(name, platform, first))
        words = ("deploy", "--skip-rehearsal")
        given = {**ARGUMENTS[name]["environ"], "DEPLOY_OVERLAY_TIMEOUT": "4"}

        screen = world.at_terminal(*words, **given)
        for question, key in (("and deploy?", "y"), ("Roll back shelf to", answer)):
            screen.expect_exact(question)
            screen.expect_exact(CURSOR_IS_BACK)
            screen.send(key)
            screen.expect_exact(PROMPT_IS_DOWN)
        screen.expect_exact(pexpect.EOF)
        told = " ".join(str(screen.before).split())
        screen.close()

        assert screen.exitstatus == 1 and "did not answer 200" in told
        assert is_online(name, platform, first if answer == "y" else second)
        assert ("was rolled back" in told) == (answer == "y")
        assert ("deploy-overlay rollback" in told) == (answer == "n")


def test_without_a_terminal_the_command_is_told_and_never_at_the_first_release(
    tmp_path: Path, picky: tuple[str, list[Callable[[], bool]]]
) -> None:
    with heroku(tmp_path) as (world, platform):
        platform.site, well = picky
        well.append(lambda: False)
        slow = ARGUMENTS["heroku"] | {"environ": {**ARGUMENTS["heroku"]["environ"], "DEPLOY_OVERLAY_TIMEOUT": "4"}}
        first = world.run(**slow)
        assert first.status == 1 and "rollback" not in first.output
        commit(world)

        second = world.run(**slow)

        assert second.status == 1
        assert "To go back to v5" in second.output and "deploy-overlay rollback" in second.output
        assert platform.apps["shelf"].current["version"] == 6


@pytest.mark.parametrize("name", rolled_back.SCENES)
def test_a_rollback_that_was_disturbed_and_repeated_ends_like_one_that_was_not(name: str, tmp_path: Path) -> None:
    scene: Scene = rolled_back.SCENES[name]()
    wanted = recorded(scene, tmp_path / "recorded")

    counts = tried(scene, tmp_path, wanted, bounded(scene, wanted))

    assert counts.faults
    assert not counts.found, "\n".join(counts.found)
