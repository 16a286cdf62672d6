"""One run at a time in a repository: two that look at the same moment would both find nothing, and both create."""

from __future__ import annotations

import contextlib
import errno
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from ..base.message import Failure


@contextlib.contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Holds `provisioning.lock` in the overlay's folder; it ends with the process, however that ends.

    Raises Failure where another run holds it.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (folder / "provisioning.lock").open("a+", encoding="utf-8") as file:
        if not _held(file):
            raise Failure(
                "Another run is creating or deploying from this repository: wait until it has finished, then run this again.",
                anchor="still-at-work",
            )
        yield


def _held(file: IO[str]) -> bool:
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        return error.errno not in (errno.EAGAIN, errno.EACCES)  # a file system without locks keeps nobody out
    return True
