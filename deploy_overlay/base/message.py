"""The error type for users: the problem and its fix, a documentation anchor, and commands to run."""

from __future__ import annotations

import os
import re
import sys
import textwrap
from collections.abc import Sequence

COLUMNS = 80
_WHOLE = re.compile(r'`[^`]*`|-d (?:"[^"]*"|\'[^\']*\'|\S+)|"[^"]*"')  # what is pasted, or copied into a file
_BLANK = "\0"

DOCUMENTATION = "https://org.github.io/deploy-overlay/"


class Failure(Exception):
    """An error that the user can fix. Raised, or returned by functions that check something.

    str() is one or two sentences: the problem and its fix. `anchor` is the heading of its entry in docs/errors.md.
    `commands` are complete command lines to run, in order, in `folder` (POSIX, relative to the git root).
    """

    def __init__(self, message: str, commands: Sequence[str] = (), folder: str = ".", *, anchor: str) -> None:
        super().__init__(message)
        self.anchor = anchor
        self.commands = tuple(commands)
        self.folder = folder


def state_not_writable(path: object, reason: str | None) -> Failure:
    """The error for a file or folder of the overlay's own below the git folder."""
    text = f"{path} cannot be written ({reason}): make the folder writable, or free space on its disk."
    return Failure(text, anchor="state-not-writable")


def with_help_link(message: str, anchor: str) -> str:
    """The message as standard error shows it, followed by a line with the link to its entry in docs/errors.md."""
    return f"{fitted(message)}\nMore: {help_link(anchor)}"


def help_link(anchor: str) -> str:
    """The address of the entry in docs/errors.md."""
    return f"{DOCUMENTATION}errors/#{anchor}"


def fitted(text: str) -> str:
    """The text with lines that fit the terminal behind standard error; unchanged if there is none."""
    try:
        columns = os.get_terminal_size(sys.stderr.fileno()).columns
    except (OSError, ValueError, AttributeError):
        return text
    return "\n".join(part for line in text.splitlines() for part in (wrapped(line, columns or COLUMNS) or [""]))


def wrapped(text: str, columns: int = COLUMNS, indent: str = "", hanging: str = "") -> list[str]:
    """One line of text as lines of at most so many columns. No word is broken, and nothing that a user pastes.

    A line that is set in, such as a command, stays as it is.
    """
    if text.startswith(" "):
        return [text]
    lines = textwrap.wrap(
        _WHOLE.sub(lambda found: found[0].replace(" ", _BLANK), text), columns, break_long_words=False,
        break_on_hyphens=False, initial_indent=indent, subsequent_indent=hanging,
    )  # fmt: skip
    return [line.replace(_BLANK, " ") for line in lines]


def first_of(names: Sequence[str], most: int) -> str:
    """The first names of a list, and how many more there are."""
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")


def counted(number: int, thing: str) -> str:
    """Such as "1 file" or "1,200 files"."""
    return f"{number:,} {thing}{'' if number == 1 else 's'}"


def answer_anchor(question: str) -> str:
    """The heading in docs/errors.md for invalid answers to a question."""
    return f"answer-{question.replace('_', '-')}"


def command_line(argv: Sequence[str]) -> str:
    """The argument list as one line that sh, cmd.exe and PowerShell all read the same way.

    Where an argument has double quotes itself, such as JSON, sh and PowerShell do.
    """
    return " ".join(_quoted(part) for part in argv)


def _quoted(part: str) -> str:
    if '"' in part and "'" not in part:
        return f"'{part}'"
    return f'"{part}"' if not part or set(part) & set(" <>=[]|&;*?'()~^,") else part
