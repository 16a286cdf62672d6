"""The one exception that ends a hook: a sentence for the user, and the command to run by hand."""

from __future__ import annotations

from collections.abc import Sequence


class Failure(Exception):
    """Something that the user can put right.

    str() is one or two sentences: what is wrong and what to do. `commands` are complete command lines, in order,
    to be run in `folder` (POSIX, relative to the git root). `anchor` is the heading of its entry in docs/errors.md.
    """

    def __init__(self, message: str, commands: Sequence[str] = (), folder: str = ".", *, anchor: str) -> None:
        super().__init__(message)
        self.anchor = anchor
        self.commands = tuple(commands)
        self.folder = folder


def command_line(argv: Sequence[str]) -> str:
    """The argument list as one line that sh, cmd.exe and PowerShell all read the same way.

    Where an argument has double quotes itself, such as JSON, sh and PowerShell do.
    """
    return " ".join(_quoted(part) for part in argv)


def _quoted(part: str) -> str:
    if '"' in part and "'" not in part:
        return f"'{part}'"
    return f'"{part}"' if not part or set(part) & set(" <>=[]|&;*?'()~^,") else part
