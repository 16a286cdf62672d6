"""Makes a folder of code read-only, and finds what the site changed in it anyway."""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
import sys
from collections.abc import Callable, Collection, Iterator
from pathlib import Path

_WRITE = stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH
# Rights of root for which write bits mean nothing: https://man7.org/linux/man-pages/man7/capabilities.7.html
_OVERRIDING = "-dac_override,-dac_read_search,-fowner"

State = dict[str, tuple[int, int]]


def seal(folder: Path, writable: Collection[Path] = ()) -> None:
    """Remove the write bits of everything in a folder, except below the folders that are `writable`."""
    for path in _entries(folder, writable):
        path.chmod(path.stat().st_mode & ~_WRITE)


def unseal(folder: Path) -> None:
    """Give its owner the write bits back, so that it can be deleted."""
    for path in [folder, *_entries(folder, ())]:
        path.chmod(path.stat().st_mode | stat.S_IWUSR)


def delete(folder: Path) -> None:
    """Delete a folder and its content, also if it is read-only; ignore a missing one."""
    shutil.rmtree(folder, onerror=_writable)


def _writable(remove: Callable[..., object], path: str, error: object) -> None:
    """Windows does not delete read-only files; files that cannot be deleted at all stay."""
    with contextlib.suppress(OSError):
        Path(path).chmod(stat.S_IRWXU)
        remove(path)


def bound_by_write_bits() -> tuple[str, ...]:
    """The beginning of a command that makes write bits apply to root on Linux, who otherwise ignores them."""
    if sys.platform != "linux" or os.geteuid() != 0 or not shutil.which("setpriv"):
        return ()
    return ("setpriv", f"--bounding-set={_OVERRIDING}", f"--inh-caps={_OVERRIDING}")


def state(folder: Path, writable: Collection[Path] = ()) -> State:
    """Size and time of change of each file, by its path."""
    found = {}
    for path in _entries(folder, writable):
        about = path.lstat()
        if not stat.S_ISDIR(about.st_mode):
            found[path.relative_to(folder).as_posix()] = about.st_size, about.st_mtime_ns
    return found


def changes(before: State, after: State) -> list[str]:
    """Paths of files that were written or deleted in between; compiled files do not count."""
    differ = {path for path in before.keys() | after.keys() if before.get(path) != after.get(path)}
    return sorted(path for path in differ if "__pycache__" not in path.split("/"))


def _entries(folder: Path, without: Collection[Path]) -> Iterator[Path]:
    """The folder and everything in it that is not a link, the deepest last."""
    yield folder
    for place, folders, files in os.walk(folder):
        here = Path(place)
        folders[:] = [name for name in folders if here / name not in without and not (here / name).is_symlink()]
        yield from (here / name for name in folders)
        yield from (here / name for name in files if not (here / name).is_symlink())
