"""Reads and replaces the SQLite database of a site, where the site runs: this text is sent there and run by its Python.

The first line of standard input says what to do, in JSON. Both streams are lines of text, so that they pass through any
platform's program: data in base64, and at last the answer in JSON, each behind `MARK`; other lines are not ours. A database
in use is read and written with SQLite's backup, which is one transaction: https://www.sqlite.org/backup.html
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import json
import os
import sqlite3
import sys
import tempfile
import time
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

MARK = "@deploy-overlay "
CHUNK = 48 * 1024  # bytes; a multiple of 3, so that base64 does not fill up
LOCKED = 30  # seconds for which the site may keep the database busy
PREFIX = ".deploy-overlay-"
LEFT = 24 * 3600  # seconds after which a file was left by an interrupted run
CHANGED = "the file did not arrive as it was sent"
BUSY = (5, 6)  # https://www.sqlite.org/rescode.html#busy

Answer = dict[str, Any]


class Refused(Exception):
    """Why it cannot be done, for people."""


def main() -> None:
    asked = json.loads(sys.stdin.readline())
    try:
        answer = {"look": look, "dump": dump, "load": load}[asked["do"]](database())
    except Refused as refused:
        answer = {"error": str(refused)}
    except sqlite3.OperationalError as error:
        answer = {"error": str(error), "busy": "locked" in str(error)}
    except (sqlite3.Error, OSError) as error:
        answer = {"error": str(error)}
    _say(json.dumps(answer))


def database() -> Path:
    """The path of the site's database. Raises Refused where there is none."""
    from django.conf import settings

    found = settings.DATABASES.get("default") or {}
    engine, name = str(found.get("ENGINE", "")), str(found.get("NAME", ""))
    if engine.rpartition(".")[2] not in ("sqlite3", "spatialite"):
        raise Refused(f"its settings use {engine or 'no database'}, not SQLite")
    if not Path(name).is_file():
        raise Refused(f"there is no file {name}")
    return Path(name).absolute()


def look(path: Path) -> Answer:
    with _opened(path) as connection:
        return {"version": sqlite3.sqlite_version, "tables": tables(connection)}


def tables(connection: sqlite3.Connection) -> dict[str, int]:
    """Rows by table."""
    found: dict[str, int] = {}
    names = connection.execute(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite!_%' ESCAPE '!' ORDER BY name"
    )
    for (name,) in names.fetchall():
        with contextlib.suppress(sqlite3.OperationalError):  # a virtual table whose module is not loaded
            quoted = name.replace('"', '""')
            found[name] = connection.execute(f'SELECT count(*) FROM "{quoted}"').fetchone()[0]
    return found


def dump(path: Path) -> Answer:
    """Sends a copy; the answer has its number of bytes and their hash."""
    with _temporary(path) as (copy, _):
        with _opened(path) as source, _opened(copy) as target:
            source.backup(target)
            target.execute("PRAGMA journal_mode = DELETE")  # so that the file is whole without another
        size, digest, packer = 0, hashlib.sha256(), zlib.compressobj(1)
        rest = b""
        with copy.open("rb") as file:
            for chunk in iter(lambda: file.read(1 << 20), b""):
                size += len(chunk)
                digest.update(chunk)
                rest = _send(rest + packer.compress(chunk))
        _send(rest + packer.flush(), last=True)
        return {"bytes": size, "sha256": digest.hexdigest()}


def load(path: Path) -> Answer:
    """Replaces the database by a file that is sent; the answer has what is in it then."""
    with _temporary(path) as (copy, file):
        digest, unpacker = hashlib.sha256(), zlib.decompressobj()
        for line in sys.stdin:
            if not line.endswith("\n"):  # the connection was lost within it
                continue
            if line.startswith(MARK + "{"):
                told = json.loads(line[len(MARK) :])
                break
            if line.startswith(MARK):
                try:
                    chunk = unpacker.decompress(base64.b64decode(line[len(MARK) :]))
                except (ValueError, zlib.error):
                    raise Refused(CHANGED) from None
                digest.update(chunk)
                file.write(chunk)
        else:
            raise Refused("the file did not arrive whole")
        file.close()
        if digest.hexdigest() != told["sha256"]:
            raise Refused(CHANGED)
        with _opened(copy) as source, _opened(path) as target:
            sound = source.execute("PRAGMA integrity_check(1)").fetchone()[0]
            if sound != "ok":
                raise Refused(f"the file is damaged: {sound}")
            _with_pages_of(source, target)
            source.backup(target, progress=_no_longer_than_busy)
        return look(path)


def _with_pages_of(source: sqlite3.Connection, target: sqlite3.Connection) -> None:
    """A database with a write-ahead log keeps its size of pages: https://www.sqlite.org/c3ref/backup_finish.html"""
    (size,) = target.execute("PRAGMA page_size").fetchone()
    if (size,) != source.execute("PRAGMA page_size").fetchone():
        source.execute("PRAGMA journal_mode = DELETE")
        source.execute(f"PRAGMA page_size = {size}")
        source.execute("VACUUM")


def _no_longer_than_busy(status: int, remaining: int, total: int) -> None:
    """SQLite has waited for `LOCKED` seconds already."""
    if status in BUSY:
        raise sqlite3.OperationalError("database is locked")


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[sqlite3.Connection]:
    with contextlib.closing(sqlite3.connect(path, timeout=LOCKED, isolation_level=None)) as connection:
        yield connection


@contextlib.contextmanager
def _temporary(path: Path) -> Iterator[tuple[Path, Any]]:
    """A file beside the database, where there is room for one, and what writes it."""
    for other in path.parent.glob(f"{PREFIX}*"):
        if time.time() - other.stat().st_mtime > LEFT:
            other.unlink()
    number, name = tempfile.mkstemp(prefix=PREFIX, dir=path.parent)
    try:
        with os.fdopen(number, "wb") as file:
            yield Path(name), file
    finally:
        for end in ("", "-journal", "-wal", "-shm"):
            Path(name + end).unlink(missing_ok=True)


def _send(data: bytes, last: bool = False) -> bytes:
    """The end that does not fill a line, unless it is the last one."""
    whole = len(data) if last else len(data) - len(data) % CHUNK
    for start in range(0, whole, CHUNK):
        _say(base64.b64encode(data[start : min(start + CHUNK, whole)]).decode())
    return data[whole:]


def _say(text: str) -> None:
    sys.stdout.write(MARK + text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
