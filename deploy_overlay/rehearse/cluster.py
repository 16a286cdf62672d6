"""The data folder of a temporary PostgreSQL: initialised once for each server, cached, and copied from there.

Initialising takes a second, a copy a tenth of that. Nobody knows the password of the cached one; each copy gets its own.
"""

from __future__ import annotations

import os
import re
import secrets
import shutil
import stat
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..base.cache import digest, get_or_create
from ..base.message import Failure
from ..base.postgres import Programs
from ..base.programs import last_line
from .stage import WINDOWS, kill, start

POSTGRES_USER, POSTGRES_DATABASE = "rehearsal", "postgres"  # initdb makes this database
PATIENCE = 120.0  # seconds to initialise on a slow disk


class NoPostgres(Exception):
    """No PostgreSQL could be started; the text says why."""


def make_cluster(programs: Programs, place: Path, environ: Mapping[str, str], user: str | None) -> str:
    """Make the data folder `place`/data for a server that runs as `user`, or as this one; returns its password.

    `place` belongs to that user. Raises NoPostgres if the programs do not do it, and OSError.
    """
    password = secrets.token_hex(16)
    if WINDOWS:  # where `postgres --single` refuses administrators
        _initialise(programs, place, environ, user, password)
        return password

    def make(folder: Path) -> None:
        _initialise(programs, place, environ, user, secrets.token_hex(16))
        shutil.copytree(place / "data", folder / "data")
        shutil.rmtree(place / "data")

    # Another build of the same version may know other catalogs and locales.
    ingredients = [programs.kept_for or str(programs.folder), programs.version]
    try:
        kept = get_or_create("postgres", digest(ingredients), make)
        shutil.copytree(kept / "data", place / "data")
    except (Failure, OSError):  # a cache that cannot be written, or was emptied at this moment
        shutil.rmtree(place / "data", ignore_errors=True)
        _initialise(programs, place, environ, user, password)
        return password
    _give(place / "data", user)
    _set_password(programs, place, environ, user, password)
    return password


def _initialise(programs: Programs, place: Path, environ: Mapping[str, str], user: str | None, password: str) -> None:
    file = place / "password"
    file.write_text(password, encoding="ascii")
    _give(file, user)
    initdb = [programs.program("initdb"), "-D", str(place / "data"), "-U", POSTGRES_USER, "-E", "UTF8", "--no-sync"]
    initdb += ["--locale=C", "--auth=scram-sha-256", f"--pwfile={file}"]
    with (place / "log").open("w+b") as output:
        process = start(initdb, environ, place, output, user)
        try:
            code = process.wait(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            code = -1
        finally:
            kill(process)
    file.unlink()
    if code != 0:
        shutil.rmtree(place / "data", ignore_errors=True)
        raise NoPostgres(reason_in((place / "log").read_text(encoding="utf-8", errors="replace")))


def _set_password(programs: Programs, place: Path, environ: Mapping[str, str], user: str | None, password: str) -> None:
    """https://www.postgresql.org/docs/current/app-postgres.html#APP-POSTGRES-SINGLE-USER"""
    command = [programs.program("postgres"), "--single", "-F", "-D", str(place / "data"), POSTGRES_DATABASE]
    options: dict[str, Any] = {}
    if sys.platform != "win32" and user:
        import pwd

        options = {"user": user, "group": pwd.getpwnam(user).pw_gid, "extra_groups": []}
    statement = f"ALTER USER {POSTGRES_USER} PASSWORD '{password}';\n".encode()
    try:
        done = subprocess.run(
            command,
            env=dict(environ),
            cwd=place,
            input=statement,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=PATIENCE,
            check=False,
            **options,
        )
    except subprocess.TimeoutExpired:
        raise NoPostgres(f"it did not start within {PATIENCE:.0f} seconds") from None
    if done.returncode != 0:
        raise NoPostgres(reason_in(done.stdout.decode("utf-8", "replace")))


def reason_in(output: str) -> str:
    """The error in the words of the program: its last line that is an error, else its last line."""
    errors = re.findall(r"^.*(?:\berror:|\bFATAL:|\bERROR:|\bPANIC:) *(.+)$", output, re.MULTILINE)
    return str(errors[-1]).strip() if errors else last_line(output)


def _give(path: Path, user: str | None) -> None:
    """Make that user the owner of a file or of a folder and its content."""
    if user is None:
        return
    for inner in (path, *path.rglob("*")):
        shutil.chown(inner, user)


def reachable(programs: Programs, user: str | None, place: Path) -> Programs:
    """The programs, copied to `place` if that user cannot read them, for example in the home folder of root."""
    if user is None or _open_to_all(programs.folder):
        return programs
    if not programs.package:
        raise NoPostgres(f"the user {user}, which has to run it, cannot read it")
    copy = place / "programs"
    shutil.copytree(programs.package, copy, symlinks=True)
    for path in (copy, *copy.rglob("*")):
        if not path.is_symlink():
            executable = path.is_dir() or path.stat().st_mode & stat.S_IXUSR
            path.chmod(0o755 if executable else 0o644)
    folder = copy / programs.folder.relative_to(programs.package)
    return Programs(folder, programs.version, kept_for=str(programs.folder))


def _open_to_all(folder: Path) -> bool:
    parents = (folder, *folder.parents)
    return all(parent.stat().st_mode & stat.S_IXOTH for parent in parents) and os.access(folder, os.R_OK)
