"""Finds and runs other programs: argument lists only, standard input closed, a timeout, the output in the log."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from . import batch_file as batch
from .log import Log
from .message import Failure, command_line
from .process_environment import outside_copier
from .progress import under_way
from .scrub import scrubbed

REASON_LINES = 6


class Program(NamedTuple):
    """How to start a program: the first arguments, and whether it is the user's own or was fetched for this run."""

    argv: tuple[str, ...]
    own: bool


class Finished(NamedTuple):
    argv: tuple[str, ...]
    status: int
    output: str  # standard output and error together, as written; standard output alone where they were kept apart
    errors: str = ""  # standard error, where it was kept apart

    @property
    def reason(self) -> str:
        """The last lines of the output, scrubbed: where tools say what went wrong; and the error that they explain."""
        return self.reason_without("")

    def reason_without(self, noise: str) -> str:
        """The same without lines that match the pattern `noise`."""
        text = scrubbed(self.errors or self.output)
        lines = [line.strip() for line in text.splitlines() if any(map(str.isalnum, line))]
        lines = [line for line in lines if not (noise and re.search(noise, line))]
        last = lines[-REASON_LINES:]
        errors = [line for line in lines[: -len(last)] if line.casefold().startswith("error")]
        told = any(line.casefold().startswith("error") for line in last)
        return "\n".join(last if told else [*errors[-1:], *last][: REASON_LINES + 1])


def find(
    name: str, package: str = "", python: str = "", environ: Mapping[str, str] | None = None, *, installed: bool = True
) -> Program | None:
    """The program on PATH (unless not `installed`), else through uvx, else through pipx, else None.

    `package` names the distribution where it differs, with a version if need be (`pip-tools`, `poetry<2`); `python` is
    the version that uvx or pipx run it with, `3.13`.
    """
    path = (outside_copier() if environ is None else environ).get("PATH")
    own = shutil.which(name, path=path)
    if own and installed:
        return Program((own,), own=True)
    uvx = shutil.which("uvx", path=path)
    if uvx:
        version = ("--python", python) if python else ()
        return Program((uvx, *version, "--from", package or name, name), own=False)
    pipx = shutil.which("pipx", path=path)
    if pipx:
        version = ("--python", python) if python else ()
        return Program((pipx, "run", *version, "--spec", package or name, name), own=False)
    return None


def python_of(name: str, environ: Mapping[str, str]) -> str:
    """The version, "3.13", of the Python that a program on PATH runs on; "" where that cannot be told."""
    program = shutil.which(name, path=environ.get("PATH"))
    if not program:
        return ""
    try:
        with Path(program).open("rb") as file:
            first = file.readline(500).decode("utf-8", "replace").strip()
    except OSError:
        first = ""
    named = first.removeprefix("#!").split()[:1] if first.startswith("#!") and "python" in first else []
    # A launcher without such a line (of Windows, of pyenv) lies beside the Python that it starts.
    beside = [str(path) for file in ("python.exe", "python") if (path := Path(program).with_name(file)).is_file()]
    asked = "import sys; print('%d.%d' % sys.version_info[:2])"
    return next((said for python in (*named, *beside) if (said := answer_of([python, "-c", asked], environ))), "")


def answer_of(argv: Sequence[str], environ: Mapping[str, str], folder: Path | None = None, timeout: float = 30) -> str:
    """What a program says when it is asked something, stripped; empty when it cannot say. Nothing is logged."""
    try:
        result = subprocess.run(
            batch.started(argv),
            cwd=folder,
            env=dict(environ),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            encoding="utf-8",
            errors="replace",
            timeout=timeout,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return result.stdout.strip() if result.returncode == 0 else ""


def run(
    argv: Sequence[str],
    *,
    cwd: Path,
    log: Log,
    timeout: float,
    progress: str = "",
    environ: Mapping[str, str] | None = None,
    stdin: str | None = None,
    failing: tuple[Sequence[str], str] = ((), "."),
    apart: bool = False,
    secret: bool = False,
    started: Callable[[int], None] | None = None,
    shown: str = "",
) -> Finished:
    """Runs a program to its end and logs it; any exit status is returned. `progress` is shown while it runs.

    With `apart` standard error does not mix with the output; the output of a `secret` program is not logged (its errors
    are, scrubbed). `started` is told the process id. `shown` stands for the command line in logs and messages.

    Raises Failure, with the commands and folder of `failing`, when it cannot be started or takes longer than `timeout`
    seconds. It and what it started are ended
    then, and on Ctrl-C: a tool that goes on alone would write into files that are being restored.
    """
    shown = shown or command_line(argv)
    log.write(f"$ {shown}    (in {cwd})")
    since = time.monotonic()
    options: dict[str, Any] = {"start_new_session": True}  # its own group, so that all of it can be ended
    if os.name == "nt":
        options = {"creationflags": getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0)}
    try:
        process = subprocess.Popen(
            batch.started(argv),
            cwd=cwd,
            env=dict(outside_copier() if environ is None else environ),
            stdin=subprocess.DEVNULL if stdin is None else subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE if apart or secret else subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            errors="replace",
            **options,
        )
    except OSError as error:
        raise Failure(
            f"{argv[0]} cannot be started ({error.strerror or error}).", *failing, anchor="program-not-started"
        ) from None
    try:
        if started is not None:
            started(process.pid)
        with under_way(progress) if progress else contextlib.nullcontext():
            output, errors = process.communicate(stdin, timeout=timeout)
    except subprocess.TimeoutExpired:
        _end(process)
        log.write(f"ended after {timeout:.0f} s")
        raise Failure(
            f"`{shown}` took longer than {timeout:.0f} seconds and was ended.", *failing, anchor="program-too-slow"
        ) from None
    except BaseException:
        _end(process)
        log.write("interrupted")
        raise
    log.write(f"(output of {len(output)} characters not kept)" if secret and output else output)
    if errors:
        log.write(errors)
    log.write(f"exit status {process.returncode}, {time.monotonic() - since:.1f} s")
    return Finished(tuple(argv), process.returncode, output, errors or "")


def _end(process: subprocess.Popen[str]) -> None:
    """Ends the process and everything that it started; waits until it is gone."""
    if os.name == "nt":
        subprocess.run(["taskkill", "/T", "/F", "/PID", str(process.pid)], capture_output=True, check=False)
        process.kill()
        process.wait()
        return
    for number in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=3)
    process.wait()
