"""What is found before anything is written, what the engine does with odd answers, and what a killed run leaves."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy_overlay.base.run_lock import exclusive_run
from tests.platforms import fly_scene
from tests.platforms.faults import recorded
from tests.platforms.fly_scene import ARGUMENTS, fly
from tests.platforms.simulated.fly import Fly
from tests.platforms.simulated.stand_in import StandIn
from tests.platforms.simulated.world import Site, World
from tests.support import Project, apply_overlay, commit, git, make_project, tree
from tests.support.anchors import shows
from tests.support.programs import environment


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[tuple[World, Fly]]:
    with fly(tmp_path) as both:
        yield both


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return make_project(tmp_path / "library")


def refused(project: Project, template: Path, words: str, env: dict[str, str], **answers: object) -> None:
    before = tree(project.root)
    given = {"deploy_platforms": ["fly"], "deploy_action": "provision"} | answers

    done = apply_overlay(project, template, env=env, **given)

    assert done.returncode == 1
    assert words in done.stderr
    assert "Traceback" not in done.stderr
    assert tree(project.root) == before


@shows("program-missing")
def test_a_missing_program_is_found_before_anything_is_written(project: Project, template: Path) -> None:
    refused(project, template, "https://fly.io/install", environment(project.python))


@shows("program-too-old")
def test_a_program_that_is_too_old(project: Project, template: Path, scene: tuple[World, Fly]) -> None:
    scene[1].version = "fly v0.1.20 linux/amd64"
    refused(project, template, "0.1.20", _with(scene[0], project))


@shows("not-logged-in")
def test_nobody_is_logged_in(project: Project, template: Path, scene: tuple[World, Fly]) -> None:
    scene[1].logged_in = False
    refused(project, template, "fly auth login", _with(scene[0], project))


@shows("env-file")
@pytest.mark.parametrize("content", [None, "SECRET\n"], ids=["missing", "no variable"])
def test_a_file_of_variables_that_is_none(
    project: Project, template: Path, scene: tuple[World, Fly], tmp_path: Path, content: str | None
) -> None:
    file = tmp_path / "production.env"
    if content is not None:
        file.write_text(content)
    refused(project, template, "production.env", _with(scene[0], project), deploy_env_file=str(file))


@shows("answer-deploy-action")
def test_an_action_that_is_none(project: Project, template: Path) -> None:
    refused(project, template, "configure, provision, deploy", environment(project.python), deploy_action="launch")


@shows("answer-fly-postgres")
def test_a_kind_of_database_that_is_none(project: Project, template: Path) -> None:
    refused(project, template, "managed, unmanaged", environment(project.python), fly_postgres="free")


@shows("answer-fly-machines")
def test_no_machine_at_all(project: Project, template: Path) -> None:
    refused(project, template, "At least one Machine", environment(project.python), fly_machines=0)


def _with(world: World, project: Project, **more: str) -> dict[str, str]:
    env = environment(project.python)
    path = os.pathsep.join([str(world.programs[0]), env["PATH"]])
    return env | world.environ | {"PATH": path, "DEPLOY_OVERLAY_YES": "1", "HOME": str(world.home)} | more


@shows("update-creates-nothing")
def test_copy_deploys_later_runs_do_so_again_and_updates_never(
    project: Project, template: Path, tmp_path: Path
) -> None:
    site = Site(tls=True)
    platform = Fly(site.address, project.root)
    platform.secrets += ["nothing-else"]
    program = StandIn(tmp_path / "bin", "fly", platform)
    platform.at = program.at
    path = os.pathsep.join([str(tmp_path / "bin"), environment(project.python)["PATH"]])
    env = environment(project.python, PATH=path, DEPLOY_OVERLAY_YES="1", SSL_CERT_FILE=str(site.certificate))
    answers = {"deploy_platforms": ["fly"], "deploy_database": "sqlite", "deploy_commit": True}

    done = apply_overlay(project, template, env=env, deploy_action="deploy", **answers)

    assert done.returncode == 0, done.stderr
    assert "library is online at" in done.stdout
    assert platform.apps["library"].releases
    assert git(project.root, "status", "--porcelain") == ""
    stored = (project.root / ".copier-answers.yml").read_text(encoding="utf-8")
    assert "deploy_action" not in stored and "deploy_commit" not in stored and "deploy_env_file" not in stored

    # Edits of the project's owner stay when the documented command deploys again.
    settings = project.root / "deploy" / "settings.py"
    settings.write_text(settings.read_text(encoding="utf-8") + "TIME_ZONE = 'Europe/Berlin'\n", encoding="utf-8")
    commit(project, "Berlin")
    head = git(project.root, "rev-parse", "HEAD").strip()
    copier = [*_copier(), "recopy", "--trust", "--defaults", "-r", ":current:", "-s", "*", "-d", "deploy_action=deploy"]
    again = subprocess.run(copier, cwd=project.root, env=env, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    assert again.returncode == 0, again.stderr
    assert platform.apps["library"].releases[-1]["ImageRef"].split("@")[0].endswith(head[:12])
    assert git(project.root, "status", "--porcelain") == "" and "Berlin" in settings.read_text(encoding="utf-8")

    calls = len(program.calls)
    update = [*_copier(), "update", "--trust", "--defaults", "-r", ":current:"]
    plain = subprocess.run(update, cwd=project.root, env=env, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    assert plain.returncode == 0, plain.stderr
    wished = [*update, "-d", "deploy_action=deploy"]
    told = subprocess.run(wished, cwd=project.root, env=env, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    assert told.returncode == 1
    from tests.support import anchors

    anchors.note(told.stderr)
    assert git(project.root, "status", "--porcelain") == ""
    assert len(program.calls) == calls, "an update asked the platform"
    for closing in (program, platform, site):
        closing.close()


def _copier() -> list[str]:
    from tests.support.overlay import copier_program

    return [copier_program()]


@shows("answer-not-understood")
def test_an_answer_that_is_no_json(scene: tuple[World, Fly]) -> None:
    world, platform = scene
    platform.orgs = "<html>a proxy's page</html>"  # type: ignore[assignment]

    assert world.run(**ARGUMENTS).status == 1
    assert platform.apps == {}


@shows("not-there-yet")
def test_a_success_that_left_nothing_behind_is_none(scene: tuple[World, Fly], monkeypatch: pytest.MonkeyPatch) -> None:
    world, platform = scene
    kept = platform.set_secrets
    monkeypatch.setattr(platform, "set_secrets", lambda app, values: "SECRET_KEY" in values or kept(app, values))

    ended = world.run(**ARGUMENTS | {"environ": ARGUMENTS["environ"] | {"DEPLOY_OVERLAY_TIMEOUT": "5"}})

    assert ended.status == 1
    assert "Done: app shelf" in ended.output and "Not done: secrets" in ended.output


def test_an_exit_status_of_failure_with_everything_there_is_no_failure(
    scene: tuple[World, Fly], tmp_path: Path
) -> None:
    world, platform = scene
    platform.begin((_number(tmp_path, "mpg create"), "dropped"))

    ended = world.run(**ARGUMENTS)

    assert ended.status == 0, ended.output
    assert len(platform.clusters) == 1


def _number(folder: Path, command: str) -> int:
    """The number of the call that a run from nothing makes; found in a run of its own."""
    requests = recorded(fly_scene.scene(), folder / "recorded").requests
    return next(number for number, request in enumerate(requests) if command in request)


@shows("interrupted")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_says_what_is_done(scene: tuple[World, Fly], number: int, tmp_path: Path) -> None:
    world, platform = scene
    pids: list[int] = []
    platform.begin((_number(tmp_path, "mpg create"), "timeout"))
    platform.slow = lambda: os.kill(pids[0], number)

    ended = world.run(**ARGUMENTS, begun=pids.append)

    assert ended.status == 130, ended.output
    assert "Done: app shelf, mark" in ended.output
    assert "Not done: managed PostgreSQL shelf-db" in ended.output


@shows("still-at-work")
def test_what_a_killed_run_left_at_work_is_waited_for(scene: tuple[World, Fly]) -> None:
    world, platform = scene
    left = subprocess.Popen([str(world.programs[0] / "fly"), "version"], stdin=subprocess.PIPE)  # waits for its input
    world.repository.overlay_folder.mkdir(parents=True, exist_ok=True)
    record = world.repository.overlay_folder / "provisioned.json"
    record.write_text(f'{{"running": {{"pid": {left.pid}, "program": "{world.programs[0] / "fly"}"}}}}')

    ended = world.run(**ARGUMENTS | {"environ": ARGUMENTS["environ"] | {"DEPLOY_OVERLAY_TIMEOUT": "3"}})
    assert ended.status == 1
    assert platform.apps == {}

    left.communicate()
    deadline = time.monotonic() + 10
    while left.poll() is None and time.monotonic() < deadline:
        time.sleep(0.05)
    assert world.run(**ARGUMENTS).status == 0


@shows("still-at-work")
def test_of_two_runs_at_a_time_one_creates(scene: tuple[World, Fly]) -> None:
    world, platform = scene
    with exclusive_run(world.repository.overlay_folder):
        assert world.run(**ARGUMENTS).status == 1
        assert platform.apps == {}

    assert world.run(**ARGUMENTS).status == 0


@shows("platform-without-provisioning")
def test_a_platform_that_cannot_be_provisioned(scene: tuple[World, Fly], tmp_path: Path) -> None:
    from deploy_overlay.base.message import Failure
    from deploy_overlay.platforms import adapter
    from tests.support import anchors

    with pytest.raises(Failure) as raised:
        adapter("mars")
    anchors.note(f"{raised.value} /errors/#{raised.value.anchor}")


def test_the_newest_twenty_logs_stay_and_only_their_owner_reads_them(scene: tuple[World, Fly]) -> None:
    world, _ = scene
    world.repository.overlay_folder.mkdir(parents=True, exist_ok=True)
    for number in range(30):
        (world.repository.overlay_folder / f"20200101T0000{number:02}-1-x.log").write_text("")

    assert world.run(**ARGUMENTS).status == 0

    logs = world.repository.logs()
    assert len(logs) == 20
    assert os.name == "nt" or {path.stat().st_mode & 0o777 for path in logs if "provision" in path.name} == {0o600}
    newest = logs[-1].read_text(encoding="utf-8")
    assert "$ fly mpg create --name shelf-db" in newest and "exit status 0, " in newest
