"""The temporary folder in which everything is written that the rehearsal makes."""

from __future__ import annotations

import contextlib
import shutil
import stat
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from .program import undisturbed

SCRATCH_PREFIX = "rehearsal-"


@contextlib.contextmanager
def scratch_folder() -> Iterator[Path]:
    """A new folder that only this user can read; it is deleted on leaving, also on Ctrl-C."""
    folder = Path(tempfile.mkdtemp(prefix=SCRATCH_PREFIX)).resolve()
    try:
        yield folder
    finally:
        with undisturbed():
            shutil.rmtree(folder, onerror=_writable)


def _writable(remove: Callable[..., object], path: str, error: object) -> None:
    """Windows does not delete files that are read-only; what cannot be deleted at all stays in the temporary folder."""
    with contextlib.suppress(OSError):
        Path(path).chmod(stat.S_IRWXU)
        remove(path)
