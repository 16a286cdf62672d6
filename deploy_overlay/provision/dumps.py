"""Dumps a database into a file: completely or not at all, verified by reading it back, and never inside the repository."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ..base.log import Log
from ..base.message import Failure
from ..base.postgres import Programs, client_programs
from ..base.programs import run
from ..base.size import in_units
from .databases import (
    ALIVE,
    PATIENCE,
    Contents,
    Say,
    connect,
    connection_failure,
    first_error,
    libpq_environment,
    missing_programs,
    table,
)

ENDING = ".dump"
PARTIAL = ".partial"
LOCKED = "60s"  # how long a table may be locked by another, such as a migration
# Owners and permissions are those of the target's platform. `_heroku` is Heroku's own.
OPTIONS = (
    "--format=custom", "--no-owner", "--no-acl", "--no-tablespaces", "--no-publications", "--no-subscriptions",
    "--no-security-labels", "--exclude-schema=_heroku", f"--lock-wait-timeout={LOCKED}", "--no-password",
)  # fmt: skip
_COPY = re.compile(rb'COPY (?:("(?:[^"]|"")+"|[^\s."]+)\.)("(?:[^"]|"")+"|[^\s."(]+) .*FROM stdin;\r?\n')


@dataclass(frozen=True)
class Dump:
    """A dump that was read completely. `size` is in bytes, `extensions` are those that the database uses."""

    path: Path
    contents: Contents
    size: int
    extensions: tuple[str, ...]
    listing: tuple[str, ...]  # the lines of its table of contents
    programs: Programs  # that can read it


def dump(url: str, file: Path, log: Log, say: Say) -> Dump:
    """Dump the database at an address into a new file that only this user can read, and read it back completely.

    Raises Failure, and then leaves no file.
    """
    database = connect(url, log, say)
    with temporary_file(file) as partial:
        done = run(
            [database.programs.program("pg_dump"), *OPTIONS, f"--file={partial}", f"--dbname={ALIVE}"],
            cwd=partial.parent,
            log=log,
            timeout=PATIENCE,
            progress=f"dumping the database into {file.name} ...",
            environ=database.environ,
            apart=True,
        )
        if done.status != 0:
            raise (
                disk_full(file, done.errors)
                or connection_failure(done.errors, database.where)
                or Failure(
                    f"pg_dump failed: {first_error(done.errors)}. Nothing was written. Fix that, then run this again.",
                    anchor="dump-not-made",
                )
            )
        written = read(partial, log, say, database.programs)
        partial.replace(file)
    return Dump(file, written.contents, written.size, written.extensions, written.listing, written.programs)


def read(file: Path, log: Log, say: Say, programs: Programs | None = None) -> Dump:
    """Read a dump completely, unpacking every row. `programs` are known to suit it.

    Raises Failure if it is not a dump, is damaged or truncated, or comes from a newer PostgreSQL than any programs here.
    """
    size = check_readable(file)
    reasons: list[str] = []
    listing: list[str] = []
    for found in [programs] if programs else client_programs(say, reasons):
        done = run(
            [found.program("pg_restore"), "--list", str(file)],
            cwd=found.folder,
            log=log,
            timeout=PATIENCE,
            environ=_clean_environment(),
            apart=True,
            secret=True,
        )
        if done.status == 0:
            programs, listing = found, done.output.splitlines()
            break
        if "unsupported version" not in done.errors:
            raise _not_a_dump(file, done.errors)
        reasons.append(f"the programs in {found.folder} are those of PostgreSQL {found.version}")
    else:
        raise missing_programs(f"the PostgreSQL that wrote {file.name}", reasons)
    assert programs is not None
    version = next(iter(re.findall(r"Dumped from database version: ([\d.]+)", "\n".join(listing))), "")
    extensions = re.findall(r"(?m)^\d+; \d+ \d+ EXTENSION - (\S+)", "\n".join(listing))
    contents = Contents(version, _rows(file, programs, log))
    return Dump(file, contents, size, tuple(extensions), tuple(listing), programs)


def _rows(file: Path, programs: Programs, log: Log) -> dict[str, int]:
    """The number of rows of each table in a dump. Unpacks every row, which reveals damage."""
    command = [programs.program("pg_restore"), "--data-only", "--file=-", str(file)]
    log.write(f"$ {' '.join(command)}")
    found: dict[str, int] = {}
    with subprocess.Popen(
        command,
        cwd=programs.folder,
        env=_clean_environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        bufsize=1 << 20,
    ) as process:
        try:
            assert process.stdout is not None and process.stderr is not None
            name, count = "", 0
            for line in process.stdout:
                if name:
                    if line.rstrip(b"\r\n") == b"\\.":
                        found[name], name = found.get(name, 0) + count, ""
                    else:
                        count += 1
                elif line.startswith(b"COPY ") and (begun := _COPY.fullmatch(line)):
                    name, count = table(_unquote(begun[1]), _unquote(begun[2])), 0
            errors = process.stderr.read().decode("utf-8", "replace")
            status = process.wait()
        except BaseException:
            process.kill()
            raise
    log.write(f"exit status {status}")
    if status != 0 or name:
        raise _not_a_dump(file, errors or "error: it is truncated")
    return found


def _unquote(name: bytes) -> str:
    """An identifier of SQL without its quotes."""
    text = name.decode("utf-8", "replace")
    return text[1:-1].replace('""', '"') if text.startswith('"') else text


def _not_a_dump(file: Path, errors: str) -> Failure:
    if "text format" in errors:
        text = f"{file} is an SQL dump, not in PostgreSQL's custom format. Load it with `psql`, or dump again with"
        return Failure(f"{text} `pg_dump --format=custom`.", anchor="dump-not-readable")
    return Failure(
        f"{file} is not a complete PostgreSQL dump: {first_error(errors)}. Use another one, or make a new one with "
        "`deploy-overlay backup`.",
        anchor="dump-not-readable",
    )


def _clean_environment() -> dict[str, str]:
    """The environment of a program that only reads a file."""
    environ, _ = libpq_environment("postgres://nowhere/none")
    return {name: value for name, value in environ.items() if name not in ("PGHOST", "PGDATABASE")}


def check_readable(file: Path) -> int:
    """The size of a file in bytes. Raises Failure if it cannot be read."""
    try:
        if file.is_file():
            with file.open("rb"):
                return file.stat().st_size
        reason = "it is a folder" if file.is_dir() else "there is no such file"
    except OSError as error:
        reason = str(error.strerror or error)
    raise unreadable(file, reason)


def unreadable(file: Path, reason: str) -> Failure:
    return Failure(f"{file} cannot be read ({reason}): give the path of a dump.", anchor="dump-not-readable")


@contextlib.contextmanager
def temporary_file(file: Path) -> Iterator[Path]:
    """An empty file beside the target that only this user can read; deleted on exit unless it was renamed."""
    if os.path.lexists(file):
        raise Failure(f"{file} already exists: choose another path with --file.", anchor="dump-not-written")
    partial = file.with_name(f".{file.name}.{os.getpid()}{PARTIAL}")
    try:
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        os.close(os.open(partial, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except OSError as error:
        raise Failure(
            f"{file} cannot be written ({error.strerror or error}): choose another path with --file.",
            anchor="dump-not-written",
        ) from None
    try:
        yield partial
    finally:
        with contextlib.suppress(OSError):
            partial.unlink()


def disk_full(file: Path, errors: str) -> Failure | None:
    if not re.search(r"No space left|[Dd]isk quota|File too large", errors):
        return None
    free = shutil.disk_usage(file.parent).free
    return Failure(
        f"{file} does not fit ({in_units(free)} free in {file.parent}). Nothing was written. Free some space, or choose a "
        "path elsewhere with --file.",
        anchor="dump-not-written",
    )
