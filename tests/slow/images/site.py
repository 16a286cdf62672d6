"""An image as a platform runs it: its release command, its own command, the platform's variables, a real PostgreSQL."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from deploy_overlay.rehearse.postgres import running_postgres
from deploy_overlay.rehearse.stage import Stage
from tests.support import Browser
from tests.support.serving import free_port

from .buildah import Container, end

HOST = "shelf.fly.dev"
# Where it prints to, in the container.
SAID = "/tmp/site.log"
SECRET_KEY = "a-key-of-this-test-alone-0123456789-abcdefghijklmnopqrstuvwxyz"


@contextmanager
def postgresql() -> Iterator[str]:
    """The address of an empty database of a throw-away server."""
    with tempfile.TemporaryDirectory(prefix="images-") as folder:
        place = Path(folder)
        stage = Stage(place, place, place, "deploy", place / "log", Path(sys.executable))
        with running_postgres(stage, dict(os.environ), print) as server:
            yield server.url


@dataclass(frozen=True)
class Site:
    """A started container: a browser that comes through the platform's proxy, and the process of the web server."""

    browser: Browser
    pid: int
    process: subprocess.Popen[bytes]
    container: Container

    def stop(self, seconds: float) -> tuple[int, str]:
        """Ask it to end as the platform does: its exit code and all that it printed.

        Raises TimeoutExpired when it takes longer.
        """
        os.kill(self.pid, signal.SIGTERM)
        return self.process.wait(timeout=seconds), self.container.taken(SAID)


def release(container: Container, fly_toml: Path, env: dict[str, str]) -> str:
    """What the release command of fly.toml printed in a container of its own."""
    command: str = tomllib.loads(fly_toml.read_text(encoding="utf-8"))["deploy"]["release_command"]
    return container.run(*shlex.split(command), env=env)


@contextmanager
def started(container: Container, command: list[str], env: dict[str, str]) -> Iterator[Site]:
    """The site while the block runs; raises AssertionError with what it printed if it does not come up."""
    port = free_port()
    process = container.start(*command, env=env | {"PORT": str(port)}, said=SAID)
    try:
        browser = Browser(f"http://127.0.0.1:{port}", {"Host": HOST, "X-Forwarded-Proto": "https"})
        _wait(process, browser, container)
        yield Site(browser, _server(process.pid), process, container)
    finally:
        end(process)


def _wait(process: subprocess.Popen[bytes], browser: Browser, container: Container) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until and process.poll() is None:
        try:
            browser.get("/healthz")
            return
        except OSError:
            time.sleep(0.1)
    raise AssertionError(f"the container did not start:\n{container.taken(SAID)}")


def _server(pid: int) -> int:
    """The first process below this one that is gunicorn: what is process 1 of a container elsewhere. 0 for none."""
    children = [child for task in Path(f"/proc/{pid}/task").glob("*/children") for child in task.read_text().split()]
    for child in children:
        words = Path(f"/proc/{child}/cmdline").read_bytes().split(b"\0")
        if words[1:2] == [b"/venv/bin/gunicorn"] and not words[0].startswith(b"buildah"):
            return int(child)
        if found := _server(int(child)):
            return found
    return 0
