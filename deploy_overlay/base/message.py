"""The error type for users: the problem and its fix, a documentation anchor, and commands to run."""

from __future__ import annotations

from collections.abc import Sequence

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


def with_help_link(message: str, anchor: str) -> str:
    """The message, followed by a line with the link to its entry in docs/errors.md."""
    return f"{message}\nMore: {help_link(anchor)}"


def help_link(anchor: str) -> str:
    """The address of the entry in docs/errors.md."""
    return f"{DOCUMENTATION}errors/#{anchor}"


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
