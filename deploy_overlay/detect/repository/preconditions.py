"""Whether the overlay can be applied to this repository: git, a commit, no conflicting uncommitted changes."""

from __future__ import annotations

import hashlib
import json
import os
import stat
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from ...base import git
from ...base.files import read_plain
from ...base.message import Failure, first_of, state_not_writable
from ...base.state import State

STATE = "deploy-overlay/state.json"
TIMEOUT = 60
# What can be neither stashed nor committed before it is decided: https://git-scm.com/docs/gitrevisions
_UNDER_WAY = {
    "merge": "MERGE_HEAD",
    "rebase": "REBASE_HEAD",
    "cherry-pick": "CHERRY_PICK_HEAD",
    "revert": "REVERT_HEAD",
}


def look_at_git(root: Path) -> Path:
    """The folder for the overlay's state. Raises Failure unless `root` is the root of a git repository with a commit."""
    if not root.is_dir():
        raise Failure(f"{root} is not a folder. Run this in the repository of a Django project.", anchor="not-a-folder")
    # One process answers three questions. Without a commit, only the last one fails.
    result = git.ask(root, "rev-parse", "--git-path", STATE, "--show-toplevel", "HEAD", timeout=TIMEOUT)
    answered = result.text.splitlines()
    if len(answered) < 2:
        raise _not_a_repository(root, result.error)
    if os.path.realpath(answered[1]) != os.path.realpath(root):
        raise Failure(
            f"This is a subfolder of a git repository. Run this at its root: {Path(answered[1]).as_posix()}",
            anchor="not-the-git-root",
        )
    if result.status != 0:
        raise Failure(
            'The repository has no commit yet. Run `git add -A`, `git commit -m "Start"`, then run this again.',
            anchor="no-commit-yet",
        )
    state = root / answered[0]
    git.check_no_links(state.parent)
    _check_writable(state.parent)
    return state


def _check_writable(folder: Path) -> None:
    """Create the overlay's folder in the git folder, to fail before files are written."""
    place = folder if os.path.lexists(folder) else folder.parent
    if not place.is_dir() or not os.access(place, os.W_OK):
        reason = "no write permission" if place.is_dir() else "it is not a folder"
        raise state_not_writable(place, reason)


def check_unchanged(root: Path, state: Path, touched: Iterable[str], rendered: Iterable[str] = ()) -> None:
    """Raise Failure if uncommitted changes conflict with the overlay; `state` is the result of `look_at_git`.

    `touched` are files that are edited in place, `rendered` those that are written whole: a new one of these that git
    does not know yet is what an interrupted run left, since the project's own were set aside. POSIX paths relative to
    the root. A file that is exactly as the overlay left it may be changed: a run can be repeated and continued.
    """
    edited, written = set(touched), set(rendered)
    # A file that was only removed from the index is listed twice: as deleted and as new.
    changed = dict.fromkeys(
        path
        for path, new in _changed(root, sorted(edited | written))
        if (path in edited or not new) and not _as_left(root, path, state)
    )
    if changed:
        listed = first_of(list(changed), 5)
        work = next(
            (work for work, head in _UNDER_WAY.items() if git.text(root, "rev-parse", "--verify", "-q", head)), ""
        )
        if work:
            raise Failure(
                f"A {work} is under way, and the overlay would change its files: {listed}. Finish it, or run "
                f"`git {work} --abort`, and run this again.",
                anchor="uncommitted-changes",
            )
        raise Failure(
            f"These files have uncommitted changes, and the overlay would change them: {listed}. "
            "Commit or stash them, and run this again.",
            anchor="uncommitted-changes",
        )


def cut_off(root: Path, rendered: Iterable[str]) -> list[str]:
    """Untracked rendered files that an interrupted run left unfinished.

    They did not exist when it began, or they are empty.
    """
    begun = set(State(git.overlay_folder(root), root).rendering())
    found = [path for path in rendered if _is_plain(root / path) and (path in begun or _is_empty(root / path))]
    return [path for path, new in _changed(root, sorted(found)) if new] if found else []


def _is_plain(path: Path) -> bool:
    try:
        return stat.S_ISREG(path.lstat().st_mode)
    except OSError:
        return False


def _is_empty(path: Path) -> bool:
    return path.lstat().st_size == 0


def _not_a_repository(root: Path, error: str) -> Failure:
    if "dubious ownership" in error:
        return Failure(
            "git does not trust this folder, because another user owns it. "
            f"Run: `git config --global --add safe.directory {root}`",
            anchor="folder-of-another-user",
        )
    if "work tree" in error:
        return Failure("This git repository has no work tree. Run this in a clone of it.", anchor="no-work-tree")
    if error.strip() and "not a git repository" not in error:
        reason = error.strip().splitlines()[-1][-200:]
        return Failure(
            f"git cannot read this repository ({reason}). Repair it, or install a newer git, and run this again.",
            anchor="git-status-failed",
        )
    return Failure(
        "This is not a git repository, so changes could not be undone. Run `git init`, `git add -A`, "
        '`git commit -m "Start"`, then run this again.',
        anchor="not-a-git-repository",
    )


def _changed(root: Path, paths: list[str]) -> list[tuple[str, bool]]:
    """The paths that differ from the last commit, and whether they are untracked."""
    found: set[tuple[str, bool]] = set()
    for start in range(0, len(paths), 200):
        batch = [f":(literal){path}" for path in paths[start : start + 200]]
        result = git.ask(
            root,
            "status",
            "--porcelain=v1",
            "-z",
            "--no-renames",
            "--untracked-files=all",
            "--",
            *batch,
            timeout=TIMEOUT,
        )
        if result.status != 0:
            raise Failure(
                f"git status failed ({result.error.strip()[-200:]}). Repair the repository, and run this again.",
                anchor="git-status-failed",
            )
        entries = (entry for entry in result.text.split("\0") if len(entry) > 3)
        found |= {(entry[3:], entry.startswith("??")) for entry in entries}
    return sorted(found)


def _as_left(root: Path, path: str, state_file: Path) -> bool:
    state = _state(state_file)
    if path in state.get("unfinished", ()):
        return True
    files = state.get("files")
    left = files.get(path) if isinstance(files, dict) else None
    if not isinstance(left, str):
        return False
    try:
        return hashlib.sha256(read_plain(root / path)).hexdigest() == left
    except OSError:
        return False


def _state(file: Path) -> dict[str, Any]:
    """The state of the overlay's last run; {} if there is none or it is damaged."""
    try:
        state = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return state if isinstance(state, dict) else {}
