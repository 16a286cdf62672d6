"""Replaces the rows of a site's PostgreSQL by those of a SQLite database with the same migrations, in one transaction.

So a project that was developed on SQLite brings its data along. Tables, indexes and constraints are those that the site's own
migrations made; only rows are copied, with their numbers.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from ..base.log import Log
from ..base.message import Failure, first_of
from ..base.progress import show_progress
from . import rows
from .databases import Contents, Database, Say, connect
from .restore import Loading, load
from .sqlite import SqliteFile, opened, read

MIGRATIONS = "django_migrations"
SHOWN = 4
# Tables that migrations fill, or that hold nothing to keep.
OF_DJANGO = (MIGRATIONS, "django_content_type", "auth_permission", "django_site", "django_session")
COLUMNS = """
SELECT c.table_name, c.column_name, c.data_type,
    pg_catalog.pg_get_serial_sequence(quote_ident(c.table_name), c.column_name) IS NOT NULL
FROM information_schema.columns c JOIN information_schema.tables t USING (table_schema, table_name)
WHERE c.table_schema = 'public' AND t.table_type = 'BASE TABLE' AND c.is_generated = 'NEVER'
ORDER BY c.table_name, c.ordinal_position;
"""
APPLIED = f"SELECT app, name FROM {MIGRATIONS} ORDER BY app, name;"
# Columns of SQLite that are written: https://www.sqlite.org/pragma.html#pragma_table_xinfo
HIDDEN = 0


@dataclass(frozen=True)
class RowsPlan:
    """A SQLite file and the PostgreSQL for its rows, both looked at; nothing is changed yet."""

    dump: SqliteFile
    database: Database
    before: Contents
    tables: Sequence[Mapping[str, Any]]  # name, type of each column, and the columns that count by themselves

    def carry_out(self) -> Contents:
        """Replace the rows. Raises Failure, which says whether the database is unchanged, if that is known."""
        with tempfile.TemporaryDirectory(prefix="deploy-overlay-") as folder:
            listing = Path(folder, "tables")
            listing.write_text(json.dumps(self.tables), encoding="utf-8")
            command = [sys.executable, rows.__file__, quote(str(self.dump.path.absolute())), str(listing)]
            with show_progress(f"copying the rows of {self.dump.path.name} ..."):
                load(Loading(self.database, self.before, command))
        with contextlib.suppress(Failure):  # slow answers until the server does it by itself, nothing else
            self.database.ask("ANALYZE;")
        return self.database.contents()


def has_rows_of_its_own(contents: Contents) -> bool:
    """Whether a database has rows that no migration wrote."""
    return any(count for table, count in contents.tables.items() if table not in OF_DJANGO)


def look(file: Path, url: str, log: Log, say: Say) -> RowsPlan:
    """Check a SQLite file and the database for its rows. Raises Failure if they do not have the same tables."""
    dump = read(file)
    database = connect(url, log, say)
    before = database.contents()
    with opened(file) as connection:
        if MIGRATIONS not in dump.contents.tables:
            raise _does_not_fit(file, "it is not a database of Django's")
        if MIGRATIONS not in before.tables:
            raise _does_not_fit(file, "the site's database has no tables yet: deploy it first")
        here = {tuple(row) for row in connection.execute(APPLIED)}
        there = {tuple(row) for row in database.ask(APPLIED)}
        if here != there:
            raise _does_not_fit(file, _differing(here - there, there - here))
        return RowsPlan(dump, database, before, _tables(file, connection, database, dump.contents))


def _tables(
    file: Path, connection: sqlite3.Connection, database: Database, contents: Contents
) -> list[Mapping[str, Any]]:
    """Those to copy: every table of the file that the site has too."""
    known: dict[str, dict[str, str]] = {}
    counting: dict[str, list[str]] = {}
    for table, column, kind, counts in database.ask(COLUMNS):
        known.setdefault(table, {})[column] = kind
        if counts == "t":
            counting.setdefault(table, []).append(column)
    found: list[Mapping[str, Any]] = []
    for table, count in contents.tables.items():
        if table == MIGRATIONS or (table not in known and not count):
            continue
        columns = [
            row[1] for row in connection.execute("SELECT * FROM pragma_table_xinfo(?)", (table,)) if row[6] == HIDDEN
        ]
        lacking = sorted({*columns} - {*known.get(table, {})})
        if lacking:
            what = f"the column {lacking[0]} of {table}" if table in known else f"the table {table}"
            raise _does_not_fit(file, f"the site does not have {what}")
        types = {column: known[table][column] for column in columns}
        found.append({"name": table, "columns": types, "sequences": counting.get(table, [])})
    return found


def _differing(here: set[tuple[str, ...]], there: set[tuple[str, ...]]) -> str:
    parts = [
        f"the migration{'s' if len(names) > 1 else ''} {first_of(sorted('.'.join(one) for one in names), SHOWN)} "
        f"{'are' if len(names) > 1 else 'is'} only {where}"
        for names, where in ((here, "in the file"), (there, "on the site"))
        if names
    ]
    return f"{' and '.join(parts)}. Check out the deployed commit and run `python manage.py migrate`, or deploy"


def _does_not_fit(file: Path, why: str) -> Failure:
    return Failure(f"The rows of {file.name} cannot be copied: {why}. Nothing was changed.", anchor="rows-do-not-fit")
