"""Requirements files as they are edited: https://pip.pypa.io/en/stable/reference/requirements-file-format/"""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Collection, Iterable, Sequence
from pathlib import Path

from ...base.requirements import Collected, collect, contents
from . import text_file


def read(root: Path, name: str) -> Collected:
    """A requirements file and all that it includes; names are POSIX, relative to the git root.

    A missing include is skipped: pip itself will name it. Raises Failure for a file that is not text.
    """

    def text(path: str) -> str | None:
        return text_file.read(root / path, path).text if (root / path).is_file() else None

    return collect(posixpath.normpath(name), text)


def production_file(root: Path, names: Sequence[str]) -> str | None:
    """Of the requirements files, the one that includes the others, else the first: what production installs from."""
    candidates = [name for name in names if name.endswith((".txt", ".in", ".pip"))]
    if len(candidates) < 2:
        return candidates[0] if candidates else None
    included = {file for name in candidates for file in read(root, name).files[1:]}
    outermost = [name for name in candidates if posixpath.normpath(name) not in included]
    return (outermost or candidates)[0]


def without_lines(text: str, unwanted: Callable[[str], bool]) -> str:
    """The text without the lines of which this is true; nothing else changes."""
    return "".join(line for line in text.splitlines(keepends=True) if not unwanted(line.rstrip("\r\n")))


def without_requirements(text: str, names: Collection[str]) -> str:
    """The text without the requirements of these canonical names that have a line to themselves, without options."""

    def unwanted(line: str) -> bool:
        if line.startswith((" ", "\t")) or line.endswith("\\"):
            return False
        return any(found.name in names for found in contents(line).requirements)

    return without_lines(text, unwanted)


def with_requirements(text: str, newline: str, added: Iterable[str]) -> str:
    """The text with one more line for each requirement, at the end; nothing else changes."""
    if text and not text.endswith("\n"):
        text += newline
    last = text.rstrip("\r\n").rpartition("\n")[2]
    if last.endswith("\\"):  # the last line waits for more: an empty one ends it
        text += newline
    return text + "".join(f"{line}{newline}" for line in added)
