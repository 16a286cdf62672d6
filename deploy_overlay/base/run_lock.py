"""Allows one run at a time in a repository: two at once would both find something missing, and both add it.

Copier's process holds `run.lock` from its first question to its end; a hook, a process of its own, holds `hook.lock` while
it works, because it may outlive a Copier that was killed. Both lie in the overlay's folder under the git folder. The system
releases a lock when its holder dies, so nothing has to be cleaned up.
"""

from __future__ import annotations

import contextlib
import errno
import os
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO

from .message import Failure, state_not_writable

RUN, HOOK = "run.lock", "hook.lock"
OPTION = "--run="  # tells a hook which run it belongs to
_PLACE = 1 << 30  # of the locked byte, far behind the process id: on Windows nobody can read what is locked
_LOOK = 0.2  # seconds until a waiting process looks again
_held: list[IO[str]] = []  # open until the process ends


def hold_run_lock(folder: Path) -> int:
    """Hold the run's lock until this process ends; returns the number of the run, for its hooks. May be called again.

    Raises Failure if another run is active.
    """
    if not _is_held_by(folder / RUN, os.getpid()):
        file = _take(folder, RUN)
        try:
            _take(folder, HOOK).close()  # the hook of a run that was killed may be at work still
        except Failure:
            file.close()
            raise
        _held.append(file)
    return os.getpid()


@contextlib.contextmanager
def exclusive_run(folder: Path, run: int = 0) -> Iterator[None]:
    """Exclude other runs and their hooks during this block. `run` is the number of the run that the block belongs to.

    Raises Failure if one is active.
    """
    with contextlib.ExitStack() as stack:
        if not run or not _is_held_by(folder / RUN, run):
            stack.enter_context(_take(folder, RUN))
        stack.enter_context(_take(folder, HOOK))
        yield


@contextlib.contextmanager
def exclusive_lock(path: Path) -> Iterator[None]:
    """Wait until nobody else is in such a block for the same file, and keep others out.

    Raises OSError if the file cannot be written.
    """
    with path.open("a+", encoding="ascii", errors="replace") as file:
        while not _lock(file):
            time.sleep(_LOOK)
        yield


def run_of(arguments: Sequence[str]) -> int:
    """The number of the run among the arguments of a hook; 0 if a hook was started by hand."""
    told = next((argument.removeprefix(OPTION) for argument in arguments if argument.startswith(OPTION)), "")
    return int(told) if told.isdecimal() else 0


def _take(folder: Path, name: str) -> IO[str]:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        file = (folder / name).open("a+", encoding="ascii", errors="replace")
    except OSError as error:
        raise state_not_writable(folder / name, error.strerror) from None
    if not _lock(file):
        file.close()
        raise Failure(
            "Another run of deploy-overlay is in progress in this repository: wait until it ends, then run this again. "
            "Nothing was changed.",
            anchor="still-at-work",
        )
    with contextlib.suppress(OSError):  # on a full disk nobody can read whose lock it is, but it holds
        os.ftruncate(file.fileno(), 0)
        os.write(
            file.fileno(), str(os.getpid()).encode()
        )  # what a buffer keeps would fail again when the file is closed
    return file


def _is_held_by(path: Path, process: int) -> bool:
    """Whether the process has the lock; on a file system without locks, no process has."""
    try:
        with path.open("r+", encoding="ascii", errors="replace") as file:
            return file.read(20) == str(process) and not _lock(file)
    except OSError:
        return False


def _lock(file: IO[str]) -> bool:
    """Lock the file until it is closed; returns whether that was possible."""
    try:
        if sys.platform == "win32":
            import msvcrt

            file.seek(_PLACE)
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        return error.errno not in (errno.EAGAIN, errno.EACCES)  # a file system without locks keeps nobody out
    return True
