"""The one error that people meet: what is wrong and what to do, where the documentation says more, what to run by hand."""

from __future__ import annotations

from collections.abc import Sequence

DOCUMENTATION = "https://org.github.io/deploy-overlay/"


class Failure(Exception):
    """Something that the user can put right. It is raised, or returned by functions that say what is wrong.

    str() is one or two sentences: what is wrong and what to do. `anchor` is the heading of its entry in docs/errors.md.
    `commands` are complete command lines, in order, to be run in `folder` (POSIX, relative to the git root).
    """

    def __init__(self, message: str, commands: Sequence[str] = (), folder: str = ".", *, anchor: str) -> None:
        super().__init__(message)
        self.anchor = anchor
        self.commands = tuple(commands)
        self.folder = folder


def with_help_link(message: str, anchor: str) -> str:
    """The message with its entry in docs/errors.md, whose headings are the anchors, on a line of its own."""
    return f"{message}\nMore: {DOCUMENTATION}errors/#{anchor}"


def answer_anchor(question: str) -> str:
    """The heading under which docs/errors.md says what a question accepts."""
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
