"""Django's development server on a loopback port, for tests that compare a site before and after the overlay."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .browser import Browser
from .programs import WINDOWS, environment
from .projects import Project


def free_port() -> int:
    """A loopback port that nobody listens on at this moment."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        port: int = listening.getsockname()[1]
        return port


@contextmanager
def runserver(project: Project, python: Path, **env: str) -> Iterator[Browser]:
    """`manage.py runserver` while the block runs; raises AssertionError with its output if it does not start."""
    port = free_port()
    log = project.root.parent / f"runserver-{port}.log"
    with log.open("w", encoding="utf-8") as output:
        server = subprocess.Popen(
            [str(python), "manage.py", "runserver", "--noreload", f"127.0.0.1:{port}"],
            cwd=project.django_root,
            env=environment(python, **env),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        _wait(server, port, log)
        yield Browser(f"http://127.0.0.1:{port}")
    finally:
        if server.poll() is None:
            server.terminate() if WINDOWS else os.kill(server.pid, signal.SIGINT)
        try:
            server.wait(timeout=20)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def _wait(server: "subprocess.Popen[bytes]", port: int, log: Path) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until and server.poll() is None:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1):
                return
        except OSError:
            time.sleep(0.1)
    raise AssertionError(f"runserver did not start:\n{log.read_text(encoding='utf-8', errors='replace')}")
