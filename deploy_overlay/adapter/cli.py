"""A platform's own program: found, checked and asked. Nothing here changes anything on the platform but `run`."""

from __future__ import annotations

import contextlib
import csv
import io
import json
import os
import platform
import re
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ..base.environment import outside_copier
from ..base.log import Log
from ..base.message import DOCUMENTATION, Failure, command_line
from ..base.programs import Finished
from ..base.programs import run as run_program
from . import cures as meaning
from .request import RENAMING
from .steps import Command

_COLOURS = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")  # also where they were not asked for
QUIET = {"NO_COLOR": "1", "GIT_TERMINAL_PROMPT": "0"}  # a question at the terminal would wait for ever
QUESTION = 60.0  # seconds for a question to the platform
TOKENS = f"{DOCUMENTATION}deploy/ci/#tokens"


@dataclass(frozen=True)
class Tool:
    """What is to be known of a platform's program before it is used.

    `version` asks for it, `oldest` is the first that knows every command used here; `whoami` succeeds and says who, if
    somebody is logged in, and is empty where nobody logs in to the program. `install` has one line for each of `Windows`,
    `macOS` and `Linux`. `problems` are pairs of a pattern in the program's messages and the fix, the first that matches.
    """

    names: tuple[str, ...]  # of the program, in the order in which they are looked for
    title: str  # as people call it
    version: tuple[str, ...]
    oldest: tuple[int, ...]
    whoami: tuple[str, ...]
    login: str
    install: Mapping[str, str]
    environ: Mapping[str, str] = field(default_factory=dict)
    problems: Sequence[tuple[str, str]] = ()
    noise: str = ""  # pattern of lines around an error that say nothing to its reader
    token: str = ""  # variable with a token in the place of a login, as in continuous integration
    # Where the platform is asked over HTTP, without its program: arguments of Python for ours (`api.py`), how people would type
    # such a request, and the page on which the token is made. `names` and `install` are then those of the program for `verbs`.
    client: tuple[str, ...] = ()
    typed: Callable[[Sequence[str]], str] | None = None
    tokens: str = ""
    nobody: str = ""  # what stands for who is logged in, of a program that is of use to nobody in particular too


class NotPermitted(Failure):
    """The platform says that whoever is logged in may not ask or do this: a token for one app sees only that app."""


@dataclass(frozen=True)
class Cli:
    """A found program, ready to be asked about one project."""

    tool: Tool
    program: str  # absolute path
    folder: Path
    log: Log
    started: Callable[[int], None] | None = None
    account: str = ""  # who is logged in
    another_name: str = RENAMING  # the option that gives the app another name

    @property
    def name(self) -> str:
        return self.tool.names[0]

    def line(self, *argv: str) -> str:
        return self.tool.typed(argv) if self.tool.typed else command_line([self.name, *argv])

    def ask(self, *argv: str, timeout: float = QUESTION, secret: bool = False) -> Finished:
        """The end of a question, whatever its exit status; its output and its errors apart."""
        return self._run(Command(argv, timeout=timeout, secret=secret))

    def answer(self, question: Command) -> Finished:
        """The end of a question that another program asks."""
        return self._run(question)

    def text(self, *argv: str, secret: bool = False) -> str:
        """What the program says, stripped; raises Failure where it cannot say."""
        done = self.ask(*argv, secret=secret)
        if done.status != 0:
            raise self.failure(done, self.line(*argv))
        return done.output.strip()

    def json(self, *argv: str, absent: str = "", empty: str = "", secret: bool = False) -> Any:
        """What the program says, parsed; None where its error matches `absent` or its output `empty`.

        Raises Failure where it cannot say, or its output is not JSON.
        """
        done = self.ask(*argv, secret=secret)
        if done.status != 0:
            if absent and re.search(absent, done.errors or done.output):
                return None
            raise self.failure(done, self.line(*argv))
        if empty and re.search(empty, done.output):
            return None
        try:
            return json.loads(_without_warnings(done.output))
        except (ValueError, RecursionError):
            raise self.unexpected_output(done, self.line(*argv), "JSON", secret=secret) from None

    def table(self, *argv: str, columns: str, nothing: str = "", secret: bool = False) -> list[list[str]]:
        """The rows that a command lists as CSV, each with these columns; none where it fails with what matches `nothing`.

        Raises Failure where it cannot say, or its output is not such a table.
        """
        line = (*argv, "--format", "csv", "--columns", columns, "--no-header")
        done = self.ask(*line, secret=secret)
        if done.status != 0:
            if nothing and re.search(nothing, done.errors + done.output):
                return []
            raise self.failure(done, self.line(*line))
        rows = [row for row in csv.reader(io.StringIO(done.output)) if row]
        if any(len(row) != len(columns.split(",")) for row in rows):
            raise self.unexpected_output(done, self.line(*line), "a table", secret=secret)
        return rows

    def unexpected_output(self, done: Finished, line: str, what: str, *, secret: bool = False) -> Failure:
        """An answer that is not of the form that the program's manual says."""
        shown = "" if secret else f": {' '.join(done.output.split())[:120]!r}"
        update = "" if self.tool.client else f", and update the {self.tool.title} CLI"
        return Failure(
            f"The output of `{line}` is not {what}{shown}. Run it yourself to see more{update}.",
            anchor="answer-not-understood",
        )

    def run(self, command: Command) -> Finished:
        """Runs a command that changes something, to its end; raises Failure when it takes longer than its timeout."""
        return self._run(command, self.started)

    def failure(self, done: Finished, line: str) -> Failure:
        """What a program's failure means to its user, with the fix if it is known."""
        reason = done.reason_without(self.tool.noise) or f"exit status {done.status}"
        cure, reached = meaning.cure(done, self.tool.problems, self.tool.title, self.tool.login, self.another_name)
        text = f"`{line}` failed:\n{reason}"
        if reached and meaning.not_permitted(done):
            return NotPermitted(f"{text}\n{self._by_token or cure}".rstrip(), anchor="platform-refused")
        text += f"\n{cure}" if cure else ""
        return Failure(text, anchor="platform-refused") if reached else Failure(text, anchor="platform-unreachable")

    @property
    def _by_token(self) -> str:
        """What somebody can do about a token that may not do everything; empty where there is none."""
        if not os.environ.get(self.tool.token):
            return ""
        return (
            f"The token in {self.tool.token} does not allow it. Deploy once with your own login, which creates what is "
            f"missing, or create another token: {TOKENS}"
        )

    def _run(self, command: Command, started: Callable[[int], None] | None = None) -> Finished:
        program, client = self.program, self.tool.client
        if command.program:
            client = ()
            program = shutil.which(command.program, path=outside_copier().get("PATH")) or command.program
        with command.folder() if command.folder else contextlib.nullcontext(self.folder) as folder:
            done = run_program(
                [program, *client, *command.argv],
                cwd=folder,
                log=self.log,
                timeout=min(command.timeout, longest()),
                environ=environment_for(self.tool) | dict(command.environ),
                stdin=command.stdin,
                apart=True,
                secret=command.secret,
                started=started,
                shown=command.line(self.name),
            )
        return done._replace(output=_COLOURS.sub("", done.output), errors=_COLOURS.sub("", done.errors))


@contextlib.contextmanager
def report_unexpected_output(what: str) -> Iterator[None]:
    """Turns what an answer of another shape than documented brings about into a Failure."""
    try:
        yield
    except (LookupError, TypeError, AttributeError, ValueError) as error:
        raise Failure(
            f"The output of the {what} CLI is not as documented ({type(error).__name__}: {error}). Update the CLI, then "
            "run this again.",
            anchor="answer-not-understood",
        ) from error


def _without_warnings(text: str) -> str:
    """From the first line that JSON can begin on: some programs print notices before it."""
    lines = text.splitlines(keepends=True)
    first = next((number for number, line in enumerate(lines) if line.lstrip()[:1] in ("{", "[")), 0)
    return "".join(lines[first:])


def longest() -> float:
    """Seconds that any one command may take; DEPLOY_OVERLAY_TIMEOUT lowers it."""
    try:
        return max(1.0, float(os.environ["DEPLOY_OVERLAY_TIMEOUT"]))
    except (KeyError, ValueError):
        return 3600.0


def environment_for(tool: Tool) -> dict[str, str]:
    return outside_copier() | QUIET | dict(tool.environ)


def locate(tool: Tool) -> str:
    """The absolute path of the program on PATH; raises Failure with the line that installs it on this system."""
    path = outside_copier().get("PATH")
    program = next((found for name in tool.names if (found := shutil.which(name, path=path))), None)
    if program is not None:
        return program
    line = tool.install.get(_system(), tool.install["Linux"])
    others = "; ".join(f"{system}: {text}" for system, text in tool.install.items() if text != line)
    raise Failure(
        f"The {tool.title} CLI ({tool.names[0]}) is not on PATH. Install it: `{line}` ({others})",
        anchor="program-missing",
    )


def find(tool: Tool, folder: Path, log: Log) -> Cli:
    """The program, checked: there, new enough, somebody logged in.

    Raises Failure with the line that installs it on this system, brings it up to date or logs in.
    """
    if tool.client:
        return _with_account(Cli(tool, sys.executable, folder, log))
    program, line = locate(tool), tool.install.get(_system(), tool.install["Linux"])
    cli = Cli(tool, program, folder, log)
    told = cli.ask(*tool.version)
    number = re.search(r"(\d+)\.(\d+)(?:\.(\d+))?", told.output + told.errors)
    if told.status != 0 or number is None:
        raise Failure(
            f"`{cli.line(*tool.version)}` does not show its version. Install it again: `{line}`",
            anchor="program-too-old",
        )
    version = tuple(int(part or 0) for part in number.groups())
    if version[: len(tool.oldest)] < tool.oldest:
        wanted = ".".join(map(str, tool.oldest))
        raise Failure(
            f"The {tool.title} CLI is {number.group()}; {wanted} or later is needed. Update it: `{line}`",
            anchor="program-too-old",
        )
    return _with_account(cli)


def _with_account(cli: Cli) -> Cli:
    """The same with its account. Raises Failure where nobody is logged in."""
    tool = cli.tool
    if not tool.whoami:
        return cli
    asked = cli.ask(*tool.whoami)
    if asked.status != 0 or not asked.output.strip():
        if tool.nobody:
            return replace(cli, account=tool.nobody)
        if not meaning.logged_out(asked):
            raise cli.failure(asked, cli.line(*tool.whoami))
        raise Failure(_logged_out(tool), anchor="not-logged-in")
    return replace(cli, account=asked.output.strip().splitlines()[-1])


def _logged_out(tool: Tool) -> str:
    if os.environ.get(tool.token):
        where = f"at {tool.tokens}" if tool.tokens else f"as {TOKENS} says"
        return f"{tool.title} rejects the token in {tool.token}: create a new one {where}."
    if tool.token and os.environ.get("CI"):
        return (
            f"You are not logged in to {tool.title}, and {tool.token} is empty: store a token as a secret of this name, as "
            f"{TOKENS} says."
        )
    first = f"create a key at {tool.tokens}, and set it with" if tool.tokens else "run"
    return f"You are not logged in to {tool.title}: {first} `{tool.login}`, then run this again."


def _system() -> str:
    return {"Darwin": "macOS", "Windows": "Windows"}.get(platform.system(), "Linux")
