"""Somebody else deploys the same site at the same time: one after the other, each with its release, and nothing taken back.

A deployment on the simulated platforms takes its time here, as real ones do: until somebody else has looked at it.
"""

from __future__ import annotations

import subprocess
import time
from pathlib import Path
from typing import Any

from tests.platforms import under_way
from tests.platforms.fly_scene import fly
from tests.platforms.heroku_scene import heroku
from tests.platforms.owner import commit
from tests.platforms.simulated.world import COMMAND, World
from tests.platforms.upsun_scene import upsun
from tests.support.anchors import note, shows

GONE = "deadbeef" * 5  # a commit that this clone does not have


def deploy(world: World, **environ: str) -> Any:
    return world.command("deploy", "--yes", "--skip-rehearsal", DEPLOY_OVERLAY_TIMEOUT="60", **environ)


def begun(world: World, folder: Path) -> subprocess.Popen[str]:
    """The command in another clone."""
    return subprocess.Popen(
        [str(world.interpreter), str(COMMAND), "deploy", "--yes", "--skip-rehearsal"],
        cwd=folder,
        env=world.environment(DEPLOY_OVERLAY_TIMEOUT="120"),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def cloned(world: World, name: str) -> Path:
    """Another clone of the repository, with a commit of its own."""
    folder = world.folder / name
    subprocess.run(["git", "clone", "--quiet", str(world.repository.root), str(folder)], check=True)
    for remote in world.repository.git("remote").split():
        url = world.repository.git("remote", "get-url", remote).strip()
        subprocess.run(["git", "remote", "add", remote, url], cwd=folder, check=True)
    (folder / "other.txt").write_text("of the other\n", encoding="utf-8")
    mail = ["-c", "user.name=Bob", "-c", "user.email=bob@example.com"]
    subprocess.run(["git", "add", "--all"], cwd=folder, check=True)
    subprocess.run(["git", *mail, "commit", "--quiet", "--message", "Of the other"], cwd=folder, check=True)
    return folder


def head(folder: Path) -> str:
    done = subprocess.run(["git", "rev-parse", "HEAD"], cwd=folder, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_a_build_on_heroku_is_waited_for(tmp_path: Path) -> None:
    with heroku(tmp_path) as (world, platform):
        assert deploy(world).status == 0
        app, now = platform.apps["shelf"], world.repository.git("rev-parse", "HEAD").strip()
        app.builds.append(under_way.build(now))
        mine = commit(world)
        plan = world.command("plan")
        assert "bob@example.com's deployment of" in " ".join(plan.printed.split())
        under_way.after_looks(platform, "GET /apps/shelf/builds", 4, app.builds.clear)

        ended = deploy(world)

        assert ended.status == 0, ended.output
        assert "waiting for bob@example.com's deployment of" in ended.output
        assert app.builds == [] and app.pushed == mine


@shows("another-deployment")
def test_a_build_that_does_not_end_stops_the_run_before_anything_is_deployed(tmp_path: Path) -> None:
    with heroku(tmp_path) as (world, platform):
        assert deploy(world).status == 0
        app = platform.apps["shelf"]
        before = app.pushed
        app.builds.append(under_way.build(GONE))
        commit(world)

        ended = world.command("deploy", "--yes", "--skip-rehearsal", DEPLOY_OVERLAY_TIMEOUT="4")

        assert ended.status == 1 and "bob@example.com's deployment of deadbeef" in ended.output
        assert "since 20" in ended.output and app.pushed == before


@shows("another-deployment")
def test_what_came_online_meanwhile_is_not_taken_back_on_fly_io(tmp_path: Path) -> None:
    with fly(tmp_path) as (world, platform):
        assert deploy(world).status == 0
        app = platform.apps["shelf"]
        other = under_way.release_of(platform, GONE)
        under_way.after_looks(platform, "GET releases ", 5, lambda: under_way.ends(platform, other))
        commit(world)

        ended = deploy(world)

        assert ended.status == 1, ended.output
        assert "commit deadbeef came online by bob@example.com" in " ".join(ended.output.split()), ended.output
        assert [one["Version"] for one in app.releases] == [1, 2]
        plan = " ".join(world.command("plan").printed.split())
        assert "It does not include deadbeef" in plan and "deploying would undo that" in plan
        again = deploy(world)
        assert again.status == 0 and len(app.releases) == 3, again.output


def test_a_release_of_fly_io_whose_flyctl_was_killed_is_not_waited_for(tmp_path: Path) -> None:
    with fly(tmp_path) as (world, platform):
        assert deploy(world).status == 0
        under_way.release_of(platform, GONE)
        platform.apps["shelf"].leases.clear()
        mine = commit(world)

        ended = deploy(world)

        assert ended.status == 0, ended.output
        assert "waiting for" not in ended.output.partition("secrets")[2].partition("release of")[0]
        assert f"commit-{mine[:12]}" in platform.apps["shelf"].releases[-1]["ImageRef"]


def test_upsun_puts_it_in_its_own_queue_and_says_so(tmp_path: Path) -> None:
    with upsun(tmp_path) as (world, platform):
        assert deploy(world).status == 0
        (project,) = platform.projects
        project.activities[0] |= {"state": "in_progress", "result": None}
        mine = commit(world)

        ended = deploy(world)

        assert ended.status == 0, ended.output
        assert "Upsun queues this after Ada Lovelace's deployment of" in ended.output
        assert project.head == mine and len(project.activities) == 2


def test_two_clones_at_once_on_heroku_end_with_a_release_of_each(tmp_path: Path) -> None:
    with heroku(tmp_path) as (world, platform):
        assert deploy(world).status == 0
        other = cloned(world, "other")  # one commit ahead of this clone's
        under_way.slow_heroku(platform)
        subprocess.run(
            ["git", "pull", "--quiet", "--ff-only", str(other), "HEAD"], cwd=world.repository.root, check=True
        )
        mine = commit(world)

        first = begun(world, other)
        _until(lambda: bool(platform.apps["shelf"].builds), first)
        ended = deploy(world)
        output, _ = first.communicate(timeout=200)
        note(output)

        assert (first.returncode, ended.status) == (0, 0), output + ended.output
        deployed = [one["description"] for one in platform.apps["shelf"].releases if "Deploy" in one["description"]]
        assert deployed[1:] == [f"Deploy {head(other)[:8]}", f"Deploy {mine[:8]}"]
        assert "waiting for ada@example.com's deployment" in ended.output


def test_two_clones_at_once_on_fly_io_end_with_a_release_of_each(tmp_path: Path) -> None:
    with fly(tmp_path) as (world, platform):
        assert deploy(world).status == 0
        other = cloned(world, "other")
        platform.clones.append(other)
        subprocess.run(
            ["git", "pull", "--quiet", "--ff-only", str(other), "HEAD"], cwd=world.repository.root, check=True
        )
        mine = commit(world)
        under_way.slow_fly(platform)

        first = begun(world, other)
        _until(lambda: bool(platform.apps["shelf"].leases), first)
        ended = deploy(world)
        output, _ = first.communicate(timeout=200)
        note(output)

        assert (first.returncode, ended.status) == (0, 0), output + ended.output
        images = [one["ImageRef"].split(":")[1].split("@")[0] for one in platform.apps["shelf"].releases]
        assert images[1:] == [f"commit-{head(other)[:12]}", f"commit-{mine[:12]}"]


def _until(holds: Any, process: subprocess.Popen[str]) -> None:
    end = time.monotonic() + 100
    while not holds():
        assert process.poll() is None and time.monotonic() < end, process.communicate()[0]
        time.sleep(0.05)
