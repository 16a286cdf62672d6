"""Runs what production runs beside the site: workers and schedulers, each started, asked and stopped."""

from __future__ import annotations

import re
import shlex
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from .aliases import HERE
from .record import Outcome, failed, passed
from .room import NotHere
from .stage import Stage, group_lives, kill
from .trouble import condensed

SETTLED = (
    5.0  # seconds after which a process that still runs has not failed at its start, where the project loads in one
)
ANSWERS_WITHIN = 60.0  # seconds for a worker to take its first message

# As Celery's consumer says it, with the password already hidden.
_UNREACHED = re.compile(
    r"Cannot connect to (?P<address>\w+://(?:\S*@)?(?P<host>\[[^\]]*\]|[^\s:/]*)\S*?)/*: (?P<why>\S.*)"
)


@dataclass(frozen=True)
class Command:
    """A process by its name, and its command line in the Django root."""

    name: str
    line: str

    @property
    def words(self) -> list[str]:
        return shlex.split(self.line)

    @property
    def ping(self) -> list[str]:
        """What asks a Celery worker whether it takes messages; empty for everything else.

        https://docs.celeryq.dev/en/stable/userguide/monitoring.html#commands
        """
        words = self.words
        if not words or Path(words[0]).name != "celery" or "worker" not in words:
            return []
        return [*words[: words.index("worker")], "inspect", "ping", "--timeout", "2"]


def check_process(
    stage: Stage, environ: Mapping[str, str], command: Command, grace: int, loading: float = 1.0
) -> Outcome:
    """The process starts, stays, takes messages where it can be asked, and stops on SIGTERM within `grace` seconds.

    `loading` is how many seconds the project takes to load on this machine: an error at its start comes after that.

    Raises NotHere where the message broker is on another machine and cannot be reached from this one.
    """
    said = stage.scratch / f"process-{command.name}.log"
    with said.open("wb") as output:
        try:
            process = stage.start(command.words, environ, output)
        except OSError as error:
            return failed(
                f"{command.words[0]} cannot be started: {error.strerror}",
                "Add what provides it to the dependencies that production installs.",
            )
    try:
        trouble = _followed(stage, environ, command, process, said, SETTLED * max(1.0, loading))
        return trouble or _stopped(stage, process, command, grace)
    finally:
        kill(process)
        stage.keep(f"$ {command.line}\n{_text(said)}")


def _followed(
    stage: Stage,
    environ: Mapping[str, str],
    command: Command,
    process: subprocess.Popen[bytes],
    said: Path,
    settled: float,
) -> Outcome | None:
    """None once it runs, and answers where it can be asked."""
    deadline = time.monotonic() + (ANSWERS_WITHIN if command.ping else settled)
    while time.monotonic() < deadline:
        if process.poll() is not None:
            error = condensed(_text(said), stage.repository)
            return failed(f"{command.line} ended with exit code {process.returncode}: {error}", "Fix the error.")
        if command.ping:
            if stage.run(command.ping, environ).code == 0:
                return None
            if unreached := _unreached(command, _text(said)):
                return unreached
        else:
            time.sleep(0.1)
    if not command.ping:
        return None
    error = condensed(_text(said), stage.repository)
    return failed(
        f"{command.line} took no message within {ANSWERS_WITHIN:.0f} seconds: {error}",
        "Read the address of the message broker from the environment, as production sets it.",
    )


def _unreached(command: Command, said: str) -> Outcome | None:
    """A failure where the message broker would be beside the site, where production has none."""
    found = _UNREACHED.search(said)
    if not found:
        return None
    told = f"{command.line} cannot reach its message broker at {found['address']}: {found['why'].rstrip('.')}"
    if found["host"].strip("[]") not in HERE:
        raise NotHere(f"{told}. Run this again where it can be reached, or name another one in a file for --env-file.")
    return failed(
        told, "Read its address from a variable. Set that on the platform, and here in a file for --env-file FILE."
    )


def _stopped(stage: Stage, process: subprocess.Popen[bytes], command: Command, grace: int) -> Outcome:
    stage.terminate(process)
    started = time.monotonic()
    try:
        process.wait(timeout=grace)
    except subprocess.TimeoutExpired:
        return failed(
            f"{command.line} still ran {grace} seconds after SIGTERM, when the platform kills it",
            "Stop on SIGTERM: https://docs.python.org/3/library/signal.html",
        )
    if group_lives(process):
        return failed(
            f"{command.line} left processes behind when it stopped", "Stop every process that it started on SIGTERM."
        )
    asked = "took a message, " if command.ping else ""
    return passed(f"{asked}stopped in {time.monotonic() - started:.1f} of at most {grace} seconds")


def commands(workers: object) -> Sequence[Command]:
    """The processes of `django_workers`, whose names are told apart by their service."""
    listed = [one for one in workers if isinstance(one, dict)] if isinstance(workers, list) else []
    return [Command(str(one.get("name")), str(one.get("command"))) for one in listed if one.get("command")]


def _text(path: Path) -> str:
    return path.read_bytes().decode("utf-8", "replace")
