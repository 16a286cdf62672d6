"""Copies the old site's PostgreSQL to the new one's: checks both, copies in one transaction, counts the rows in both."""

from __future__ import annotations

import contextlib
import json
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from ...adapter.record import Record
from ...adapter.steps import Command, Observation, Step
from ...base.log import Log
from ...base.message import Failure, first_of
from ...base.progress import show_progress, tell
from .. import databases
from ..dumps import dump
from ..restore import OF_SERVER, restore
from .contents import Contents, added, contents, differences, quoted

ROWS = "rows"  # step, and in the record what was copied
BEFORE = "rows that the new site had by itself"  # note: JSON, how many rows of each table may be replaced
HEROKU = "heroku_ext"  # where Heroku keeps extensions: https://devcenter.heroku.com/changelog-items/2446
SHOWN = 4  # tables in a sentence


@dataclass
class Copy:
    """A copy from the address `old` to the one that `new` opens. `target` is the new site; `replace` deletes its data."""

    old: str
    new: Callable[[], AbstractContextManager[str]]
    target: str
    title: str  # of the new platform
    record: Record
    log: Log
    replace: bool = False
    trial: bool = False  # the old site stays open, so its rows may change, and are copied again later
    tried: bool = False  # by this run

    def look_at_old(self) -> Contents:
        database = databases.connect(self.old, self.log, tell)
        with show_progress("counting the rows of the old database"):
            return contents(database.ask)

    def look_at_new(self) -> Contents:
        with self.new() as url:
            database = databases.connect(url, self.log, tell)
            with show_progress("counting the rows of the new database"):
                return contents(database.ask)

    def step(self) -> Step:
        return Step(
            name=ROWS,
            what="database copied, as a trial" if self.trial else "database copied",
            observe=self._see,
            commands=self._copy,
            plan=lambda: ["pg_dump OLD, pg_restore NEW in one transaction, count every table in both"],
            after=("release",),
        )

    def _see(self) -> Observation:
        if self.record.is_done(ROWS) or self.tried:
            return Observation(True)
        if self.trial:
            return Observation(False, "will be copied")
        if not self.record.intended(ROWS, self.target):
            return Observation(False, "will be copied")
        # An interrupted run may have committed its transaction.
        new = self.look_at_new()
        same = bool(new.tables) and not differences(self.look_at_old(), new)
        if same:
            self.remember(new)
            self.record.created(ROWS, self.target, "")
        return Observation(same, "" if same else "will be copied")

    def check(self, old: Contents, new: Contents) -> None:
        """Raises Failure if the copy cannot succeed or would lose data, before anything is closed."""
        missing = sorted(name for name in old.extensions if name not in new.available and name not in OF_SERVER)
        if missing:
            raise Failure(
                f"The old database uses {', '.join(missing)}, and PostgreSQL {new.version} on {self.title} does not have "
                f"{'it' if len(missing) == 1 else 'them'}: choose a database there that does, or remove the extension from "
                "the old one. Nothing was copied.",
                anchor="move-extension-missing",
            )
        found = added(new.tables, self._before())
        if found and not self.replace:
            raise Failure(
                f"The database on {self.title} already has data that no migration wrote: {first_of(found, SHOWN)}. To delete "
                "it, add --replace. Nothing was copied.",
                anchor="move-database-in-use",
            )
        if new.major < old.major:
            tell(
                f"the new database has an older PostgreSQL ({new.version}) than the old one ({old.version}), which usually works"
            )

    def remember(self, new: Contents) -> None:
        """Note that the new site's rows are not its visitors' and may be replaced."""
        self.record.choose(BEFORE, json.dumps({table: rows for table, rows in new.tables.items() if rows}))

    def _before(self) -> Mapping[str, int] | None:
        text = self.record.chosen(BEFORE)
        return json.loads(text) if text else None

    def _copy(self) -> Iterator[Command]:
        """Copy the data in one transaction, which can be repeated."""
        self.record.intend(ROWS, self.target)
        old = databases.connect(self.old, self.log, tell)
        with self.new() as url, self._file() as file:
            new = databases.connect(url, self.log, tell)
            source, found = contents(old.ask, counted=False), contents(new.ask)
            self.check(source, found)
            dump(self.old, file, self.log, tell)
            with _extensions_of(source, found, new):
                restore(file, url, self.log, tell)
            with show_progress("counting every table in both"):
                there, here = contents(old.ask), contents(new.ask)
            self.remember(here)  # which may be replaced once more
            found_out = differences(there, here)
            if self.trial:
                self.record.disown(ROWS)
                self.tried = True
                meanwhile = f"; meanwhile the old site has changed: {first_of(found_out, SHOWN)}" if found_out else ""
                tell(f"{len(here.tables)} tables with {here.rows:,} rows are copied{meanwhile}")
                return
            if found_out:
                raise Failure(
                    f"The copy differs from the old database: {first_of(found_out, SHOWN)}. Something still writes to the "
                    "old one, such as a scheduled job: stop it, then run this again.",
                    anchor="move-copy-differs",
                )
            self.record.created(ROWS, self.target, "")
        tell(f"{len(there.tables)} tables with {there.rows:,} rows are the same in both")
        yield from ()

    @contextlib.contextmanager
    def _file(self) -> Iterator[Path]:
        """A temporary path for the dump, below the git folder because /tmp may be too small.

        Removes what a killed run left: a site's rows must not stay on this machine.
        """
        folder = self.record.folder / "move"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(mode=0o700, parents=True)
        try:
            yield folder / "old.dump"
        finally:
            shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def _extensions_of(old: Contents, new_before: Contents, new: databases.Database) -> Iterator[None]:
    """Keep extensions in the old database's schemas during the copy, because its tables name them; then move them to `public`.

    Only those that Heroku keeps in its own schema, where a site elsewhere would not find them.
    """
    moved = [name for name, schema in old.extensions.items() if schema == HEROKU and name not in OF_SERVER]
    if moved:
        new.ask(f"CREATE SCHEMA IF NOT EXISTS {HEROKU};")
    for name in moved:
        if new_before.extensions.get(name, HEROKU) != HEROKU:
            new.ask(f"ALTER EXTENSION {quoted(name)} SET SCHEMA {HEROKU};")
    try:
        yield
    finally:
        there = contents(new.ask, counted=False).extensions if moved else {}
        for name in moved:
            if there.get(name) == HEROKU:
                new.ask(f"ALTER EXTENSION {quoted(name)} SET SCHEMA public;")
        if moved:
            new.ask(f"DROP SCHEMA IF EXISTS {HEROKU};")
