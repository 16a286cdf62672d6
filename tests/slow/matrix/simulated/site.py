"""A site after its build: how the platform releases, starts, asks and ends it."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path

from tests.support import Browser, run
from tests.support.cache import settled_folder
from tests.support.programs import tools_folder

STARTS_WITHIN = 90.0  # seconds
# What a machine needs to reach package registries; nothing else of this shell gets into a build or a site.
_OF_THE_MACHINE = ("PIP_", "UV_INDEX", "UV_DEFAULT_INDEX", "SSL_CERT", "REQUESTS_CA", "LANG", "LC_")


class BuildFailed(AssertionError):
    """The platform would have ended the build here, with these words."""


def machine() -> dict[str, str]:
    """The variables of this machine that every container of it would have."""
    return {name: value for name, value in os.environ.items() if name.startswith(_OF_THE_MACHINE)}


def tools_with(python: Path, package: str) -> Path:
    """The folder of the programs of one package ("poetry==2.4.1") in an environment of its own with this Python."""

    def make(folder: Path) -> None:
        uv = tools_folder() / "uv"
        run([uv, "venv", "--quiet", "--python", python, folder / "tools"], folder)
        run([uv, "pip", "install", "--quiet", "--python", folder / "tools" / "bin" / "python", package], folder)

    return settled_folder("matrix-tools", [str(python), package], make) / "tools" / "bin"


def found(command: Sequence[str | Path], environ: Mapping[str, str]) -> list[str]:
    """The command with its program as the PATH of `environ` finds it; raises BuildFailed where it does not."""
    program = shutil.which(command[0], path=environ["PATH"])
    if not program:
        raise BuildFailed(f"{command[0]} is not installed there")
    return [program, *map(str, command[1:])]


def executed(command: Sequence[str | Path], folder: Path, environ: Mapping[str, str], log: Path) -> None:
    """Run one step with its output in the log; raises BuildFailed with all that was said when it fails.

    The program is the one that the PATH of `environ` leads to, not this shell's.
    """
    command = found(command, environ)
    with log.open("ab") as output:
        output.write(f"$ {' '.join(map(str, command))}\n".encode())
        output.flush()
        done = subprocess.run(
            command, cwd=folder, env=dict(environ), stdin=subprocess.DEVNULL, stdout=output,
            stderr=subprocess.STDOUT, timeout=900, check=False,
        )  # fmt: skip
    if done.returncode != 0:
        said = log.read_text(encoding="utf-8", errors="replace")[-6000:]
        raise BuildFailed(f"{' '.join(map(str, command))} ended with {done.returncode}\n{said}")


@dataclass(frozen=True)
class Given:
    """What the platform has for a site beside its files: addresses of its services, and what the owner sets.

    `bucket` are the variables that boto3 and django-storages read; each platform says them in its own way.
    """

    database: str
    variables: Mapping[str, str]
    redis: str = ""
    bucket: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Process:
    """What a platform runs beside the web process: for as long as the site runs, or once."""

    command: Sequence[str]
    environ: Mapping[str, str]


@dataclass(frozen=True)
class Site:
    """`environ` are the variables of a started site, the port it is told among them.

    `release` are the commands before a release gets visitors; `headers` are what the proxy adds, and `probe` what the
    health check asks for, as path and Host, if the platform has one. `everyone` says that each process is told to end,
    not the first alone; after `seconds` the platform would kill. `beside` are the processes beside the web one, by name,
    and `jobs` what is run at its times, once here. `front` is a web server of the platform, which listens on `entrance`.
    """

    python: Path
    folder: Path
    environ: Mapping[str, str]
    command: Sequence[str]
    host: str
    headers: Mapping[str, str]
    log: Path
    seconds: float
    release: Sequence[Sequence[str]] = field(default=())
    probe: tuple[str, str] | None = None
    everyone: bool = False
    shell: Callable[[str], Sequence[str]] = lambda line: [
        "/bin/sh",
        "-c",
        line,
    ]  # how the platform runs a line of a shell
    beside: Mapping[str, Process] = field(default_factory=dict)
    jobs: Mapping[str, Process] = field(default_factory=dict)
    front: AbstractContextManager[None] = field(default_factory=nullcontext)
    entrance: int = 0

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.entrance or self.environ['PORT']}"

    def visitor(self, **headers: str) -> Browser:
        """A browser that comes through the platform's proxy; `headers` replace those of the proxy."""
        return Browser(self.origin, {"Host": self.host, **self.headers, **headers})

    def said(self) -> str:
        """The end of what the web process and each beside it printed."""
        logs = [self.log, *map(self._log_of, self.beside)]
        texts = {log: log.read_text(encoding="utf-8", errors="replace") for log in logs if log.is_file()}
        return "\n".join(f"--- {log.name}\n{text[-6000:]}" for log, text in texts.items())

    def prepare(self) -> None:
        """Raises BuildFailed when a command before the release fails."""
        for command in self.release:
            executed(command, self.folder, self.environ, self.log)

    def run_jobs(self) -> None:
        """Run each scheduled job once; raises BuildFailed when one fails."""
        for job in self.jobs.values():
            executed(job.command, self.folder, job.environ, self.log)

    @contextlib.contextmanager
    def serving(self) -> Iterator[None]:
        """All processes run while the block does; then they are told to end, and have to within the platform's time.

        Raises BuildFailed for one that does not start, ends by itself, or ends otherwise than well when it is told to.
        """
        with contextlib.ExitStack() as running:
            running.enter_context(self.front)
            for name, process in self.beside.items():
                running.enter_context(self._running(name, process, self._log_of(name)))
            web = running.enter_context(self._running("web", Process(self.command, self.environ), self.log))
            self._wait(web)
            yield

    def _log_of(self, name: str) -> Path:
        return self.log.with_name(f"{self.log.stem}-{name}.log")

    @contextlib.contextmanager
    def _running(self, name: str, run: Process, path: Path) -> Iterator[subprocess.Popen[bytes]]:
        with path.open("ab") as log:
            process = subprocess.Popen(
                found(run.command, run.environ), cwd=self.folder, env=dict(run.environ), stdin=subprocess.DEVNULL,
                stdout=log, stderr=subprocess.STDOUT, start_new_session=True,
            )  # fmt: skip
        try:
            yield process
            if process.poll() is not None:
                raise BuildFailed(f"{name} ended by itself with {process.returncode}\n{self.said()}")
            os.killpg(process.pid, signal.SIGTERM) if self.everyone else process.send_signal(signal.SIGTERM)
            try:
                process.wait(timeout=self.seconds)
            except subprocess.TimeoutExpired:
                raise BuildFailed(f"SIGTERM did not end {name} in {self.seconds:.0f} seconds\n{self.said()}") from None
            # A shell that waits for its program ends by the signal itself.
            if process.returncode not in (0, -signal.SIGTERM):
                raise BuildFailed(f"{name} ended with {process.returncode} when it was told to\n{self.said()}")
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def _wait(self, process: subprocess.Popen[bytes]) -> None:
        own = f"http://127.0.0.1:{self.environ['PORT']}"
        until = time.monotonic() + STARTS_WITHIN
        while time.monotonic() < until and process.poll() is None:
            with contextlib.suppress(OSError):
                Browser(own, {"Host": self.host, **self.headers}).get("/healthz")
                return
            time.sleep(0.1)
        raise BuildFailed(f"nothing answers on the port that the platform named\n{self.said()}")
