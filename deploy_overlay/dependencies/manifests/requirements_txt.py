"""requirements.txt: https://pip.pypa.io/en/stable/reference/requirements-file-format/"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from . import text_file
from .requirement import Requirement, parse

_COMMENT = re.compile(r"(^|\s)#.*$")
_INCLUDE = re.compile(r"^(?P<option>-r|-c|--requirement|--constraint)(?:\s+|=|(?<=-[rc]))(?P<path>\S.*)$")
_EDITABLE = re.compile(r"^(?:-e|--editable)(?:\s+|=)(?P<path>\S.*)$")
_HASH_OPTION = re.compile(r"\s--hash[=\s]")
_LINE_OPTION = re.compile(r"\s--?[a-z].*$", re.DOTALL)
_INCLUDES_DEPTH = 8


class Contents(NamedTuple):
    """One file, without what it includes."""

    requirements: tuple[Requirement, ...]
    includes: tuple[str, ...]  # as written, relative to this file's folder
    constraints: tuple[str, ...]
    hashed: bool


def logical_lines(text: str) -> list[str]:
    """Lines joined at a trailing backslash, without comments and blank ones."""
    lines: list[str] = []
    pending = ""
    for line in text.splitlines():
        joined = pending + line
        if joined.endswith("\\") and not joined.lstrip().startswith("#"):
            pending = joined[:-1]
            continue
        lines.append(joined)
        pending = ""
    lines.append(pending)
    stripped = (_COMMENT.sub("", line).strip() for line in lines)
    return [line for line in stripped if line]


def contents(text: str) -> Contents:
    requirements: list[Requirement] = []
    includes: list[str] = []
    constraints: list[str] = []
    hashed = False
    for line in logical_lines(text):
        hashed = hashed or line.startswith("--require-hashes") or bool(_HASH_OPTION.search(line))
        include = _INCLUDE.match(line)
        if include:
            followed = includes if include["option"] in ("-r", "--requirement") else constraints
            followed.append(include["path"].strip())
            continue
        editable = _EDITABLE.match(line)
        if line.startswith("-") and not editable:
            continue
        found = parse(editable["path"] if editable else _LINE_OPTION.sub("", line))
        if found:
            requirements.append(found)
    return Contents(tuple(requirements), tuple(includes), tuple(constraints), hashed)


class Collected(NamedTuple):
    """A file and everything that it includes."""

    requirements: tuple[Requirement, ...]
    constraints: tuple[Requirement, ...]
    files: tuple[Path, ...]  # the file itself first; only those that exist
    hashed: bool


def collect(path: Path) -> Collected:
    """Follows `-r` and `-c`; an include that is missing or no text is passed over: pip itself will name it."""
    requirements: list[Requirement] = []
    constraints: list[Requirement] = []
    files: list[Path] = []
    hashed = False
    queue = [(path, False, 0)]
    while queue:
        current, constrains, depth = queue.pop(0)
        current = Path(current.parent.resolve() / current.name)
        if current in files or depth > _INCLUDES_DEPTH or not current.is_file():
            continue
        files.append(current)
        found = contents(text_file.read(current, current.name).text)
        (constraints if constrains else requirements).extend(found.requirements)
        hashed = hashed or found.hashed
        queue += [(current.parent / name, constrains, depth + 1) for name in found.includes]
        queue += [(current.parent / name, True, depth + 1) for name in found.constraints]
    return Collected(tuple(requirements), tuple(constraints), tuple(files), hashed)


def production_file(root: Path, names: Sequence[str]) -> str | None:
    """Of the requirements files, the one that includes the others, else the first: what production installs from."""
    candidates = [name for name in names if name.endswith((".txt", ".in", ".pip"))]
    if len(candidates) < 2:
        return candidates[0] if candidates else None
    included = {
        file
        for name in candidates
        for file in collect(root / name).files[1:]
        if file != (root / name).parent.resolve() / Path(name).name
    }
    outermost = [name for name in candidates if (root / name).parent.resolve() / Path(name).name not in included]
    return (outermost or candidates)[0]


def without_lines(text: str, unwanted: Callable[[str], bool]) -> str:
    """The text without the lines of which this is true; nothing else changes."""
    return "".join(line for line in text.splitlines(keepends=True) if not unwanted(line.rstrip("\r\n")))


def without_requirements(text: str, names: Collection[str]) -> str:
    """The text without the requirements of these canonical names that stand on a line of their own, without options."""

    def unwanted(line: str) -> bool:
        found = None if line.startswith((" ", "\t")) or line.endswith("\\") else parse(_COMMENT.sub("", line))
        return found is not None and found.name in names

    return without_lines(text, unwanted)


def with_requirements(text: str, newline: str, added: Iterable[str]) -> str:
    """The text with one more line for each requirement, at the end; nothing else changes."""
    if text and not text.endswith("\n"):
        text += newline
    last = text.rstrip("\r\n").rpartition("\n")[2]
    if last.endswith("\\"):  # the last line waits for more: an empty one ends it
        text += newline
    return text + "".join(f"{line}{newline}" for line in added)
