"""A site after its build: how the platform releases, starts, asks and ends it."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
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
class Site:
    """`environ` are the variables of a started site, the port it is told among them.

    `release` are the commands before a release gets visitors; `headers` are what the proxy adds, and `probe` what the
    health check asks for, as path and Host, if the platform has one. `everyone` says that each process is told to end,
    not the first alone; after `seconds` the platform would kill.
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

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.environ['PORT']}"

    def visitor(self, **headers: str) -> Browser:
        """A browser that comes through the platform's proxy; `headers` replace those of the proxy."""
        return Browser(self.origin, {"Host": self.host, **self.headers, **headers})

    def said(self) -> str:
        return self.log.read_text(encoding="utf-8", errors="replace")[-6000:]

    def prepare(self) -> None:
        """Raises BuildFailed when a command before the release fails."""
        for command in self.release:
            executed(command, self.folder, self.environ, self.log)

    @contextlib.contextmanager
    def serving(self) -> Iterator[None]:
        """The site runs while the block does; then it is told to end, and has to within the platform's time."""
        with self.log.open("ab") as log:
            process = subprocess.Popen(
                list(self.command), cwd=self.folder, env=dict(self.environ), stdin=subprocess.DEVNULL, stdout=log,
                stderr=subprocess.STDOUT, start_new_session=True,
            )  # fmt: skip
        try:
            self._wait(process)
            yield
            os.killpg(process.pid, signal.SIGTERM) if self.everyone else process.send_signal(signal.SIGTERM)
            process.wait(timeout=self.seconds)
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def _wait(self, process: subprocess.Popen[bytes]) -> None:
        until = time.monotonic() + STARTS_WITHIN
        while time.monotonic() < until and process.poll() is None:
            with contextlib.suppress(OSError):
                self.visitor().get("/healthz")
                return
            time.sleep(0.1)
        raise BuildFailed(f"nothing answers on the port that the platform named\n{self.said()}")
