"""Runs the real server command on a loopback port and stops it as the platform does."""

from __future__ import annotations

import contextlib
import http.client
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from ..base.ports import free_port
from .interruption import held
from .production import Production
from .results import Outcome, failed, noted, passed
from .stage import WINDOWS, Stage, group_lives, kill
from .trouble import condensed, last_lines
from .without_overlay import server_command

HEALTH = "/healthz"
SERVER_PATIENCE = 60.0  # seconds until the first answer: the project is loaded by every worker
PROBE_PORT = "47113"  # a port that no configuration names by itself
SPARE_SECONDS = 5.0  # seconds on top of the server's own graceful time


class NotServing(Exception):
    """The server did not start or has stopped; the outcome has the reason and the fix."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(outcome.detail)
        self.outcome = outcome


@dataclass(frozen=True)
class ServerConfiguration:
    """gunicorn.conf.py: address, application and graceful timeout in seconds."""

    bind: str
    wsgi_app: str
    worker_class: str
    graceful: float


@dataclass
class Server:
    """A server process that answered on its port."""

    stage: Stage
    process: subprocess.Popen[bytes]
    port: int
    log: Path
    configuration: ServerConfiguration

    def said(self, start: int = 0) -> str:
        """The server's output since a position."""
        return self.log.read_bytes()[start:].decode("utf-8", "replace")

    def position(self) -> int:
        return self.log.stat().st_size

    def check_alive(self, patience: float = 0.0) -> None:
        """Wait a few seconds for a process that may be about to end.

        Raises:
            NotServing: the process has ended.
        """
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(timeout=patience)
            raise NotServing(_server_died(self.stage, self.process, self.said()))

    def stop(self) -> Outcome:
        """Send SIGTERM and check that the server and its workers stop within the graceful timeout."""
        if WINDOWS:
            kill(self.process)
            return noted("on Windows the server was killed; stopping on SIGTERM was not tested")
        self.stage.terminate(self.process)
        started, limit = time.monotonic(), self.configuration.graceful
        try:
            code = self.process.wait(timeout=limit + SPARE_SECONDS)
        except subprocess.TimeoutExpired:
            return failed(
                f"still running {limit + SPARE_SECONDS:.0f} seconds after SIGTERM",
                "Do not ignore SIGTERM or keep threads alive in the project; the platform would kill the process.",
            )
        took = time.monotonic() - started
        if took >= limit:
            return failed(
                f"a worker was still busy {limit:.0f} seconds after SIGTERM, and was killed",
                "Shorten this request, and do not ignore SIGTERM or keep threads alive in the project.",
            )
        if group_lives(self.process):
            return failed(
                "a process that the server started did not stop with it",
                "Do not start processes in a web worker, or stop them when it stops.",
            )
        if code not in (0, -signal.SIGTERM):
            return failed(
                f"it ended with exit code {code}: {condensed(self.said(), self.stage.repository)}",
                "Correct what its last lines report.",
            )
        return passed(f"stopped in {took:.1f} of at most {limit:.0f} seconds")


@contextlib.contextmanager
def running_server(stage: Stage, production: Production, environ: Mapping[str, str]) -> Iterator[Server]:
    """Start the server and wait for its first answer; it is always stopped at the end.

    Raises:
        NotServing: its configuration cannot be read, it ended, or it did not answer in time.
    """
    configuration = _server_configuration(stage, production, environ)
    server = None
    for attempt in range(3):
        port, log = free_port(), stage.scratch / f"server-{time.monotonic_ns()}.log"
        with log.open("wb") as output:
            command = _server_command(stage, production, configuration, port)
            process = stage.start(command, {**environ, "PORT": str(port)}, output)
        server = Server(stage, process, port, log, configuration)
        try:
            _wait_for_server(server)
            break
        except NotServing:
            kill(process)
            stage.keep(f"$ {' '.join(command)}\n{server.said()}")
            # Another program may have taken the port between its choice and its use.
            if "in use" not in server.said().lower() or attempt == 2:
                raise
        except BaseException:
            kill(process)
            raise
    assert server
    try:
        yield server
    finally:
        with held():
            kill(server.process)
            stage.keep(f"$ {' '.join(command)}\n{server.said()}")


def server_answered(server: Server) -> Outcome:
    """The detail of a running server: program and application."""
    if server.stage.own_server:
        return passed("the image's own command serves the site")
    program = "the standard library's server, as gunicorn does not run on Windows" if WINDOWS else "gunicorn"
    if server.configuration.worker_class:
        program += f" with {server.configuration.worker_class}"
    told = f"{program} serves {server.configuration.wsgi_app or 'the application'}"
    return noted(told) if WINDOWS else passed(told)


def _server_configuration(stage: Stage, production: Production, environ: Mapping[str, str]) -> ServerConfiguration:
    if stage.own_server:
        return ServerConfiguration("", "", "", 30.0)
    if production.own:
        application = production.answers.text("django_wsgi") or production.answers.text("django_asgi")
        return ServerConfiguration("", application, "", 30.0)
    path = production.server_configuration
    if not (stage.django_root / path).is_file():
        raise NotServing(failed(f"{path.as_posix()} is missing", f"Restore {path.as_posix()} from git."))
    result = stage.inside({**environ, "PORT": PROBE_PORT}, "configuration", str(path))
    if result.code != 0 or result.data is None:
        error = condensed(result.output, stage.repository)
        raise NotServing(failed(f"{path.as_posix()} cannot be read: {error}", f"Correct {path.as_posix()}."))
    said = result.data
    if PROBE_PORT not in said["bind"]:
        raise NotServing(
            failed(
                f"{path.as_posix()} listens on {said['bind'] or 'its own port'}, not on the port that PORT gives",
                f"Set bind in {path.as_posix()} from the environment variable PORT.",
            )
        )
    graceful = float(said["graceful_timeout"] or 30)  # https://docs.gunicorn.org/en/stable/settings.html
    return ServerConfiguration(said["bind"], said["wsgi_app"], said["worker_class"], graceful)


def _server_command(stage: Stage, production: Production, configuration: ServerConfiguration, port: int) -> list[str]:
    if stage.own_server:
        return []
    if production.own and not WINDOWS:
        return server_command(production.answers.values, stage.python, port)
    path = production.server_configuration.as_posix()
    address = f"127.0.0.1:{port}"
    if not WINDOWS:
        return [str(stage.python), "-m", "gunicorn", "-c", path, "--bind", address]
    if "uvicorn" in configuration.worker_class:
        host = ["--host", "127.0.0.1", "--port", str(port)]
        return [str(stage.python), "-m", "uvicorn", configuration.wsgi_app, *host, "--no-proxy-headers"]
    return [*stage.inside_command("serve"), str(port), configuration.wsgi_app]


def _wait_for_server(server: Server) -> None:
    deadline = time.monotonic() + SERVER_PATIENCE
    while time.monotonic() < deadline:
        server.check_alive()
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=SERVER_PATIENCE)
        with contextlib.closing(connection), contextlib.suppress(OSError, http.client.HTTPException):
            connection.request("GET", HEALTH)
            connection.getresponse().read()
            return
        time.sleep(0.1)
    raise NotServing(
        failed(
            f"no answer within {SERVER_PATIENCE:.0f} seconds: {last_lines(server.said(), 3)}",
            "Make the project start faster, for example do not wait for other services at import.",
        )
    )


def _server_died(stage: Stage, process: subprocess.Popen[bytes], said: str) -> Outcome:
    if "No module named gunicorn" in said:
        return failed(
            "gunicorn is not installed for this Python",
            "Install your production dependencies, and run the rehearsal with that Python.",
        )
    error = condensed(said, stage.repository)
    rest = last_lines(said)
    detail = f"the server ended with exit code {process.returncode}: {error}"
    return failed(
        f"{detail}\n{rest}" if "Traceback" not in said else detail,
        "Correct this error: the server does not start.",
    )
