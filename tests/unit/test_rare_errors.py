"""Messages for what seldom happens: git that hangs or is missing, tools that do not start, our own mistakes."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from deploy_overlay.base import programs
from deploy_overlay.base.log import Log
from deploy_overlay.base.message import Failure, with_help_link
from deploy_overlay.base.state import State
from deploy_overlay.detect import Fact
from tests.support.anchors import note, shows
from tests.support.hook import ANSWERS, TEMPLATE, Repository, answers, tools_path

posix = pytest.mark.skipif(os.name == "nt", reason="programs are made of shell lines")


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
    (tmp_path / "git").mkdir()
    (tmp_path / "git" / "deploy-overlay").touch()  # a file of that name: no user may make a folder there
    with pytest.raises(Failure) as failed:
        state.begin(["requirements.txt"])
    note(with_help_link(str(failed.value), failed.value.anchor))


@shows("unexpected-error")
def test_a_mistake_of_ours_is_one_sentence_and_in_the_log(
    repository: Repository, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from deploy_overlay.base.run_hook import run_hook

    def work(*_: object) -> None:
        raise ZeroDivisionError("a mistake of ours")

    repository.commit()
    monkeypatch.chdir(repository.root)
    status, result = run_hook("after-copy", ANSWERS, work)

    said = capsys.readouterr().err
    note(said)
    assert (status, result) == (1, None)
    assert "Traceback" not in said and "ZeroDivisionError" in said
    assert "Traceback" in repository.logs()[-1].read_text(encoding="utf-8")


@posix
@shows("disk-full")
def test_a_full_disk_is_no_mistake_of_ours(
    repository: Repository, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from deploy_overlay.base.run_hook import run_hook

    def work(answers: object, state: object, log: Log) -> None:
        monkeypatch.setattr(Path, "open", full)
        log.write("which has no room either")
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "/tmp/export")

    def full(self: Path, *arguments: object, **named: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    repository.commit()
    monkeypatch.chdir(repository.root)
    status, _ = run_hook("after-copy", ANSWERS, work)

    note(said := capsys.readouterr().err)
    assert status == 1 and "No space is left on the disk for /tmp/export" in said


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


@shows("file-not-written")
def test_a_file_that_cannot_be_written(tmp_path: Path) -> None:
    from deploy_overlay.base.atomic_file import write_atomically

    (tmp_path / ANSWERS).mkdir()  # a folder of that name: no user may write a file there
    with pytest.raises(Failure) as failed:
        write_atomically(tmp_path / ANSWERS, b"deploy_name: x")
    note(with_help_link(str(failed.value), failed.value.anchor))


@shows("file-not-read")
def test_a_file_that_cannot_be_read_before_it_is_changed(tmp_path: Path) -> None:
    from deploy_overlay.base.atomic_file import copy_atomically

    (tmp_path / "requirements.txt").mkdir()
    with pytest.raises(Failure) as failed:
        copy_atomically(tmp_path / "requirements.txt", tmp_path / "kept")
    assert not (tmp_path / "kept").exists()
    note(with_help_link(str(failed.value), failed.value.anchor))
