"""Answers the questions at a terminal of 80 columns, as a person does, and keeps what that person sees."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pexpect
import pyte

from .overlay import copier_program
from .programs import environment
from .projects import Project

COLUMNS, ROWS = 80, 300  # high enough that nothing scrolls away
# What prompt_toolkit writes when a prompt takes input (bracketed paste), and after it was drawn (line wrap on again).
PROMPT_IS_UP, CURSOR_IS_BACK = "\x1b[?2004h", "\x1b[?7h"
QUESTION = "? "
_CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\r")
_COLOUR = re.compile(r"\x1b\[(?:[0-9;]*;)?(?:[34][0-7]|[34]8;|9[0-7]|10[0-7])[0-9;]*m")

OFFER = "? Rehearse now?"


@dataclass
class Session:
    """`text` is the screen at the end, `raw` all that was written to it."""

    text: str = ""
    raw: str = ""
    asked: list[str] = field(default_factory=list)
    prompts: list[str] = field(default_factory=list)
    keystrokes: int = 0
    status: int | None = None

    @property
    def colours(self) -> list[str]:
        """Colours of what is ours: Copier paints its own list of files in any case."""
        ours = [*self.prompts, self.raw.partition("Running task")[2]]
        return [colour for text in ours for colour in _COLOUR.findall(text)]

    def raw_lines_of_prompts(self) -> list[str]:
        """The lines of questions and choices as they were meant, before the terminal broke them."""
        return [line.rstrip() for prompt in self.prompts for line in _CONTROL.sub("", prompt).split("\n")]


def answered(
    project: Project,
    template: Path,
    keys: Mapping[int | str, str] | None = None,
    arguments: Sequence[str] = (),
    **variables: str,
) -> Session:
    """`copier copy` in which prompts get these keys, by their number or the first words, and every other one Enter.

    `arguments` are those of another command of Copier.
    """
    terminal = {"TERM": "xterm"} | variables
    if "NO_COLOR" not in variables:
        terminal["NO_COLOR"] = ""
    child = pexpect.spawn(
        copier_program(),
        list(arguments or ("copy", "--trust", str(template), ".")),
        cwd=str(project.root),
        env={name: value for name, value in environment(project.python, **terminal).items() if value},
        dimensions=(ROWS, COLUMNS),
        encoding="utf-8",
        timeout=120,
    )
    screen = pyte.Screen(COLUMNS, ROWS)
    stream = pyte.Stream(screen)
    session = Session()

    def see(text: str) -> None:
        session.raw += text
        stream.feed(text)

    # A dumb terminal knows no sequences: there the prompt is up when its line stands.
    marks = [PROMPT_IS_UP, pexpect.EOF]
    while child.expect_exact(marks) == 0:
        see(child.before + child.after)
        child.expect_exact(CURSOR_IS_BACK)
        session.prompts.append(child.before)
        see(child.before + child.after)
        question = [line.rstrip() for line in screen.display if line.startswith(QUESTION)][-1]
        if question.startswith(OFFER):  # not one of the form: it comes after the summary
            child.send("\r")
            continue
        session.asked.append(question)
        number = len(session.asked) - 1
        asks = question.removeprefix(QUESTION)
        sent = next((typed for at, typed in (keys or {}).items() if at == number or asks.startswith(str(at))), "\r")
        session.keystrokes += len(re.findall(r"\x1b\[[A-Z]|.", sent, re.DOTALL))
        child.send(sent)
    see(child.before or "")
    child.close()
    session.status = child.exitstatus
    session.text = "\n".join(line.rstrip() for line in screen.display if line.strip())
    return session
