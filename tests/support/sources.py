"""The Python files of the repository, read once for all tests that look at them."""

from __future__ import annotations

import ast
import functools
import subprocess
from collections.abc import Iterator
from pathlib import Path

from .template import REPOSITORY


@functools.cache
def tracked() -> tuple[str, ...]:
    """Every file that git has or would add, from the root of the repository."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=REPOSITORY, capture_output=True, check=True, encoding="utf-8").stdout
    return tuple(name for name in listed.split("\0") if name and (REPOSITORY / name).is_file())


def modules(*folders: str) -> Iterator[tuple[Path, ast.Module]]:
    """Those below these folders, parsed."""
    for name in tracked():
        if name.endswith(".py") and name.startswith(folders):
            yield REPOSITORY / name, _parsed(REPOSITORY / name)


@functools.cache
def _parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))
