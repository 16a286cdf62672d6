"""Finds, checks and asks a platform's own program. Only `run` changes anything on the platform."""

from __future__ import annotations

import contextlib
import csv
import io
import itertools
import json
import os
import platform
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ..base.environment import outside_copier
from ..base.log import Log
from ..base.message import DOCUMENTATION, Failure, command_line
from ..base.programs import Finished, own_group, popen_arguments
from ..base.programs import run as run_program
from . import cures as meaning
from .request import RENAMING
from .steps import Command

# Colours, links and a byte order mark, which some programs print without a terminal.
_NOT_TEXT = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|^\ufeff")
# A prompt would wait forever, and the fixes of known errors are found by git's English words.
QUIET = {"NO_COLOR": "1", "GIT_TERMINAL_PROMPT": "0", "LANGUAGE": "en"}
_NOTICE = re.compile(r"\s*(?:PHP )?(?:Deprecated|Warning|Notice): |\s*$")  # a line that PHP prints about a program
QUESTION = 60.0  # seconds for a question to the platform
TOKENS = f"{DOCUMENTATION}deploy/ci/#tokens"


@dataclass(frozen=True)
class Tool:
    """What we need to know about a platform's program before we use it.

    `version` asks for it, `oldest` is the first that knows every command used here; `whoami` succeeds and says who, if
    somebody is logged in, and is empty where nobody logs in to the program. `install` has one line for each of `Windows`,
    `macOS` and `Linux`. `problems` are pairs of a pattern in the program's messages and the fix, the first that matches.
    """

    names: tuple[str, ...]  # of the program, in the order of preference
    title: str  # for people
    version: tuple[str, ...]
    oldest: tuple[int, ...]
    whoami: tuple[str, ...]
    login: str
    install: Mapping[str, str]
    environ: Mapping[str, str] = field(default_factory=dict)
    problems: Sequence[tuple[str, str]] = ()
    noise: str = ""  # pattern of useless lines around an error
    starts: tuple[str, ...] = ()  # other programs that it runs
    token: str = ""  # variable with a token instead of a login, for CI
    # If the platform is asked over HTTP instead: Python's arguments for our client (`api.py`), how people would type such a
    # request, and the page that creates the token. `names` and `install` are then those of the program for `verbs`.
    client: tuple[str, ...] = ()
    typed: Callable[[Sequence[str]], str] | None = None
    tokens: str = ""
    nobody: str = ""  # the account's name if nobody is logged in, for a program that works without a login


class NotPermitted(Failure):
    """The platform says that this account may not do this: a token for one app sees only that app."""


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
        """Run a query, whatever its exit status, with separate output and errors."""
        return self._run(Command(argv, timeout=timeout, secret=secret))

    def answer(self, question: Command) -> Finished:
        """Run a query of another program."""
        return self._run(question)

    def text(self, *argv: str, secret: bool = False) -> str:
        """The stripped output of a query. Raises Failure if it fails."""
        done = self.ask(*argv, secret=secret)
        if done.status != 0:
            raise self.failure(done, self.line(*argv))
        return done.output.strip()

    def json(self, *argv: str, absent: str = "", empty: str = "", secret: bool = False) -> Any:
        """The parsed output of a query; None if its error matches `absent` or its output `empty`.

        Raises Failure if it fails or its output is not JSON.
        """
        done = self.ask(*argv, secret=secret)
        if done.status != 0:
            if absent and re.search(absent, done.errors or done.output):
                return None
            raise self.failure(done, self.line(*argv))
        if empty and re.search(empty, done.output):
            return None
        try:
            return _parsed(done.output)
        except (ValueError, RecursionError):
            raise self.unexpected_output(done, self.line(*argv), "JSON", secret=secret) from None

    def table(self, *argv: str, columns: str, nothing: str = "", secret: bool = False) -> list[list[str]]:
        """The rows of a query's CSV with these columns; none if it fails with an error that matches `nothing`.

        Raises Failure if it fails otherwise, or its output is not such a table.
        """
        line = (*argv, "--format", "csv", "--columns", columns, "--no-header")
        done = self.ask(*line, secret=secret)
        if done.status != 0:
            if nothing and re.search(nothing, done.errors + done.output):
                return []
            raise self.failure(done, self.line(*line))
        rows = [row for row in csv.reader(itertools.dropwhile(_NOTICE.match, io.StringIO(done.output))) if row]
        if any(len(row) != len(columns.split(",")) for row in rows):
            raise self.unexpected_output(done, self.line(*line), "a table", secret=secret)
        return rows

    def unexpected_output(self, done: Finished, line: str, what: str, *, secret: bool = False) -> Failure:
        """The Failure for output that is not as documented."""
        shown = "" if secret else f": {' '.join(done.output.split())[:120]!r}"
        update = "" if self.tool.client else f", and update the {self.tool.title} CLI"
        return Failure(
            f"The output of `{line}` is not {what}{shown}. Run it yourself to see more{update}.",
            anchor="answer-not-understood",
        )

    def run(self, command: Command) -> Finished:
        """Run a command that changes something. Raises Failure if it exceeds its timeout."""
        return self._run(command, self.started)

    def begun(self, argv: Sequence[str], **streams: Any) -> subprocess.Popen[bytes]:
        """The program, at work until who asked for it ends it. Raises Failure if it cannot be started."""
        try:
            return subprocess.Popen(
                popen_arguments([self.program, *argv]),
                cwd=self.folder,
                env=environment_for(self.tool),
                **streams,
                **own_group(),
            )
        except OSError as error:
            raise Failure(
                f"{self.program} cannot be started ({error.strerror or error}).", anchor="program-not-started"
            ) from None

    def failure(self, done: Finished, line: str) -> Failure:
        """The Failure for a failed program, with the fix if it is known."""
        reason = done.reason_without(self.tool.noise) or f"exit status {done.status}"
        cure, reached = meaning.cure(done, self.tool.problems, self.tool.title, self.tool.login, self.another_name)
        if not cure and meaning.crashed(done):
            update = "" if self.tool.client else f", and update the {self.tool.title} CLI if that does not help"
            cure = f"It crashed or gave no reason: run this again{update}."
        text = f"`{line}` failed:\n{reason}"
        if reached and meaning.not_permitted(done):
            return NotPermitted("\n".join(filter(None, (text, cure, self._by_token))), anchor="platform-refused")
        text += f"\n{cure}" if cure else ""
        return Failure(text, anchor="platform-refused") if reached else Failure(text, anchor="platform-unreachable")

    @property
    def _by_token(self) -> str:
        """The fix for a token with too few permissions; empty if there is no token."""
        if not os.environ.get(self.tool.token):
            return ""
        return (
            f"If the token in {self.tool.token} does not allow it, deploy once with your own login, which creates what is "
            f"missing, or create another token, as {TOKENS} says."
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
                timeout=min(command.timeout, timeout_limit()),
                environ=environment_for(self.tool) | dict(command.environ),
                stdin=command.stdin,
                apart=True,
                secret=command.secret,
                started=started,
                shown=command.line(self.name),
            )
        return done._replace(output=_NOT_TEXT.sub("", done.output), errors=_NOT_TEXT.sub("", done.errors))


@contextlib.contextmanager
def report_unexpected_output(what: str) -> Iterator[None]:
    """Raise Failure if the block fails on output that is not as documented."""
    try:
        yield
    except (LookupError, TypeError, AttributeError, ValueError, csv.Error) as error:
        raise Failure(
            f"The output of the {what} CLI is not as documented ({type(error).__name__}: {error}). Update the CLI, then "
            "run this again.",
            anchor="answer-not-understood",
        ) from error


def _parsed(text: str) -> Any:
    """The JSON in the output of a program, which may print notices before and after it. Raises ValueError.

    It begins with the first line that can begin an array or object; `[warning] ...` is a notice.
    """
    lines = text.splitlines(keepends=True)
    begins = (number for number, line in enumerate(lines) if re.match(r"\s*(?:\{|\[(?![^\]\[{\"]*\] *\S))", line))
    found, end = json.JSONDecoder().raw_decode(rest := "".join(lines[next(begins, 0) :]).strip())
    if rest[end:].lstrip()[:1] in tuple(",:]}"):
        raise ValueError("more follows")
    return found


def timeout_limit() -> float:
    """The timeout of any command in seconds; DEPLOY_OVERLAY_TIMEOUT lowers it."""
    try:
        return max(1.0, float(os.environ["DEPLOY_OVERLAY_TIMEOUT"]))
    except (KeyError, ValueError):
        return 3600.0


def environment_for(tool: Tool) -> dict[str, str]:
    return outside_copier() | QUIET | dict(tool.environ)


def on_path(name: str, why: str, what: str, package: str) -> str:
    """The absolute path of a program that is no platform's; raises Failure with Debian's package of it."""
    program = shutil.which(name, path=outside_copier().get("PATH"))
    if program is None:
        raise Failure(
            f"{name} is not on PATH, and {why}: install {what} (Debian: `apt install {package}`).",
            anchor="program-missing",
        )
    return program


def locate(tool: Tool) -> str:
    """The absolute path of the program on PATH; raises Failure with the line that installs it on this system."""
    path = outside_copier().get("PATH")
    program = next((found for name in tool.names if (found := shutil.which(name, path=path))), None)
    if program is not None:
        for name in tool.starts:
            on_path(name, f"the {tool.title} CLI runs it", "it", name)
        return program
    line = tool.install.get(_system(), tool.install["Linux"])
    others = "; ".join(f"{system}: {text}" for system, text in tool.install.items() if text != line)
    raise Failure(
        f"The {tool.title} CLI ({tool.names[0]}) is not on PATH. Install it: `{line}` ({others})",
        anchor="program-missing",
    )


def find(tool: Tool, folder: Path, log: Log) -> Cli:
    """Find the program, and check that it is new enough and logged in.

    Raises Failure with the command that installs it on this system, updates it or logs in.
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
    """Add the account. Raises Failure if nobody is logged in."""
    tool = cli.tool
    if not tool.whoami:
        return cli
    asked = cli.ask(*tool.whoami)
    if asked.status != 0 or not asked.output.strip():
        if tool.nobody:
            return replace(cli, account=tool.nobody)
        if not meaning.logged_out(asked):
            raise cli.failure(asked, cli.line(*tool.whoami))
        raise Failure(_login_help(tool), anchor="not-logged-in")
    return replace(cli, account=asked.output.strip().splitlines()[-1])


def _login_help(tool: Tool) -> str:
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
