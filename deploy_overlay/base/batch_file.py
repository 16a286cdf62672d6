"""The command line of a program that is a batch file, as many CLIs are on Windows (`npm.cmd`, `poetry.bat`).

cmd.exe reads such a line once more: a `&` or `%` in a value would be a command or a variable there. The rules are those
of Rust's standard library:
https://github.com/rust-lang/rust/blob/1.85.0/library/std/src/sys/pal/windows/args.rs (make_bat_command_line)
"""

from __future__ import annotations

import os
from collections.abc import Sequence

from .message import Failure

_SPECIAL = frozenset('"&|<>^%!\r\n\0')  # what Python's own quoting leaves to cmd.exe


def started(argv: Sequence[str], windows: bool = os.name == "nt") -> list[str] | str:
    """What to give to Popen: the argument list, or for a batch file on Windows one line that cmd.exe takes apart.

    Raises Failure for a line break or a NUL, which cannot be given to a batch file at all.
    """
    if not windows or not argv[0].lower().endswith((".cmd", ".bat")) or not any(map(_SPECIAL.intersection, argv[1:])):
        return list(argv)
    if any(set(argument) & set("\r\n\0") for argument in argv[1:]):
        raise Failure(
            f"{argv[0]} is a batch file, and a value with a line break cannot be given to one: set it by hand.",
            anchor="program-not-started",
        )
    words = " ".join(_quoted(argument) for argument in argv[1:])
    return f'"{os.environ.get("COMSPEC", "cmd.exe")}" /e:ON /v:OFF /d /c ""{argv[0]}" {words}"'


def _quoted(argument: str) -> str:
    """In double quotes always. A `%` is followed by an empty part of %cd%, so that no pair of them names a variable;
    backslashes before a quote are doubled, as the started program halves them."""
    written, slashes = "", 0
    for letter in argument:
        if letter == '"':
            written += "\\" * slashes + '""'
        else:
            written += "%%cd:~,%" if letter == "%" else letter
        slashes = slashes + 1 if letter == "\\" else 0
    return f'"{written}{chr(92) * slashes}"'
