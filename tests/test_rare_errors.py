"""Messages for what seldom happens: git that is missing, hangs or distrusts, tools that do not start, our own mistakes."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from deploy_overlay.base import programs
from deploy_overlay.base.log import Log
from deploy_overlay.base.message import Failure, with_help_link
from deploy_overlay.base.state import State
from deploy_overlay.detect import Fact
from tests.hooks.repository import ANSWERS, TEMPLATE, Repository, answers, tools_path
from tests.support import apply_overlay, environment, make_project
from tests.support.anchors import note, shows
from tests.support.overlay import copier_program

posix = pytest.mark.skipif(os.name == "nt", reason="programs are made of shell lines")


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return Repository(tmp_path / "project")


def program(folder: Path, name: str, lines: str) -> Path:
    """A folder with a program of that name."""
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text(f"#!/bin/sh\n{lines}\n", encoding="utf-8")
    path.chmod(0o755)
    return folder


def told_by_hook(folder: Path, path: str) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [sys.executable, str(TEMPLATE / "hooks/after_copy.py"), ANSWERS, "--defaults"],
        cwd=folder,
        env={**os.environ, "PATH": path, "GIT_DIR": str(folder / ".git")},  # so that git is asked
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )
    note(done.stderr)
    return done


@shows("git-not-found")
def test_no_git(template: Path, tmp_path: Path) -> None:
    project = make_project(tmp_path / "library")

    # Copier itself wants git for a template that is in git; a folder of files is a template too.
    files = tmp_path / "template"
    shutil.copytree(template, files, ignore=shutil.ignore_patterns(".git"))
    nowhere = tmp_path / "empty"
    nowhere.mkdir()
    done = apply_overlay(project, files, env=environment() | {"PATH": str(nowhere)}, deploy_platforms=["fly"])

    assert done.returncode != 0
    assert "Traceback" not in done.stderr


@posix
@shows("git-not-found")
def test_no_git_for_the_hook(repository: Repository, tmp_path: Path) -> None:
    assert told_by_hook(repository.root, str(tmp_path)).returncode == 1


@posix
@shows("git-no-answer")
def test_git_that_hangs(repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from deploy_overlay.detect import Failure, look_at_git
    from deploy_overlay.detect.repository import preconditions as module

    monkeypatch.setenv("PATH", tools_path(program(tmp_path / "bin", "git", "exec sleep 30")))
    monkeypatch.setattr(module, "TIMEOUT", 0.5)
    with pytest.raises(Failure) as refused:
        look_at_git(repository.root)
    note(with_help_link(str(refused.value), refused.value.anchor))


@posix
@shows("git-status-failed")
def test_a_repository_that_is_damaged(template: Path, tmp_path: Path) -> None:
    project = make_project(tmp_path / "library")
    (project.root / ".git" / "index").write_bytes(b"not an index")

    assert apply_overlay(project, template, deploy_platforms=["fly"]).returncode != 0


@posix
@shows("folder-of-another-user")
@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root may give files away")
def test_a_folder_of_another_user(template: Path, tmp_path: Path) -> None:
    project = make_project(tmp_path / "library")
    os.chown(project.root, 65534, 65534)
    os.chown(project.root / ".git", 65534, 65534)

    assert apply_overlay(project, template, deploy_platforms=["fly"]).returncode != 0


@shows("not-a-folder")
def test_a_destination_that_is_not_there(template: Path, tmp_path: Path) -> None:
    command = [copier_program(), "copy", "--trust", "--defaults", str(template), str(tmp_path / "nowhere")]
    done = subprocess.run(command, env=environment(), capture_output=True, text=True, encoding="utf-8", check=False)
    note(done.stderr)

    assert done.returncode != 0
    assert not (tmp_path / "nowhere").exists()


@posix
@shows("program-not-started")
def test_a_tool_whose_interpreter_is_gone(repository: Repository, tmp_path: Path) -> None:
    repository.write("pyproject.toml", '[project]\nname = "x"\nversion = "1"\n')
    repository.commit(**answers("uv", "pyproject.toml"))
    folder = program(tmp_path / "bin", "uv", "")
    (folder / "uv").write_text("#!/nowhere/python\n", encoding="utf-8")

    assert repository.hook(PATH=tools_path(folder)).returncode == 1
    assert repository.changed() == []


@posix
@shows("program-too-slow")
def test_a_tool_that_never_ends(tmp_path: Path) -> None:
    folder = program(tmp_path / "bin", "uv", "exec sleep 30")
    with pytest.raises(Failure) as failed:
        programs.run([str(folder / "uv"), "lock"], cwd=tmp_path, log=Log(tmp_path / "log"), timeout=0.5)
    note(with_help_link(str(failed.value), failed.value.anchor))


@shows("state-not-writable")
def test_notes_that_cannot_be_written(tmp_path: Path) -> None:
    state = State(tmp_path / "git" / "deploy-overlay", tmp_path)
    state.path.mkdir(parents=True)  # a folder of that name: no user may write a file there
    with pytest.raises(Failure) as failed:
        state.begin(["requirements.txt"])
    note(with_help_link(str(failed.value), failed.value.anchor))


@shows("unexpected-error")
def test_a_mistake_of_ours_is_one_sentence_and_in_the_log(repository: Repository) -> None:
    repository.write("requirements.txt", "Django==5.2\n")
    repository.commit(**answers("pip", "requirements.txt", deploy_platforms=["moon"]))
    done = repository.hook()

    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "Traceback" in repository.logs()[-1].read_text(encoding="utf-8")


@shows("not-started")
def test_a_site_without_its_variables(template: Path, tmp_path: Path) -> None:
    project = make_project(tmp_path / "library")
    assert apply_overlay(project, template, deploy_platforms=["fly"]).returncode == 0
    command = [sys.executable, "-c", "from deploy.environment import require; require({})"]
    done = subprocess.run(command, cwd=project.root, capture_output=True, text=True, encoding="utf-8", check=False)
    note(done.stderr)

    assert done.returncode == 1
    assert done.stderr.startswith("Not started: set SECRET_KEY (")


@shows("settings-too-deep")
def test_a_fact_that_is_nested_too_deeply(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    from deploy_overlay.detect import Failure, look
    from deploy_overlay.detect.facts import FACTS, Detector

    def deep(project: object) -> Fact:
        return deep(project)

    monkeypatch.setitem(FACTS, "django_database", Detector("django_database", deep))
    with pytest.raises(Failure) as refused:
        look(repository.root).fact("django_database")
    note(with_help_link(str(refused.value), refused.value.anchor))


@shows("answers-file-not-writable")
def test_answers_that_an_update_cannot_write(tmp_path: Path) -> None:
    from deploy_overlay.base.answers import Answers
    from deploy_overlay.update.before import _write

    (tmp_path / ANSWERS).mkdir()  # a folder of that name: no user may write a file there
    with pytest.raises(Failure) as failed:
        _write(Answers(tmp_path, ANSWERS, {}), "deploy_name: x")
    note(with_help_link(str(failed.value), failed.value.anchor))
