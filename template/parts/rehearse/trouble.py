"""Turns the output of a program that failed into one line: what went wrong, and where in the project's own code."""

from __future__ import annotations

import re
import sys
from pathlib import Path

_TRACEBACK = "Traceback (most recent call last):"
_TRACEBACK_FRAME = re.compile(r'^\s*File "(?P<path>[^"]+)", line (?P<line>\d+)')
_ERROR_LINE = re.compile(r"^(?P<type>[A-Za-z_][\w.]*)(?:: (?P<message>.*))?$")
LONGEST_LINE = 300


def condensed(output: str, root: Path) -> str:
    """The last traceback as `file:line: Error: message`, else the last line that is not empty."""
    if _TRACEBACK not in output:
        return last_line(output)
    lines = output[output.rindex(_TRACEBACK) :].splitlines()[1:]
    where, said = "", ""
    for line in lines:
        if frame := _TRACEBACK_FRAME.match(line):
            place = own_code(frame["path"], root)
            where = f"{place}:{frame['line']}" if place else where
        elif line[:1].strip() and _ERROR_LINE.match(line):
            said = line
            break
    told = said or last_line(output)
    return shortened(f"{where}: {told}" if where else told)


def last_line(output: str) -> str:
    """The last line with something on it, without the marks that Django puts before an error."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    return shortened(re.sub(r"^(?:CommandError|SystemExit): ", "", lines[-1])) if lines else "it said nothing"


def last_lines(output: str, count: int = 5) -> str:
    """The last lines with something on them."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    return "\n".join(shortened(line) for line in lines[-count:])


def own_code(path: str, root: Path) -> str:
    """The path relative to the repository, POSIX, or empty when the file is not the project's own."""
    file = Path(path)
    if {"site-packages", "dist-packages"} & set(file.parts) or not file.is_absolute():
        return ""
    try:
        relative = file.resolve().relative_to(root.resolve())
    except (ValueError, OSError):
        return ""
    environment = Path(sys.prefix).resolve()
    inside_environment = environment != root.resolve() and environment in file.resolve().parents
    return "" if inside_environment else relative.as_posix()


def shortened(text: str) -> str:
    return text if len(text) <= LONGEST_LINE else f"{text[: LONGEST_LINE - 1]}…"
