"""Finds and runs other programs: with argument lists, closed standard input and a timeout; the log has the output.

On Windows, batch files get their arguments unchanged.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, Any, NamedTuple

from .environment import outside_copier
from .log import Log
from .message import Failure, command_line
from .progress import show_progress
from .scrub import scrubbed

REASON_LINES = 6
LONGEST_LINE = 300
CURL_REFUSED = 22  # exit status of curl for any HTTP status from 400, which it does not tell
# Programs of monitoring services that start another one, as a pattern.
MONITORS = r"opentelemetry-instrument|ddtrace-run|newrelic-admin\s+run-program"
_SPECIAL_TO_CMD = frozenset('"&|<>^%!\r\n\0')  # what Python's own quoting leaves to cmd.exe


class Program(NamedTuple):
    """How to start a program: its first arguments, and whether it is the user's own or was downloaded for this run."""

    argv: tuple[str, ...]
    own: bool


class Finished(NamedTuple):
    argv: tuple[str, ...]
    status: int
    output: str  # standard output and error together, as written; standard output alone where they were kept apart
    errors: str = ""  # standard error, where it was kept apart
    secret: bool = False  # whether the output may have secrets that nobody knows yet

    @property
    def reason(self) -> str:
        """The last lines of the output, scrubbed, where tools say what went wrong, and the error that they explain."""
        return self.reason_without("")

    def reason_without(self, noise: str) -> str:
        """The same without lines that match the pattern `noise`."""
        text = scrubbed(self.errors or self.output)
        lines = [line.strip() for line in text.splitlines() if any(map(str.isalnum, line))]
        # What a program printed before it failed may be half of its answer. From curl it is the server's reason.
        if self.secret and not self.errors and self.status != CURL_REFUSED:
            lines = [line for line in lines if line.casefold().startswith("error")]
        lines = [line for line in lines if not (noise and re.search(noise, line))]
        last = lines[-REASON_LINES:]
        errors = [line for line in lines[: -len(last)] if line.casefold().startswith("error")]
        told = any(line.casefold().startswith("error") for line in last)
        return "\n".join(last if told else [*errors[-1:], *last][: REASON_LINES + 1])


def last_line(output: str) -> str:
    """The last line that is not empty, without Django's prefix of an error."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    return shortened(re.sub(r"^(?:CommandError|SystemExit): ", "", lines[-1])) if lines else "it printed nothing"


def shortened(text: str) -> str:
    return text if len(text) <= LONGEST_LINE else f"{text[: LONGEST_LINE - 1]}…"


def find(
    name: str, package: str = "", python: str = "", environ: Mapping[str, str] | None = None, *, installed: bool = True
) -> Program | None:
    """The program on PATH (only if `installed`), else through uvx, else through pipx, else None.

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
    """The version, "3.13", of the Python that a program on PATH runs on; "" if unknown."""
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
    return next((said for python in (*named, *beside) if (said := output_of([python, "-c", asked], environ))), "")


def popen_arguments(argv: Sequence[str], windows: bool = os.name == "nt") -> list[str] | str:
    """The arguments for Popen: the list, or for a batch file on Windows one line that cmd.exe splits.

    Raises Failure for a line break or a NUL, which a batch file cannot take at all.

    cmd.exe reads the line of a batch file, as many CLIs are there (`npm.cmd`, `poetry.bat`), once more: a `&` or `%` in
    a value would be a command or a variable there. The rules are those of Rust's standard library:
    https://github.com/rust-lang/rust/blob/1.85.0/library/std/src/sys/pal/windows/args.rs (make_bat_command_line)
    """
    if (
        not windows
        or not argv[0].lower().endswith((".cmd", ".bat"))
        or not any(map(_SPECIAL_TO_CMD.intersection, argv[1:]))
    ):
        return list(argv)
    if any(set(argument) & set("\r\n\0") for argument in argv[1:]):
        raise Failure(
            f"{argv[0]} is a batch file, which cannot take a value with a line break: set it yourself.",
            anchor="program-not-started",
        )
    words = " ".join(_quoted_for_cmd(argument) for argument in argv[1:])
    return f'"{os.environ.get("COMSPEC", "cmd.exe")}" /e:ON /v:OFF /d /c ""{argv[0]}" {words}"'


def _quoted_for_cmd(argument: str) -> str:
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


def output_of(argv: Sequence[str], environ: Mapping[str, str], folder: Path | None = None, timeout: float = 30) -> str:
    """The output of a quick command, stripped; empty if it fails. Nothing is logged."""
    try:
        result = subprocess.run(
            popen_arguments(argv),
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
    seconds. The program and its children are
    killed then, and on Ctrl-C: a tool that goes on alone would write into files that are being restored.
    """
    shown = shown or command_line(argv)
    log.write(f"$ {shown}    (in {cwd})")
    since = time.monotonic()
    process: subprocess.Popen[str] | None = None
    try:
        with _not_interrupted():
            try:
                process = subprocess.Popen(
                    popen_arguments(argv),
                    cwd=cwd,
                    env=dict(outside_copier() if environ is None else environ),
                    stdin=subprocess.DEVNULL if stdin is None else subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.PIPE if apart or secret else subprocess.STDOUT,
                    text=True,
                    encoding="utf-8",
                    errors="replace",
                    **own_group(),
                )
            except OSError as error:
                raise Failure(
                    f"{argv[0]} cannot be started ({error.strerror or error}).", *failing, anchor="program-not-started"
                ) from None
        if started is not None:
            started(process.pid)
        with show_progress(progress) if progress else contextlib.nullcontext():
            output, errors = process.communicate(stdin, timeout=timeout)
    except subprocess.TimeoutExpired:
        if process is not None:
            end(process)
        log.write(f"ended after {timeout:.0f} s")
        raise Failure(
            f"`{shown}` took longer than {timeout:.0f} seconds and was stopped.", *failing, anchor="program-too-slow"
        ) from None
    except BaseException:
        if process is not None:
            end(process)
            log.write("interrupted")
        raise
    log.write(f"(output of {len(output)} characters not kept)" if secret and output else output)
    if errors:
        log.write(errors)
    log.write(f"exit status {process.returncode}, {time.monotonic() - since:.1f} s")
    return Finished(tuple(argv), process.returncode, output, errors or "", secret)


@contextlib.contextmanager
def _not_interrupted() -> Iterator[None]:
    """Handle signals at the end of this block: a program whose start they interrupt would go on alone."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    came: list[int] = []
    for number, handler in handlers.items():
        if callable(handler):
            signal.signal(number, lambda number, frame: came.append(number))
    try:
        yield
    finally:
        for number, handler in handlers.items():
            if callable(handler):
                signal.signal(number, handler)
        for one in came:
            signal.raise_signal(one)


def text_of(output: IO[bytes]) -> str:
    """The output that a program has written to an open file."""
    output.seek(0)
    return output.read().decode("utf-8", "replace")


def own_group() -> dict[str, Any]:
    """Options of Popen for a new process group, so that all of it can be killed, and Ctrl-C reaches only this process."""
    if os.name == "nt":
        return {"creationflags": getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0)}
    return {"start_new_session": True}


def end(process: subprocess.Popen[Any]) -> None:
    """Kill the process and its children, and wait until it is gone."""
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


def run_hook_file(
    hook: Path, *arguments: str, folder: Path, stdin: str = "", keep_errors: bool = False
) -> tuple[int, str]:
    """Run a file of `hooks/` with this Python and this terminal; returns its exit status and the captured standard error."""
    done = subprocess.run(
        [sys.executable, str(hook), *arguments],
        cwd=folder,
        input=stdin.encode(),
        stderr=subprocess.PIPE if keep_errors else None,
        check=False,
    )
    return done.returncode, (done.stderr or b"").decode("utf-8", "replace").strip()


def status_of(command: Sequence[str], folder: Path, environ: Mapping[str, str]) -> int:
    """Run a program with this terminal; returns its exit status, or 128 plus the signal's number if a signal ended it.

    Ctrl-C reaches the program as it reaches this process. `subprocess.run` would kill the program 0.25 seconds later,
    in the middle of its tidying: https://docs.python.org/3/library/subprocess.html#subprocess.Popen.wait

    Raises:
        OSError: the program cannot be started.
    """
    with _left_to_the_program():
        code = subprocess.Popen(command, cwd=folder, env=dict(environ)).wait()
    return 128 - code if code < 0 else code


@contextlib.contextmanager
def _left_to_the_program() -> Iterator[None]:
    """Ignore Ctrl-C within this block by a handler, which children do not inherit, unlike an ignored signal."""
    before = signal.getsignal(signal.SIGINT)
    if before in (signal.SIG_IGN, None) or threading.current_thread() is not threading.main_thread():
        yield
        return
    signal.signal(signal.SIGINT, lambda number, frame: None)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
