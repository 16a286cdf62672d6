"""Condenses the output of a failed program to one line: the error, and where it is in the project's code."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ..base.programs import last_line, shortened

# The head of a traceback ends its line; a group of exceptions draws its lines before it, and what was printed without
# a line end stands there too. A head that something follows is quoted in a log record, where line ends are escaped.
_TRACEBACK_HEAD = re.compile(
    r"^(?:(?P<margin>[ |+]*)|.*)(?:Exception Group )?Traceback \(most recent call last\):\r?$", re.MULTILINE
)
_QUOTED_TRACEBACK = re.compile(r"Traceback \(most recent call last\):\\n.*")
_TRACEBACK_FRAME = re.compile(r'^\s*File "(?P<path>[^"]+)", line (?P<line>\d+)')
_ERROR_LINE = re.compile(r"^(?P<type>[A-Za-z_][\w.<>]*)(?:: (?P<message>.*))?$")


@dataclass(frozen=True)
class Trouble:
    """An exception: `error` as Python prints it, `where` as file:line of the project's own code, empty if not there.

    `source` is the code there, as far as Python prints it.
    """

    error: str
    where: str = ""
    source: str = ""

    @property
    def kind(self) -> str:
        """The name of the exception's class, without its module."""
        return self.error.partition(": ")[0].rpartition(".")[2]

    def __str__(self) -> str:
        return shortened(f"{self.where}: {self.error}" if self.where else self.error)


def last_trouble(output: str, root: Path) -> Trouble | None:
    """The exception of the last traceback that ends with one; those quoted inside log lines come second."""
    quoted = (_unquoted_text(line) for line in reversed(_QUOTED_TRACEBACK.findall(output)))
    for text in (output, *quoted):
        for head in reversed(list(_TRACEBACK_HEAD.finditer(text))):
            lines = text[head.end() :].splitlines()[1:]
            if found := _trouble_in(lines, (head["margin"] or "").replace("+", "|"), root):
                return found
    return None


def condensed(output: str, root: Path) -> str:
    """The last traceback as `file:line: Error: message`, else the last line that is not empty.

    Paths below the root are relative to it, because it is often a folder that is gone when this is read.
    """
    found = str(last_trouble(output, root) or last_line(output))
    for folder in dict.fromkeys((str(root), str(root.resolve()))):
        found = found.replace(f"{folder}{os.sep}", "")
    return found


def _trouble_in(lines: Sequence[str], margin: str, root: Path) -> Trouble | None:
    """The lines after a traceback's head up to its error, which is the first one that is not indented."""
    where, source, own = "", "", False
    for line in lines:
        text = line.removeprefix(margin)
        if frame := _TRACEBACK_FRAME.match(text):
            place = own_code(frame["path"], root)
            own = bool(place)
            where, source = (f"{place}:{frame['line']}", "") if own else (where, source)
        elif text[:1].strip():
            return Trouble(text.rstrip(), where, source) if _ERROR_LINE.match(text) else None
        elif own:
            source += text.strip() + "\n"
    return None


def _unquoted_text(quoted: str) -> str:
    """The lines of a traceback inside a JSON text or the repr of a string, which ends at its closing quote."""
    quote = '"' if 'File \\"' in quoted else "'"
    inside = re.match(rf"(?:[^\\{quote}]|\\.)*", quoted)
    text = inside[0] if inside else ""
    return re.sub(r"\\(.)", lambda found: "\n" if found[1] == "n" else found[1], text)


def last_lines(output: str, count: int = 5) -> str:
    """The last lines that are not empty."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    return "\n".join(shortened(line) for line in lines[-count:])


def own_code(path: str, root: Path) -> str:
    """The path relative to the repository, POSIX, or empty when the file is not the project's own."""
    file = Path(path)
    if {"site-packages", "dist-packages"} & set(file.parts) or not file.is_absolute():
        return ""
    if file.resolve() == Path(__file__).resolve():
        return ""  # the rehearsal itself, which calls what fails
    try:
        relative = file.resolve().relative_to(root.resolve())
    except (ValueError, OSError):
        return ""
    environment = Path(sys.prefix).resolve()
    inside_environment = environment != root.resolve() and environment in file.resolve().parents
    return "" if inside_environment else relative.as_posix()
