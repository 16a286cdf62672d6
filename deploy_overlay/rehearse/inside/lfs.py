"""Files of which Git LFS has the content: https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md"""

from __future__ import annotations

from pathlib import Path

BEGINS = b"version https://git-lfs.github.com/spec/v1"
SMALL = 1024  # bytes, more than a pointer has


def is_pointer(path: Path) -> bool:
    """Whether a file is not its content, but the pointer to it."""
    if path.stat().st_size >= SMALL:
        return False
    with path.open("rb") as file:
        return file.read(len(BEGINS)) == BEGINS
