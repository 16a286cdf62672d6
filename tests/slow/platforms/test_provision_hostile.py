"""Odd programs, accounts and repositories: one sentence and its cure, nothing created wrongly, and the next run goes on."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.platforms.fly_scene import fly
from tests.platforms.heroku_scene import ARGUMENTS, heroku
from tests.platforms.simulated.heroku import TOKEN, Addon, App, Heroku
from tests.platforms.simulated.quick_heroku import QuickHeroku
from tests.platforms.simulated.stand_in import StandIn
from tests.platforms.simulated.upsun import Organisation
from tests.platforms.simulated.world import Ended, World
from tests.platforms.upsun_scene import upsun
from tests.support import apply_overlay, git, make_project
from tests.support.anchors import shows
from tests.support.programs import environment

SCENES: dict[str, Any] = {"fly": fly, "heroku": heroku, "upsun": upsun}
# A question of each platform's run whose answer is read, in a form that the run would believe if it did not look.
READ = {
    "fly": ("orgs list*", "apps list*"),
    "heroku": ("apps:info*", "config -a*", "addons -a*", "releases*"),
    "upsun": ("organization:list*", "environment:info*", "variable:list*", "environment:url*"),
}
ODD = {
    "a page": "<html>\n<body>Sign in, please\n</html>",
    "half of it": '[{"name": "shelf", "id"',
    "another form": "[[1], 2]",
}


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[tuple[World, Heroku]]:
    with heroku(tmp_path) as both:
        yield both


def instead(world: World, program: str, call: str, script: str) -> None:
    """For calls whose arguments match, a line of shell runs before the program, or instead of it where that exits."""
    real = world.programs[-1] / program
    folder = world.folder / "odd"
    folder.mkdir(exist_ok=True)
    pattern = call.replace(" ", "\\ ")
    lines = [
        "#!/usr/bin/env bash",
        f'case "$*" in {pattern}) {script};;',
        "esac",
        f'exec {shlex.quote(str(real))} "$@"',
    ]
    path = folder / program
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    path.chmod(0o755)
    world.programs[:] = [folder, world.programs[-1]]


def told(ended: Ended) -> None:
    assert ended.status == 1, ended.output
    assert "Traceback" not in ended.output and "unexpected error" not in ended.output, ended.output
    assert "Continue with" in ended.output and "More: " in ended.output, ended.output


CASES = [
    (name, call, odd)
    for name, calls in READ.items()
    for number, call in enumerate(calls)
    for odd in list(ODD)[number % 3 :: 2]
]


@pytest.mark.parametrize(("name", "call", "odd"), CASES)
def test_an_answer_that_cannot_be_read_is_no_answer(name: str, call: str, odd: str, tmp_path: Path) -> None:
    with SCENES[name](tmp_path) as (world, platform):
        normal = list(world.programs)
        instead(world, name, call, f"printf %s {shlex.quote(ODD[odd])}; exit 0")
        told(world.run(**ARGUMENTS))

        world.programs[:] = normal
        ended = world.run(**ARGUMENTS)

        assert ended.status == 0, ended.output
        assert len(platform.projects if name == "upsun" else platform.apps) == 1


def test_notices_and_colours_around_an_answer_are_passed_over(scene: tuple[World, Heroku]) -> None:
    world, platform = scene
    instead(world, "heroku", "*--json*", r"printf ' \033[33m!\033[39m Warning: heroku update available\n\033[0m'")

    ended = world.run(**ARGUMENTS)

    assert ended.status == 0, ended.output
    assert list(platform.addons) == ["shelf-db"]


@shows("program-too-slow")
@pytest.mark.parametrize(("name", "call"), [("fly", "apps list*"), ("heroku", "apps:create*"), ("upsun", "auth:info*")])
def test_a_program_that_hangs_is_ended(name: str, call: str, tmp_path: Path) -> None:
    with SCENES[name](tmp_path) as (world, _):
        # What it started hangs too, and holds its output open.
        instead(world, name, call, "sleep 600 & sleep 600")
        started = time.monotonic()

        told(world.run(**ARGUMENTS | {"environ": ARGUMENTS["environ"] | {"DEPLOY_OVERLAY_TIMEOUT": "1"}}))

        assert time.monotonic() - started < 60


def test_what_was_ordered_is_not_given_up_for_one_question_without_an_answer(tmp_path: Path) -> None:
    with fly(tmp_path) as (world, platform):
        ordered, once = shlex.quote(str(tmp_path / "ordered")), shlex.quote(str(tmp_path / "once"))
        busy = "Error: failed to list clusters (status 503): <html>"
        fails = f"[ -e {ordered} ] && [ ! -e {once} ] && touch {once} && echo {shlex.quote(busy)} >&2 && exit 1"
        instead(world, "fly", "mpg *", f"if [ $2 = create ]; then touch {ordered}; else {fails}; fi")

        ended = world.run("provision", **ARGUMENTS)

        assert ended.status == 0, ended.output
        assert (tmp_path / "once").exists() and len(platform.clusters) == 1


@pytest.mark.parametrize("name", SCENES)
def test_without_a_network_nothing_is_taken_for_absent(name: str, tmp_path: Path) -> None:
    with SCENES[name](tmp_path) as (world, _):
        down = "dial tcp: lookup api.example.com: no such host"
        instead(world, name, "*list*|*info*|teams*", f"echo {shlex.quote(down)} >&2; exit 1")

        ended = world.run(**ARGUMENTS)

        told(ended)
        assert "check the network" in ended.output


@shows("platform-refused")
def test_an_app_of_the_name_in_another_team_is_not_taken(tmp_path: Path) -> None:
    with heroku(tmp_path, heroku_team="globex") as (world, platform):
        platform.teams = ["acme", "globex"]
        platform.apps["shelf"] = App("shelf", "eu", team="acme")

        ended = world.run(**ARGUMENTS)

        told(ended)
        assert "heroku_team is globex" in ended.output and platform.addons == {}
        assert "deploy-overlay set" in ended.output and "deploy_name=..." in ended.output


def test_a_project_of_the_title_in_another_organisation_is_another(tmp_path: Path) -> None:
    with upsun(tmp_path, upsun_organization="globex") as (world, platform):
        platform.organisations.append(Organisation("globex"))
        platform.made("shelf", organisation="acme")

        ended = world.run("provision", **ARGUMENTS)

        assert ended.status == 0, ended.output
        assert [one.organisation.name for one in platform.projects] == ["acme", "globex"]
        assert platform.projects[0].variables == {}


def test_a_remote_that_leads_to_another_app_makes_no_second_one(scene: tuple[World, Heroku]) -> None:
    world, platform = scene
    world.repository.git("remote", "add", "heroku", "https://git.heroku.com/shop.git")

    ended = world.run(**ARGUMENTS)

    told(ended)
    assert "-d deploy_name=shop" in ended.output and platform.apps == {}
    world.repository.git("remote", "rename", "heroku", "shop")
    assert world.run(**ARGUMENTS).status == 0


def test_a_database_that_is_not_the_sites_gets_no_second_beside_it(scene: tuple[World, Heroku]) -> None:
    world, platform = scene
    app = platform.apps["shelf"] = App("shelf", "eu")
    platform.addons["curved-123"] = Addon(
        "curved-123", app, "heroku-postgresql:essential-0", "a-password", ["HEROKU_POSTGRESQL_PINK"]
    )

    ended = world.run(**ARGUMENTS, existing=True)

    told(ended)
    assert "heroku pg:promote curved-123 -a shelf" in ended.output
    assert list(platform.addons) == ["curved-123"]


@pytest.mark.parametrize("attachment", ["REPORTS", "DATABASE"])
def test_a_database_that_another_app_pays_for_is_that_apps(attachment: str, scene: tuple[World, Heroku]) -> None:
    """The program knows neither its service nor its plan."""
    world, platform = scene
    theirs = platform.add(platform.running("other", {}, {}), "heroku-postgresql:essential-0", "DATABASE")
    platform.apps["shelf"] = App("shelf", "eu")
    platform.share(theirs.name, "shelf", attachment)

    ended = world.run(**ARGUMENTS, existing=True)

    assert ended.status == 0, ended.output
    assert list(platform.addons) == [theirs.name, *(["shelf-db"] if attachment == "REPORTS" else [])]
    assert theirs.attachments == ["DATABASE"]


@pytest.mark.parametrize("acts", [True, False])
@pytest.mark.parametrize(
    ("name", "call"), [("fly", "apps create*"), ("heroku", "addons:create*"), ("upsun", "api:curl*POST*")]
)
def test_a_program_that_crashes_while_it_creates(name: str, call: str, acts: bool, tmp_path: Path) -> None:
    with SCENES[name](tmp_path) as (world, platform):
        normal = list(world.programs)
        act = f'{shlex.quote(str(normal[-1] / name))} "$@" >/dev/null; ' if acts else ""
        instead(world, name, call, f"{act}kill -SEGV $$")

        first = world.run(**ARGUMENTS)
        world.programs[:] = normal
        ended = world.run(**ARGUMENTS)

        assert first.status == (0 if acts else 1), first.output
        assert "Traceback" not in first.output
        assert ended.status == 0, ended.output
        assert len(platform.projects if name == "upsun" else platform.apps) == 1


@pytest.mark.parametrize("name", ["heroku", "upsun"])
@pytest.mark.parametrize("head", ["detached", "another branch"])
def test_the_current_commit_is_deployed_wherever_head_is(head: str, name: str, tmp_path: Path) -> None:
    with SCENES[name](tmp_path) as (world, platform):
        world.repository.git("checkout", "--quiet", *(["--detach"] if head == "detached" else ["-b", "feature"]))
        world.repository.write("notes.txt", "not for the site")

        ended = world.run(**ARGUMENTS)

        assert ended.status == 0, ended.output
        deployed = platform.projects[0].head if name == "upsun" else platform.apps["shelf"].pushed
        assert deployed == world.repository.git("rev-parse", "HEAD").strip()
        assert "not committed, so not deployed: notes.txt" in ended.output


@shows("git-refused")
def test_a_pre_commit_hook_that_changes_a_file_stops_this_run_and_not_the_next(scene: tuple[World, Heroku]) -> None:
    world, platform = scene
    world.repository.write("deploy/settings.py", "DEBUG = False")
    tidy = "#!/bin/sh\ntail -c1 deploy/settings.py | grep -q . || exit 0\necho >> deploy/settings.py\nexit 1\n"
    world.repository.write(".git/hooks/pre-commit", tidy).chmod(0o755)

    ended = world.run(**ARGUMENTS, commit=True)

    told(ended)
    assert "changed deploy/settings.py" in ended.output and platform.apps["shelf"].pushed == ""
    assert world.run(**ARGUMENTS, commit=True).status == 0
    assert world.repository.git("show", "HEAD:deploy/settings.py") == "DEBUG = False\n"


@shows("several-candidates")
def test_the_answer_that_a_message_asks_for_reaches_the_command_that_it_shows(template: Path, tmp_path: Path) -> None:
    project = make_project(tmp_path / "library")
    platform = Heroku()
    platform.teams = ["acme", "globex"]
    program = StandIn(tmp_path / "bin", "heroku", QuickHeroku(platform.url, TOKEN))
    path = os.pathsep.join([str(tmp_path / "bin"), environment(project.python)["PATH"]])
    env = environment(project.python, PATH=path, DEPLOY_OVERLAY_YES="1")
    try:
        refused = apply_overlay(project, template, env=env, deploy_platforms=["heroku"], deploy_action="provision")
        assert refused.returncode == 1 and platform.apps == {}
        # What comes next is told once, after the plan.
        assert "\nNext" not in refused.stdout

        # As pasted, but for the program that starts it: uvx would build this version once more.
        shown = next(line for line in refused.stderr.splitlines() if line.startswith("    uvx --from "))
        words = shlex.split(shown.partition(" deploy-overlay ")[2])
        command = [sys.executable, str(template / "hooks" / "command.py"), *words, "-d", "heroku_team=globex"]
        done = subprocess.run(
            command, cwd=project.root, env=env, capture_output=True, text=True, stdin=subprocess.DEVNULL
        )

        assert done.returncode == 0, done.stderr
        assert [app.team for app in platform.apps.values()] == ["globex"]
        assert git(project.root, "status", "--porcelain")
    finally:
        program.close()
        platform.close()
