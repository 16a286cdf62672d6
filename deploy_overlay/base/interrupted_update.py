"""Detects an update that was killed: its record and its changes are still there."""

from __future__ import annotations

import contextlib
from pathlib import Path

from . import git
from .message import Failure

RECORD = "update.json"  # written by hooks/before_update.py, in the overlay's folder; gone after a whole update


def update_record(root: Path) -> Path | None:
    """The record that an update's first hook writes; None if no update is running or was interrupted."""
    if not (root / ".git").exists():  # a temporary copy of Copier's
        return None
    with contextlib.suppress(Failure):
        path = git.overlay_folder(root) / RECORD
        return path if path.is_file() else None
    return None


def interrupted_update(root: Path, again: str = "run the update again") -> Failure | None:
    """The error with the commands that restore the project, if an update was killed and its changes are still there."""
    if update_record(root) is None or git.is_clean(root):
        return None
    return Failure(
        f"An update was interrupted, and files may be half merged. {git.WAY_BACK} Then {again}.",
        anchor="update-cut-off",
    )
