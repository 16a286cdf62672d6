"""The rendered gunicorn.conf.py on a loopback port, as production starts it, for tests that ask over HTTP."""

from __future__ import annotations

import os
import signal
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from .browser import Browser
from .programs import environment
from .serving import free_port

PATIENCE = 60.0  # seconds until the first answer
SECURE = {"X-Forwarded-Proto": "https"}
ENVIRON = {
    "DJANGO_SETTINGS_MODULE": "deploy.settings",
    "SECRET_KEY": "".join(f"{number:02x}" for number in range(40)),
    "FLY_APP_NAME": "library",
}


@dataclass
class Gunicorn:
    """A running server: where it listens, what its visitors see, and what it printed."""

    port: int
    process: subprocess.Popen[bytes]
    log: Path

    @property
    def browser(self) -> Browser:
        return Browser(f"http://127.0.0.1:{self.port}", {"Host": "library.fly.dev", **SECURE})

    def said(self) -> str:
        return self.log.read_text(encoding="utf-8", errors="replace")


@contextmanager
def gunicorn(root: Path, python: Path, *options: str, encrypted: bool = False, **variables: str) -> Iterator[Gunicorn]:
    """`gunicorn -c deploy/gunicorn.conf.py` in a Django root while the block runs; `options` follow it.

    It listens where the configuration says, on a free PORT. Raises AssertionError with its output if it does not answer;
    `encrypted` says that it has to be asked by TLS.
    """
    port = free_port()
    log = root.parent / f"gunicorn-{port}.log"
    environ = environment(python) | ENVIRON | {"PORT": str(port)} | variables
    with log.open("wb") as output:
        process = subprocess.Popen(
            [str(python), "-m", "gunicorn", "-c", "deploy/gunicorn.conf.py", *options],
            cwd=root, env=environ, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
            start_new_session=True,
        )  # fmt: skip
    server = Gunicorn(port, process, log)
    try:
        _wait(server, encrypted)
        yield server
    finally:
        end(process)


def end(process: subprocess.Popen[bytes]) -> None:
    """Let a server that leads a group of processes finish its requests, and end all of them if it does not."""
    process.terminate()
    try:
        process.wait(timeout=40)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _wait(server: Gunicorn, encrypted: bool) -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until and server.process.poll() is None:
        try:
            with ExitStack() as stack:
                asking = stack.enter_context(socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE))
                if encrypted:
                    asking = stack.enter_context(ssl._create_unverified_context().wrap_socket(asking))
                asking.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
                if asking.recv(12).startswith(b"HTTP/1.1 200"):
                    return
        except OSError:
            pass
        time.sleep(0.1)
    raise AssertionError(f"gunicorn did not answer:\n{server.said()}")
