"""Writes files atomically: after a full disk or a killed run, the previous content is still there."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import stat
import tempfile
from pathlib import Path

from .message import Failure


def write_atomically(path: Path, content: bytes) -> None:
    """Write the file, with its previous permissions; a link stays a link. Its folder has to exist.

    Raises Failure, with nothing changed, if it cannot be written.
    """
    target = Path(os.path.realpath(path))
    new = None
    try:
        if target.exists() and not os.access(target, os.W_OK):  # its owner wants it to stay
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        handle, new = tempfile.mkstemp(prefix=f".{target.name[:40]}.", suffix=".new", dir=target.parent)
        with open(handle, "wb") as file:  # noqa: PTH123
            file.write(content)
            file.flush()
            os.fsync(file.fileno())  # or a power cut leaves the new name with an empty file
        Path(new).chmod(_permissions(target))
        os.replace(new, target)  # noqa: PTH105
    except OSError as error:
        raise Failure(
            f"{path} cannot be written ({error.strerror}): make room for it or make it writable, and run this again. "
            "The file is as it was.",
            anchor="file-not-written",
        ) from None
    finally:
        if new is not None:
            with contextlib.suppress(OSError):  # gone where it took its place
                os.unlink(new)  # noqa: PTH108


def copy_atomically(source: Path, target: Path) -> None:
    """The same with the content, permissions and times of another file. Raises Failure if it cannot be written."""
    try:
        content = source.read_bytes()
    except OSError as error:
        raise Failure(
            f"{source} cannot be read ({error.strerror}): make it readable, and run this again.",
            anchor="file-not-read",
        ) from None
    write_atomically(target, content)
    with contextlib.suppress(OSError):
        shutil.copystat(source, target)


def _permissions(path: Path) -> int:
    """The permissions of the existing file, or this user's default."""
    with contextlib.suppress(OSError):
        return stat.S_IMODE(path.stat().st_mode)
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask
