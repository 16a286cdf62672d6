"""What git is asked, and how."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from deploy_overlay.base import git
from deploy_overlay.base.log import Log
from deploy_overlay.base.message import Failure
from deploy_overlay.base.overlay_files import git_status


def run(root: Path, *arguments: str) -> None:
    subprocess.run(["git", *arguments], cwd=root, check=True, capture_output=True)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    run(folder, "init", "--quiet")
    run(folder, "config", "user.name", "Ada")
    run(folder, "config", "user.email", "ada@example.com")
    (folder / "größe.txt").write_text("1\n", encoding="utf-8")
    run(folder, "add", "-A")
    run(folder, "commit", "--quiet", "-m", "Start")
    return folder


@pytest.mark.skipif(sys.platform == "win32", reason="a hook is a shell script here")
def test_questions_start_nothing_of_the_projects(root: Path, tmp_path: Path) -> None:
    trace = tmp_path / "trace"
    script = tmp_path / "hooks" / "script"
    script.parent.mkdir()
    script.write_text(f"#!/bin/sh\necho $0 >> '{trace}'\n")
    script.chmod(0o755)
    for hook in ("post-index-change", "query-watchman", "pre-commit"):
        (script.parent / hook).symlink_to(script)
    run(root, "config", "core.fsmonitor", str(script.parent / "query-watchman"))
    run(root, "config", "core.hooksPath", str(script.parent))
    (root / "größe.txt").write_text("2\n", encoding="utf-8")

    assert git.output(root, "status", "--porcelain", "-z") == b" M gr\xc3\xb6\xc3\x9fe.txt\0"
    assert git.text(root, "log", "-1", "--format=%s") == "Start"
    assert git_status(root, ["größe.txt"]).changed == ("größe.txt",)
    assert not trace.exists()

    git.act(root, "commit", "--all", "-m", "More", log=Log(tmp_path / "log"))  # as its owner would
    assert "pre-commit" in trace.read_text()


def test_a_path_is_not_a_pattern(root: Path) -> None:
    (root / "[ab].txt").write_text("")
    (root / "a.txt").write_text("")
    assert git_status(root, ["[ab].txt"]).changed == ("[ab].txt",)


def test_git_that_is_missing_or_fails(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert git.output(root, "cat-file", "blob", "HEAD:gone") is None
    assert git.text(root, "no-such-command") == ""
    assert git.ask(root, "rev-parse", "--verify", "gone").status != 0
    with pytest.raises(Failure, match="git init"):
        git.overlay_folder(tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert git.output(root, "status") is None
    with pytest.raises(Failure, match="git was not found") as raised:
        git.ask(root, "status")
    assert raised.value.anchor == "git-not-found"


def test_the_folder_of_the_overlay(root: Path) -> None:
    assert git.overlay_folder(root) == (root / ".git" / "deploy-overlay").resolve()
    run(root, "worktree", "add", "--quiet", "../second")
    second = root.parent / "second"
    assert git.overlay_folder(second) == (root / ".git" / "worktrees" / "second" / "deploy-overlay").resolve()


def test_a_commit_as_a_folder(root: Path) -> None:
    with git.as_committed(root, git.text(root, "rev-parse", "HEAD")) as folder:
        assert folder is not None
        assert [path.name for path in folder.iterdir()] == ["größe.txt"]
    with git.as_committed(root, "gone") as folder:
        assert folder is None
