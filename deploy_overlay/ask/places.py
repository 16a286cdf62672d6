"""Checks that the overlay's files can be written, before anything is written."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from ..base.message import Failure


def place_problem(root: Path, rendered: Iterable[str], deploy_folder: str) -> Failure | None:
    """None, or what blocks the path of a rendered file (POSIX paths from the git root).

    Copier ends in a traceback, with some files written, where a folder is a link that leads out of the repository: even
    for files that it leaves out.
    """
    real_root = os.path.realpath(root)
    folders = dict.fromkeys(folder for path in rendered for folder in _folders(path))
    for folder in folders:
        place = root / folder
        ours = f"{deploy_folder}/".startswith(f"{folder}/") or folder.startswith(f"{deploy_folder}/")
        if place.is_symlink() and not (place.is_dir() and _inside(place, real_root)):
            return _in_the_way(folder, "a link to nowhere or outside the repository", "a folder")
        if ours and os.path.lexists(place) and not place.is_dir():
            return _in_the_way(folder, "no folder", "a folder")
    for path in rendered:
        place = root / path
        if path.startswith(f"{deploy_folder}/") and os.path.lexists(place):
            if place.is_symlink() and not (place.is_file() and _inside(place, real_root)):
                return _in_the_way(path, "a link to nowhere or outside the repository", "a file")
            if not place.is_file():
                return _in_the_way(path, "no file", "a file")
    return None


def _folders(path: str) -> list[str]:
    """The folders above a path, the outermost first."""
    parts = path.split("/")[:-1]
    return ["/".join(parts[: count + 1]) for count in range(len(parts))]


def _inside(place: Path, real_root: str) -> bool:
    return os.path.realpath(place).startswith(real_root + os.sep)


def _in_the_way(path: str, what: str, wanted: str) -> Failure:
    text = f"{path} is {what}, but the overlay needs {wanted} there. Move it, commit, and run this again."
    return Failure(text, anchor="in-the-way")
