"""The user's cache folder for what is slow to create, named by the digest of everything that it depends on.

A virtual environment works only where it was created, so it is created in its final place: one process does that, others
wait, and a mark says that it is complete. The system releases the lock of a process that was killed.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import shutil
import time
from collections.abc import Callable, Iterable
from pathlib import Path

import platformdirs

from .message import Failure
from .run_lock import exclusive_lock
from .sealed import delete, unseal
from .size import in_units

_COMPLETE = "complete"
_DAY = 24 * 3600  # seconds
_UNUSED = 14 * _DAY  # until an unused folder is deleted


def digest(ingredients: object) -> str:
    """A short name for anything that JSON can represent."""
    return hashlib.sha256(json.dumps(ingredients, sort_keys=True).encode("utf-8", "surrogateescape")).hexdigest()[:20]


def find(kind: str, name: str) -> Path | None:
    """The folder with this name; None if it is not cached."""
    folder = _place(kind) / name
    mark = folder / _COMPLETE
    if not mark.is_file():
        return None
    with contextlib.suppress(OSError):
        mark.touch()  # it is in use
    return folder


def find_latest(kind: str, beginning: str) -> Path | None:
    """The folder with the last name of those that begin like this; None if there is none."""
    found = sorted(mark.parent.name for mark in _place(kind).glob(f"{beginning}*/{_COMPLETE}"))
    return find(kind, found[-1]) if found else None


def get_or_create(kind: str, name: str, make: Callable[[Path], None]) -> Path:
    """The folder with this name; if it is not cached yet, `make` fills it. An exception of `make` leaves nothing behind.

    Raises Failure if the cache folder cannot be written.
    """
    place = _place(kind)
    try:
        place.mkdir(parents=True, exist_ok=True)
        with exclusive_lock(place / f"{name}.lock"):
            found = find(kind, name)
            if found:
                return found
            folder = place / name
            _drop(folder)  # of a process that was killed
            folder.mkdir()
            try:
                make(folder)
                (folder / _COMPLETE).touch()
            except BaseException:
                _drop(folder)
                raise
            _forget(place.glob(f"*/{_COMPLETE}"), _UNUSED)
            return folder
    except OSError as error:
        free = shutil.disk_usage(place.parent if place.parent.exists() else Path.home()).free
        raise Failure(
            f"{place / name} cannot be written ({error.strerror or error}; {in_units(free)} free): make room there, or "
            "name another cache folder with XDG_CACHE_HOME.",
            anchor="cache-not-writable",
        ) from None


def delete_others(kind: str, beginning: str, newest: Path) -> None:
    """Delete the folders whose names begin like this, except the newest and those used within a day."""
    _forget((mark for mark in _place(kind).glob(f"{beginning}*/{_COMPLETE}") if mark.parent != newest), _DAY)


def _place(kind: str) -> Path:
    return platformdirs.user_cache_path("deploy-overlay", appauthor=False) / "rehearsal" / kind


def _drop(folder: Path) -> None:
    if folder.is_dir():
        unseal(folder)
        delete(folder)


def _forget(marks: Iterable[Path], age: float) -> None:
    for mark in marks:
        place = mark.parents[1]
        with contextlib.suppress(OSError):
            if time.time() - mark.stat().st_mtime > age:
                mark.unlink()
                _drop(mark.parent)
                (place / f"{mark.parent.name}.lock").unlink()
