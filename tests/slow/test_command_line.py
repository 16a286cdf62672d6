"""The command as people have it: installed, started by uvx, and beside projects of other versions and sources.

Some seconds a test: each has a project with the overlay in it, and most fetch another version of the template.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support import Project, commit, environment, git, make_project, run, status
from tests.support.anchors import note, shows
from tests.support.programs import BIN, tools_folder
from tests.support.versions import Versions, answers_of, edit, released, replaced, taken

CHANGED = "deploy_overlay/cli/platform_commands.py"
SENTENCE = "There is no command to run"  # what `run` says where nothing is to be run, in the version that runs


@pytest.fixture
def versions(template: Path, tmp_path: Path) -> Versions:
    """The template under test as v1.0.0, and as v2.0.0 with other words."""
    root = tmp_path / "template"
    git(tmp_path, "clone", "--quiet", str(template), str(root))
    found = Versions(root)
    found.release("2.0.0", says("Version two has nothing to run"))
    return found


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return make_project(tmp_path / "library")


def says(words: str) -> Callable[[Path], None]:
    return replaced(CHANGED, SENTENCE, words)


def command(template: Path, project: Project, *arguments: str, folder: str = ".") -> subprocess.CompletedProcess[str]:
    """The command of the version that is checked out in `template`; what it fetches is kept with the project's folder."""
    env = environment(project.python, XDG_CACHE_HOME=str(project.root.parent / "cache"))
    argv = [sys.executable, template / "hooks" / "command.py", *arguments]
    done = run(argv, project.root / folder, env, check=False)
    note(done.stderr)
    return done


def test_a_newer_command_runs_the_version_of_an_older_project(versions: Versions, project: Project) -> None:
    taken(project, versions, "-r", "v1.0.0")

    first = command(versions.root, project, "run")
    second = command(versions.root, project, "run", folder="shelf")

    assert first.returncode == second.returncode == 1
    assert f"deploy-overlay: {SENTENCE}" in first.stderr and f"deploy-overlay: {SENTENCE}" in second.stderr
    assert "fetching v1.0.0" in first.stderr
    assert "fetching" not in second.stderr  # it is kept
    assert status(project) == []


def test_an_older_command_runs_the_version_of_a_newer_project(versions: Versions, project: Project) -> None:
    taken(project, versions)
    git(versions.root, "checkout", "--quiet", "v1.0.0")

    done = command(versions.root, project, "run")

    assert answers_of(project)["_commit"] == "v2.0.0"
    assert "deploy-overlay: Version two has nothing to run" in done.stderr
    (log,) = (project.root / ".git" / "deploy-overlay").glob("*-fetch.log")
    assert "git clone" in log.read_text(encoding="utf-8") and "v2.0.0" in log.read_text(encoding="utf-8")


def test_only_an_update_moves_the_project(versions: Versions, project: Project) -> None:
    taken(project, versions, "-r", "v1.0.0")

    told = command(versions.root, project, "update", "--check", "--json")
    found = json.loads(told.stdout)
    assert (found["current"], found["newest"], found["update_available"]) == ("1.0.0", "2.0.0", True)

    assert command(versions.root, project, "set", "deploy_domains=books.example.com").returncode == 0
    assert answers_of(project)["_commit"] == "v1.0.0"
    assert answers_of(project)["deploy_domains"] == "books.example.com"
    commit(project, "A domain")

    listed = command(versions.root, project, "uninstall", "--list")
    assert "deploy/settings.py" in listed.stdout + listed.stderr
    assert "up to date" not in listed.stdout + listed.stderr

    done = command(versions.root, project, "update", "--quiet")

    assert (done.returncode, done.stdout) == (0, ""), done.stdout + done.stderr
    assert answers_of(project)["_commit"] == "v2.0.0"
    commit(project, "Update")
    assert "deploy-overlay: Version two has nothing to run" in command(versions.root, project, "run").stderr


@shows("uninstall-after-an-update")
def test_a_version_without_a_command_is_told(template: Path, project: Project, tmp_path: Path) -> None:
    versions = released(template, tmp_path / "versions", "0.1.0", "2.0.0")
    taken(project, versions, "-r", "v0.1.0")

    done = command(versions.root, project, "run")

    assert "this project has v0.1.0, which has no command, so v2.0.0" in done.stderr
    assert " update" in done.stderr
    assert f"deploy-overlay: {SENTENCE}" in done.stderr
    assert command(versions.root, project, "uninstall", "--yes").returncode == 1
    assert status(project) == []

    assert command(versions.root, project, "update").returncode == 0
    commit(project, "Update")
    removed = command(versions.root, project, "uninstall", "--yes")

    assert removed.returncode == 0, removed.stderr
    assert not (project.root / "deploy").exists()
    assert not (project.root / ".copier-answers.yml").exists()


@shows("source-not-trusted")
def test_a_fork_runs_when_it_is_trusted(versions: Versions, project: Project, tmp_path: Path) -> None:
    fork = Versions(tmp_path / "fork")
    git(tmp_path, "clone", "--quiet", str(versions.root), str(fork.root))
    fork.release("2.1.0", replaced(CHANGED, "Version two has", "The fork has"))
    taken(project, fork)

    for verb in (
        ["run"],
        ["deploy", "--yes"],
        ["set", "deploy_domains=x.example.com"],
        ["update"],
        ["uninstall", "--yes"],
    ):
        refused = command(versions.root, project, *verb)
        assert refused.returncode == 1, verb
        assert f"names {fork.root} as the source" in refused.stderr
        assert "--trust`" in refused.stderr
    assert status(project) == []

    trusted = command(versions.root, project, "run", "--trust")
    assert "deploy-overlay: The fork has nothing to run" in trusted.stderr
    own = command(fork.root, project, "run")  # who runs the fork's command trusts the fork
    assert "deploy-overlay: The fork has nothing to run" in own.stderr


@shows("source-not-trusted")
@pytest.mark.parametrize(
    ("source", "version"),
    [
        ("https://git.example.com/stranger/deploy-overlay.git", "v1.0.0"),
        ("gh:stranger/deploy-overlay", "v1.0.0"),
        ("http://github.com/org/deploy-overlay", "v1.0.0"),
        ("gh:org/deploy-overlay", "0123abc"),  # of anybody's fork
        ("gh:org/deploy-overlay", "v1.0.0-3-g0123abc"),
    ],
)
def test_a_source_that_a_stranger_may_have_written(
    versions: Versions, project: Project, source: str, version: str
) -> None:
    taken(project, versions)
    answers = answers_of(project)
    edit(project, ".copier-answers.yml", f"_src_path: {answers['_src_path']}", f"_src_path: {source}")
    edit(project, ".copier-answers.yml", f"_commit: {answers['_commit']}", f"_commit: {version}")

    for verb in ("status", "update", "rehearse"):
        done = command(versions.root, project, verb)

        assert done.returncode == 1
        assert "fetching" not in done.stderr


@shows("answers-file-damaged")
def test_a_version_that_would_be_an_option_of_git(versions: Versions, project: Project) -> None:
    taken(project, versions)
    edit(project, ".copier-answers.yml", "_commit: v2.0.0", '_commit: "--upload-pack=touch x"')

    assert command(versions.root, project, "status").returncode == 1
    assert not (project.root / "x").exists()


@shows("version-not-to-be-had")
def test_a_version_that_is_not_there(versions: Versions, project: Project) -> None:
    taken(project, versions)
    edit(project, ".copier-answers.yml", "_commit: v2.0.0", "_commit: v9.9.9")

    deployed = command(versions.root, project, "deploy", "--yes")
    looked = command(versions.root, project, "run")

    assert deployed.returncode == 1 and "v9.9.9" in deployed.stderr
    log = next((project.root / ".git" / "deploy-overlay").glob("*-fetch.log")).read_text(encoding="utf-8")
    assert "v9.9.9 not found" in log and "exit status 128" in log
    assert "So v2.0.0" in looked.stderr
    assert "deploy-overlay: Version two has nothing to run" in looked.stderr


def test_from_nothing_to_a_platform_more_and_back(versions: Versions, project: Project) -> None:
    before = git(project.root, "rev-parse", "HEAD^{tree}")

    added = command(versions.root, project, "add", "fly", folder="shelf")

    assert added.returncode == 0, added.stdout + added.stderr
    assert answers_of(project)["_commit"] == "v2.0.0"
    assert answers_of(project)["deploy_platforms"] == ["fly"]
    assert "deploy-overlay rehearse" in added.stdout
    commit(project, "Add the overlay")

    more = command(versions.root, project, "add", "heroku")

    assert more.returncode == 0, more.stdout + more.stderr
    assert answers_of(project)["deploy_platforms"] == ["fly", "heroku"]
    assert (project.root / "Procfile").is_file()
    commit(project, "Add Heroku")

    assert command(versions.root, project, "uninstall", "--yes").returncode == 0
    commit(project, "Uninstall")
    assert git(project.root, "rev-parse", "HEAD^{tree}") == before


def test_machines_are_told_what_was_done(versions: Versions, project: Project) -> None:
    def done(*arguments: str, status: int = 0) -> Any:
        ended = command(versions.root, project, *arguments, "--json")
        assert ended.returncode == status, ended.stderr
        return json.loads(ended.stdout)  # one document, and nothing beside it

    (project.root / "notes.txt").write_text("mine\n", encoding="utf-8")
    added = done("add", "fly")
    assert (added["schema"], added["version"], added["platforms"]) == (1, "v2.0.0", ["fly"])
    assert {"fly.toml", "Dockerfile", "deploy/settings.py"} <= set(added["new"]) and "notes.txt" not in added["new"]
    assert added["changed"] == ["requirements.txt"] and added["removed"] == added["conflicts"] == []
    refused = done("set", "deploy_name=other", status=1)
    assert refused["error"]["help"].endswith("#uncommitted-changes")
    commit(project, "Add the overlay")

    changed = done("set", "fly_region=fra")
    assert changed["new"] == [] and "fly.toml" in changed["changed"]
    commit(project, "Move")
    refused = done("set", "fly_region=Frankfurt", status=1)
    assert "Use three letters" in refused["error"]["message"] and "answer-fly-region" in refused["error"]["help"]
    assert done("add", "fly")["changed"] == []
    assert done("update")["version"] == "v2.0.0"

    edited = project.root / "deploy" / "settings.py"
    edited.write_text(edited.read_text(encoding="utf-8") + "# mine\n", encoding="utf-8")
    commit(project, "Edit")
    listed = done("uninstall", "--list")
    assert "fly.toml" in listed["files"] and listed["edited"] == ["deploy/settings.py"]
    assert "gunicorn" in listed["dependencies"] and listed["dependencies_removed"]
    assert "--yes" in done("uninstall", status=1)["error"]["message"]
    removed = done("uninstall", "--yes")
    assert set(listed["files"]) <= set(removed["removed"]) and removed["version"] == ""


@shows("not-an-answer", "overlay-there-already")
def test_words_that_change_nothing(versions: Versions, project: Project) -> None:
    taken(project, versions)

    wrong = command(versions.root, project, "set", "deploy_domain=x.example.com")
    again = command(versions.root, project, "add", "fly")
    which = command(versions.root, project, "add")

    assert "Did you mean deploy_domains?" in wrong.stderr
    assert [one.returncode for one in (wrong, again, which)] == [1, 0, 1]
    assert "already has fly" in again.stderr
    assert status(project) == []


def uv(*arguments: str | Path) -> None:
    run([tools_folder() / "uv", *arguments], Path.cwd(), environment())


def test_a_wheel_is_the_command_without_the_template(versions: Versions, project: Project, tmp_path: Path) -> None:
    """Installed by pip, outside of the repository; the rest is fetched at the version that the project records."""
    subprocess.run([sys.executable, "-m", "venv", str(tmp_path / "venv")], check=True)
    python = tmp_path / "venv" / BIN / "python"
    run([python, "-m", "pip", "install", "--quiet", str(versions.root)], tmp_path, environment())
    program = python.parent / "deploy-overlay"
    taken(project, versions)
    env = environment(project.python, XDG_CACHE_HOME=str(tmp_path / "cache"))

    assert "Usage: deploy-overlay" in run([program, "--help"], tmp_path, env).stdout
    assert str(versions.root) in run([program, "--version"], tmp_path, env).stdout
    deployed = run([program, "deploy", "--yes"], project.root, env | {"PATH": "/usr/bin:/bin"}, check=False)

    packages = next((tmp_path / "venv").glob("[Ll]ib*/**/site-packages/deploy_overlay"))
    assert (packages / "platforms" / "fly" / "readme.md.jinja").is_file()
    assert (packages / "platforms" / "fly" / "questions.yml").is_file()
    assert not list(packages.parent.glob("template")) and not list(packages.parent.glob("copier.yml"))
    assert "The Fly.io CLI (fly) is not on PATH" in deployed.stderr
    assert (tmp_path / "cache" / "deploy-overlay" / "releases").is_dir()  # the template's files, for the commit


def test_uvx_from_a_folder_and_from_git(versions: Versions, project: Project) -> None:
    env = environment(project.python)
    uvx = tools_folder() / "uvx"

    added = run([uvx, "--from", versions.root, "deploy-overlay", "add", "fly"], project.root, env)

    assert answers_of(project)["_commit"] == "v2.0.0"
    commit(project, "Add the overlay")
    line = next(
        line for line in (project.root / "deploy" / "README.md").read_text().splitlines() if "uvx --from" in line
    )
    assert line.strip() == f"uvx --from git+{versions.root.as_uri()}@v2.0.0 deploy-overlay"
    assert f"uv tool install git+{versions.root.as_uri()}@v2.0.0" in added.stdout
    done = run([*line.split(), "run"], project.root, env, check=False)  # as its reader pastes it
    assert "deploy-overlay: Version two has nothing to run" in done.stderr
    assert "fetching" not in done.stderr  # it is the version that the project records
