"""Runs programs, each in its own process group, so that all of its processes can be stopped."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from ..base.scrub import scrubbed
from .interruption import held, undo_at_the_end, undone

if sys.platform != "win32":
    import pwd

PROGRAM_TIMEOUT = 900.0  # seconds: a data migration or a large collectstatic may take minutes, but never for ever
MOST_OUTPUT = 1_000_000  # bytes, the last ones: a project that prints in a loop would fill the disk with logs
WINDOWS = sys.platform == "win32"
INSIDE = Path(__file__).resolve().parent / "inside"
NO_ANSWER = "-"  # in the place of the answer file, for what runs until it is ended


@dataclass(frozen=True)
class Result:
    """The result of a program: `output` of both streams, and `data` that it returned, if any."""

    code: int
    output: str
    data: Any = None


@dataclass(frozen=True)
class Stage:
    """Where the programs of the project run, and with which Python.

    `repository` is the folder that stands for the git root: paths in messages are relative to it. `package` is the
    overlay's, empty without one.
    """

    django_root: Path
    repository: Path
    scratch: Path
    package: str
    log: Path
    python: Path
    verbose: bool = False
    bound: tuple[str, ...] = ()  # what stands before each command, so that write bits hold for it
    own_server: ClassVar[bool] = False  # whether starting no words starts the server

    def django(self, environ: Mapping[str, str], *arguments: str) -> Result:
        """Run a management command with the production settings."""
        return self.run([str(self.python), "-m", "django", *arguments], environ)

    def inside(self, environ: Mapping[str, str], action: str, *arguments: str) -> Result:
        """Run one action in a process that loads Django, and read its answer."""
        return self.start_action(environ, action, *arguments).result()

    def start_action(self, environ: Mapping[str, str], action: str, *arguments: str) -> StartedProgram:
        """Start the same action, to do something else meanwhile.

        All of it happens in the main thread, so that an interruption finds every process that was started.
        """
        answer = self.writable_folder() / "answer.json"
        return StartedProgram(self, [*self.inside_command(action, str(answer)), *arguments], environ, answer)

    def run(self, command: Sequence[str], environ: Mapping[str, str]) -> Result:
        """Run a program; after TIMEOUT seconds, kill it and its children."""
        return StartedProgram(self, command, environ).result()

    def start(self, command: Sequence[str], environ: Mapping[str, str], output: Any) -> subprocess.Popen[bytes]:
        """Start a program in the Django root, whose output goes to a file."""
        return start([*self.bound, *command], environ, self.django_root, output)

    def terminate(self, process: subprocess.Popen[bytes]) -> None:
        """Ask a program to stop as a platform does."""
        process.send_signal(signal.SIGTERM)

    def seen_from_here(self, process: subprocess.Popen[bytes]) -> int:
        """The process whose family does the work of a program that was started; 0 if it is another system's."""
        return process.pid

    def writable_folder(self) -> Path:
        """A new folder that programs of this stage can write to, which goes with `scratch`."""
        return Path(tempfile.mkdtemp(dir=self.scratch))

    def inside_command(self, action: str, answer: str = NO_ANSWER) -> list[str]:
        """The command line of an action inside the project."""
        return [str(self.python), str(INSIDE), action, answer]

    def installed(self, environ: Mapping[str, str], *modules: str) -> set[str]:
        """Which of these modules the project's environment has."""
        found = self.inside(environ, "installed", *modules)
        return {name for name, there in (found.data or {}).items() if there}

    def keep(self, text: str) -> None:
        """Add to the log, and to the screen with --verbose."""
        text = scrubbed(text)
        with self.log.open("a", encoding="utf-8") as log:
            log.write(text + "\n")
        if self.verbose:
            print(text, file=sys.stderr)


class StartedProgram:
    """A running program, whose result is awaited when it is needed.

    If nobody waits for it, it is killed with everything else at the end of the rehearsal.
    """

    def __init__(
        self, stage: Stage, command: Sequence[str], environ: Mapping[str, str], answer: Path | None = None
    ) -> None:
        self.stage, self.command, self.answer = stage, command, answer
        with tempfile.NamedTemporaryFile(dir=stage.scratch, delete=False) as output:
            self.output = Path(output.name)
            self.process = stage.start(command, environ, output)

    def result(self) -> Result:
        """Wait for its end, once; after PROGRAM_TIMEOUT seconds, kill it and its children."""
        try:
            code = self.process.wait(timeout=PROGRAM_TIMEOUT)
        except subprocess.TimeoutExpired:
            code = -1
        finally:
            kill(self.process)
        with self.output.open("rb") as output:
            left_out = max(0, output.seek(0, os.SEEK_END) - MOST_OUTPUT)
            output.seek(left_out)
            text = output.read().decode("utf-8", "replace")
        self.output.unlink()
        if left_out:
            text = f"[the first {left_out} bytes are left out]\n{text}"
        if code == -1:
            text += f"\nended after {PROGRAM_TIMEOUT:.0f} seconds without a result\n"
        self.stage.keep(f"$ {' '.join(self.command)}\n{text}[exit code {code}]\n")
        there = self.answer if self.answer and self.answer.exists() else None
        return Result(code, text, json.loads(there.read_text(encoding="utf-8")) if there else None)


def start(
    command: Sequence[str], environ: Mapping[str, str], folder: Path, output: Any, user: str | None = None
) -> subprocess.Popen[bytes]:
    """Start a program whose output goes to a file, with no standard input. `user` is for root on POSIX only."""
    options: dict[str, Any] = {"stdin": subprocess.DEVNULL, "stdout": output, "stderr": subprocess.STDOUT}
    if sys.platform == "win32":
        options["creationflags"] = subprocess.CREATE_NEW_PROCESS_GROUP
    else:
        options["start_new_session"] = True
        if user:
            options |= {"user": user, "group": pwd.getpwnam(user).pw_gid, "extra_groups": []}
    with held():
        process = subprocess.Popen(list(command), env=dict(environ), cwd=folder, **options)
        undo_at_the_end(process, lambda: _end(process))
    return process


def kill(process: subprocess.Popen[bytes]) -> None:
    """Kill a program and its process group; does nothing if it has ended."""
    _end(process)
    undone(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    if sys.platform == "win32":
        if process.poll() is None:
            subprocess.run(["taskkill", "/F", "/T", "/PID", str(process.pid)], capture_output=True, check=False)
    else:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(timeout=10)


def group_lives(process: subprocess.Popen[bytes]) -> bool:
    """Whether a process of the group still runs after its leader has ended; always false on Windows."""
    if sys.platform == "win32":
        return False
    try:
        os.killpg(process.pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
