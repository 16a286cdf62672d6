"""Temporary folders for all files of the rehearsal."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator
from pathlib import Path

from ..base.sealed import delete
from .interruption import held, undo_at_the_end, undo_back_to

SCRATCH_PREFIX = "rehearsal-"


@contextlib.contextmanager
def new_folder(base: Path | None = None) -> Iterator[Path]:
    """A folder that only this user can read, in `base` or the system's own, deleted on leaving, also on Ctrl-C."""
    with held():
        folder = Path(tempfile.mkdtemp(prefix=SCRATCH_PREFIX, dir=base)).resolve()
        undo_at_the_end(folder, lambda: delete(folder))
    try:
        yield folder
    finally:
        with held():
            undo_back_to(folder)  # a program that still writes there, too
