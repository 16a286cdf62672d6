"""The SQLite database of a site: copied into a file on this machine, and replaced by one.

The file is on a volume that only the site has, so that a program does both where the site runs (`inside/sqlite.py`).
"""

from __future__ import annotations

import contextlib
import hashlib
import sqlite3
import tempfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from ..adapter.inside import Inside, talk
from ..base.message import Failure
from ..base.progress import show_progress
from .databases import Contents
from .dumps import check_readable, disk_full, temporary_file, unreadable
from .inside import sqlite as program

ENDING = ".sqlite3"
HEADER = b"SQLite format 3\0"
EITHER = "The database may have the old or the new data. It never has a mix of both."
TEXT = Path(program.__file__).read_text(encoding="utf-8")


@dataclass(frozen=True)
class SqliteFile:
    """A file that was read completely. `size` is in bytes."""

    path: Path
    contents: Contents
    size: int


@dataclass(frozen=True)
class SqliteRestorePlan:
    """A file and the site for it, both looked at; nothing is changed yet."""

    dump: SqliteFile
    database: SqliteDatabase
    before: Contents

    def carry_out(self) -> Contents:
        """Replace the data, in one transaction. Raises Failure; the data is what it was then, or nobody knows."""
        return self.database.replaced_by(self.dump, self.before)


@dataclass(frozen=True)
class SqliteDatabase:
    """The database of a site, by a program that runs beside it."""

    inside: Inside
    kind = "SQLite"
    ending = ENDING

    def contents(self) -> Contents:
        return _contents(self._answer("look"))

    def dump(self, file: Path) -> SqliteFile:
        """Copy the database into a new file that only this user can read, and read it back completely.

        Raises Failure, and then leaves no file.
        """
        with temporary_file(file) as partial, _written_to(file), partial.open("wb") as target:
            digest, unpacker = hashlib.sha256(), zlib.decompressobj()

            def received(packed: bytes) -> None:
                chunk = unpacker.decompress(packed)
                digest.update(chunk)
                target.write(chunk)

            with show_progress(f"copying the database into {file.name} ..."):
                told = self._answer("dump", received=received)
            target.close()
            if told["sha256"] != digest.hexdigest():
                raise Failure(
                    "The copy of the database did not arrive as it was sent. Nothing was written. Run this again.",
                    anchor="dump-not-made",
                )
            written = read(partial)
            partial.replace(file)
        return SqliteFile(file, written.contents, written.size)

    def look(self, file: Path) -> SqliteRestorePlan:
        """Check a file, and look at the data that it would replace. Raises Failure."""
        return SqliteRestorePlan(read(file), self, self.contents())

    def replaced_by(self, file: SqliteFile, before: Contents) -> Contents:
        """Raises Failure with what the database holds then."""
        unchanged = f"The database is unchanged: {before}."
        sending = _Sending(file.path)
        try:
            with show_progress("restoring ..."):
                return _contents(self._answer("load", send=sending))
        except _Told as told:
            reason, cure = f": {told.text}", "Fix that, then run this again."
            if told.busy:
                reason, cure = " because the site is using its database", "Stop what writes to it, then run this again."
            raise Failure(f"The restore failed{reason}. {unchanged} {cure}", anchor="restore-failed") from None
        except (Failure, KeyboardInterrupt) as lost:
            # Without its end the file is not used. After that, the program in the site goes on alone.
            holds = unchanged if not sending.whole else EITHER
            if isinstance(lost, KeyboardInterrupt):
                raise Failure(
                    f"The restore was interrupted. {holds} Run this again.", anchor="restore-failed"
                ) from None
            raise Failure(f"The restore failed. {holds} {lost}", anchor="restore-failed") from None

    def _answer(self, do: str, **more: Any) -> dict[str, Any]:
        """Raises _Told for what the program says, another Failure where it says nothing."""
        answer = talk(self.inside, TEXT, {"do": do}, program.MARK, **more)
        if "error" in answer:
            raise _Told(str(answer["error"]), busy=bool(answer.get("busy")))
        return answer


class _Told(Failure):
    """What the program in the site says went wrong."""

    def __init__(self, text: str, *, busy: bool) -> None:
        super().__init__(f"The site cannot copy its database: {text}.", anchor="dump-not-made")
        self.text, self.busy = text, busy


@contextlib.contextmanager
def _written_to(file: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise disk_full(file, str(error)) or Failure(
            f"{file} cannot be written ({error.strerror or error}): choose another path with --file.",
            anchor="dump-not-written",
        ) from None


def read(file: Path) -> SqliteFile:
    """Read a file completely. Raises Failure if it is no SQLite database, or damaged."""
    size = check_readable(file)
    with file.open("rb") as start:
        head = start.read(100)
    if not head.startswith(HEADER):
        raise _not_sqlite(file, "it has another format")
    try:
        with opened(file) as connection:
            sound = connection.execute("PRAGMA integrity_check(1)").fetchone()[0]
            if sound != "ok":
                raise _not_sqlite(file, sound)
            return SqliteFile(file, Contents(_version(head), program.tables(connection)), size)
    except sqlite3.Error as error:
        raise _not_sqlite(file, str(error)) from None


@contextlib.contextmanager
def opened(file: Path) -> Iterator[sqlite3.Connection]:
    """A file of this machine, which a local server may have open."""
    address = f"file:{quote(str(file.absolute()))}?mode=ro"
    with contextlib.closing(sqlite3.connect(address, uri=True)) as connection:
        yield connection


def is_sqlite(file: Path) -> bool:
    """Whether a file begins like a SQLite database. Raises OSError."""
    with file.open("rb") as start:
        return start.read(len(HEADER)) == HEADER


def _version(head: bytes) -> str:
    """Of the library that wrote it last: https://www.sqlite.org/fileformat2.html#write_library_version_number_and_version_valid_for_number"""
    number = int.from_bytes(head[96:100], "big")
    return f"{number // 1_000_000}.{number // 1000 % 1000}.{number % 1000}"


def _not_sqlite(file: Path, reason: str) -> Failure:
    return Failure(
        f"{file} is not a complete SQLite database ({reason}). Use another one, or make a new one with `deploy-overlay backup`.",
        anchor="dump-not-readable",
    )


def _contents(told: dict[str, Any]) -> Contents:
    return Contents(str(told["version"]), {str(name): int(rows) for name, rows in told["tables"].items()})


class _Sending:
    """The packed file, and at last its hash: what the program in the site is sent. `whole` says that all of it was."""

    def __init__(self, file: Path) -> None:
        self.file, self.whole = file, False

    def __iter__(self) -> Iterator[bytes | dict[str, Any]]:
        digest, packer = hashlib.sha256(), zlib.compressobj(1)
        try:
            with (
                tempfile.TemporaryDirectory(prefix="deploy-overlay-") as folder,
                self._whole(Path(folder)).open("rb") as file,
            ):
                for chunk in iter(lambda: file.read(1 << 20), b""):
                    digest.update(chunk)
                    if packed := packer.compress(chunk):
                        yield packed
        except (OSError, sqlite3.Error) as error:
            raise unreadable(self.file, str(getattr(error, "strerror", "") or error)) from None
        yield packer.flush()
        self.whole = True
        yield {"sha256": digest.hexdigest()}

    def _whole(self, folder: Path) -> Path:
        """The file, or a copy of one whose newest rows a local server keeps in another file."""
        if not self.file.with_name(f"{self.file.name}-wal").exists():
            return self.file
        copy = folder / "copy"
        with opened(self.file) as source, contextlib.closing(sqlite3.connect(copy)) as target:
            source.backup(target)
            target.execute("PRAGMA journal_mode = DELETE")
        return copy
