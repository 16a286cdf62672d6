"""The state of git in which the overlay may write."""

from __future__ import annotations

import hashlib
import json
import subprocess
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

import pytest

from deploy_overlay.detect import Failure, Visit
from tests.unit.detect.conftest import write

PATHS = ("requirements.txt", "fly.toml", "ünï.txt")


def git(root: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=Test", "-c", "user.email=test@example.com", "-c", "commit.gpgsign=false"]
    done = subprocess.run(["git", *identity, *arguments], cwd=root, check=True, capture_output=True, encoding="utf-8")
    return done.stdout


def check_repository(root: Path, touched: Iterable[str], rendered: Iterable[str] = ()) -> None:
    Visit(root).check(touched, rendered)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = write(tmp_path / "project", {"requirements.txt": "django\n", "ünï.txt": "x\n", "notes.txt": "n\n"})
    git(folder, "init", "-q", "-b", "main")
    git(folder, "add", "-A")
    git(folder, "commit", "-qm", "Start")
    return folder


def test_a_clean_repository_is_fine(root: Path) -> None:
    before = git(root, "status", "--porcelain")
    check_repository(root, PATHS)
    assert git(root, "status", "--porcelain") == before


def test_changes_elsewhere_do_not_matter(root: Path) -> None:
    write(root, {"notes.txt": "other\n", "new.txt": "new\n"})
    check_repository(root, PATHS)


@pytest.mark.parametrize("name", ["requirements.txt", "ünï.txt"])
def test_uncommitted_changes_are_refused_by_name(root: Path, name: str) -> None:
    write(root, {name: "changed\n"})
    with pytest.raises(Failure, match=f"uncommitted changes.*{name}"):
        check_repository(root, PATHS)


def test_staged_changes_are_refused(root: Path) -> None:
    write(root, {"requirements.txt": "changed\n"})
    git(root, "add", "-A")
    with pytest.raises(Failure, match="uncommitted"):
        check_repository(root, PATHS)


def test_a_file_that_only_left_the_index_is_named_once(root: Path) -> None:
    git(root, "rm", "-q", "--cached", "requirements.txt")
    with pytest.raises(Failure, match=r"uncommitted changes[^:]*: requirements.txt\. "):
        check_repository(root, PATHS)


@pytest.mark.parametrize("work", ["merge", "rebase", "cherry-pick"])
def test_work_of_git_that_is_under_way_is_named_with_its_end(root: Path, work: str) -> None:
    first = git(root, "branch", "--show-current").strip()
    git(root, "switch", "-q", "-c", "other")
    write(root, {"requirements.txt": "django\nother\n"})
    git(root, "commit", "-q", "-am", "other")
    git(root, "switch", "-q", first)
    write(root, {"requirements.txt": "django\nmine\n"})
    git(root, "commit", "-q", "-am", "mine")
    with suppress(subprocess.CalledProcessError):
        git(root, work, "other")
    with pytest.raises(Failure, match=f"A {work} is under way.*requirements.txt.*`git {work} --abort`"):
        check_repository(root, ["requirements.txt"])
    git(root, work, "--abort")
    check_repository(root, ["requirements.txt"])


def test_an_untracked_dependency_file_is_refused(root: Path) -> None:
    write(root, {"fly.toml": "app = 'x'\n"})
    with pytest.raises(Failure, match=r"fly\.toml"):
        check_repository(root, PATHS)


def test_what_the_overlay_left_itself_may_be_changed(root: Path) -> None:
    write(root, {"requirements.txt": "django\ngunicorn\n", "fly.toml": "half"})
    left = {"requirements.txt": hashlib.sha256(b"django\ngunicorn\n").hexdigest()}
    write(root, {".git/deploy-overlay/state.json": json.dumps({"files": left, "unfinished": ["fly.toml"]})})
    check_repository(root, PATHS)
    write(root, {"requirements.txt": "django\ngunicorn\nmine\n"})
    with pytest.raises(Failure, match=r"requirements\.txt"):
        check_repository(root, PATHS)


@pytest.mark.parametrize("state", ["{", "[]", '{"files": 3, "unfinished": []}'])
def test_a_damaged_state_file_allows_nothing(root: Path, state: str) -> None:
    write(root, {"requirements.txt": "changed\n", ".git/deploy-overlay/state.json": state})
    with pytest.raises(Failure, match="uncommitted"):
        check_repository(root, PATHS)


def test_no_repository(tmp_path: Path) -> None:
    with pytest.raises(Failure, match="not a git repository"):
        check_repository(tmp_path, ())


def test_no_commit(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    with pytest.raises(Failure, match="no commit yet"):
        check_repository(tmp_path, ())


def test_a_folder_below_the_root(root: Path) -> None:
    (root / "inner").mkdir()
    with pytest.raises(Failure, match=f"at its root: .*{root.name}"):
        check_repository(root / "inner", ())


def test_a_worktree_and_a_submodule_are_repositories(root: Path, tmp_path: Path) -> None:
    git(root, "worktree", "add", "-q", str(tmp_path / "tree"))
    check_repository(tmp_path / "tree", PATHS)
    write(tmp_path / "tree", {"requirements.txt": "changed\n"})
    with pytest.raises(Failure, match="uncommitted"):
        check_repository(tmp_path / "tree", PATHS)


def test_no_git_program(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(Failure, match="git was not found"):
        check_repository(root, ())
