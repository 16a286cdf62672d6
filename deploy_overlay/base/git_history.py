"""What the project's own git history says: which version had what. Nothing is written, and no remote is asked."""

from __future__ import annotations

import io
import subprocess
import tarfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from .process_environment import outside_copier

TIMEOUT = 120.0  # seconds, for the largest of histories
MARK = "deploy-overlay"  # stands in the first lines of every file that the overlay writes


def git(root: Path, *arguments: str, stdin: bytes = b"") -> bytes | None:
    """What git printed, None where it failed; quotes no paths, takes no locks that it can do without."""
    environ = {**outside_copier(), "GIT_OPTIONAL_LOCKS": "0", "GIT_NO_LAZY_FETCH": "1", "LC_ALL": "C"}
    try:
        done = subprocess.run(
            ["git", "-c", "core.quotePath=false", *arguments],
            cwd=root,
            env=environ,
            input=stdin,
            capture_output=True,
            timeout=TIMEOUT,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout if done.returncode == 0 else None


def text(root: Path, *arguments: str) -> str:
    """The same as text without the line end; empty where git failed."""
    return (git(root, *arguments) or b"").decode("utf-8", "surrogateescape").strip()


def last_applied(root: Path, answers_file: str) -> str:
    """The commit that has the overlay's latest copy or update; empty where it cannot be told."""
    return text(root, "log", "-1", "--format=%H", "--", f":(literal){answers_file}")


def first_applied(root: Path, answers_file: str) -> str:
    """The commit with which the overlay came; empty where its answers are not committed yet."""
    added = text(root, "log", "--diff-filter=A", "--format=%H", "--", f":(literal){answers_file}").splitlines()
    return added[-1] if added else ""


def before_overlay(root: Path, answers_file: str) -> str:
    """The last commit without the overlay; empty where the history does not go back so far.

    Answers that are not committed yet came after everything that is.
    """
    first = first_applied(root, answers_file)
    return text(root, "rev-parse", "--verify", "--quiet", f"{first}^" if first else "HEAD")


def is_shallow(root: Path) -> bool:
    """Whether the clone lacks older commits: https://git-scm.com/docs/git-clone#Documentation/git-clone.txt---depthdepth"""
    return text(root, "rev-parse", "--is-shallow-repository") == "true"


def content(root: Path, commit: str, path: str) -> bytes | None:
    """A file as it is in a commit, None when it is not there."""
    return git(root, "cat-file", "blob", f"{commit}:{path}")


def ever_ours(root: Path, path: str) -> bool:
    """Whether any version of the file was one that the overlay wrote."""
    return bool(text(root, "log", "-1", f"-S{MARK}", "--format=%H", "--", f":(literal){path}"))


def came_with(root: Path, path: str, answers_file: str) -> bool:
    """Whether the file was added by a commit that applied or updated the overlay: some hold no mark."""
    added = text(root, "log", "--diff-filter=A", "--format=%H", "--", f":(literal){path}").split()
    applied = text(root, "log", "--format=%H", "--", f":(literal){answers_file}").split()
    return bool(set(added[:1]) & set(applied))


@contextmanager
def as_committed(root: Path, commit: str, paths: Sequence[str] = ()) -> Iterator[Path | None]:
    """A folder with the files of a commit, all or those below `paths`; None where they cannot be had."""
    archived = git(root, "archive", "--format=tar", commit, "--", *paths) if commit else None
    if archived is None:
        yield None
        return
    with TemporaryDirectory(prefix="deploy-overlay-", ignore_cleanup_errors=True) as name:
        with tarfile.open(fileobj=io.BytesIO(archived)) as tar:
            tar.extractall(name, filter="data") if hasattr(tarfile, "data_filter") else tar.extractall(name)
        yield Path(name)
