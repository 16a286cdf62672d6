"""Writes the rows of a SQLite database of Django's as SQL that PostgreSQL loads; a program of its own, which psql follows.

    python rows.py FILE TABLES

TABLES is JSON, as `from_sqlite.py` makes it. Django keeps the same value in another form in each of the two:
https://github.com/django/django/blob/main/django/db/backends/sqlite3/operations.py
"""

from __future__ import annotations

import decimal
import json
import math
import re
import sqlite3
import sys
from collections.abc import Iterable, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

ESCAPED = str.maketrans({"\\": r"\\", "\t": r"\t", "\n": r"\n", "\r": r"\r"})
# SQLite keeps decimals as floats, of which Django trusts fifteen digits.
AS_DJANGO = decimal.Context(prec=15)
OFFSET = re.compile(r"(?:Z|[+-]\d\d(?::?\d\d)?)$")


def main(file: str, tables: str) -> int:
    wanted: list[dict[str, Any]] = json.loads(Path(tables).read_text(encoding="utf-8"))
    out = sys.stdout
    out.reconfigure(encoding="utf-8", newline="\n")  # type: ignore[union-attr]
    names = ", ".join(_quoted(table["name"]) for table in wanted)
    out.write(f"TRUNCATE {names};\n")
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as connection:
        last = _last_numbers(connection)
        for table in wanted:
            columns: Mapping[str, str] = table["columns"]
            listed = ", ".join(map(_quoted, columns))
            out.write(f"COPY {_quoted(table['name'])} ({listed}) FROM STDIN;\n")
            for row in connection.execute(f"SELECT {listed} FROM {_quoted(table['name'])}"):
                out.write(line(row, columns.values()) + "\n")
            out.write("\\.\n")
            for column in table["sequences"]:
                out.write(_counting(table["name"], column, last.get(table["name"], 0)))
    out.flush()
    return 0


def _last_numbers(connection: sqlite3.Connection) -> dict[str, int]:
    """By table: https://www.sqlite.org/autoinc.html"""
    if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'sqlite_sequence'").fetchone():
        return {}
    return {name: int(number or 0) for name, number in connection.execute("SELECT name, seq FROM sqlite_sequence")}


def line(row: Iterable[object], types: Iterable[str]) -> str:
    """https://www.postgresql.org/docs/current/sql-copy.html#SQL-COPY-FILE-FORMATS"""
    return "\t".join(_field(value, kind) for value, kind in zip(row, types, strict=True))


def _field(value: object, kind: str) -> str:
    if value is None:
        return r"\N"
    return converted(value, kind).translate(ESCAPED)


def converted(value: object, kind: str) -> str:
    """A value of SQLite as PostgreSQL reads it for a column of this type."""
    if kind == "bytea":
        data = value if isinstance(value, bytes) else str(value).encode()
        return f"\\x{data.hex()}"
    if isinstance(value, bytes):
        value = value.decode("utf-8", "replace")
    if kind == "boolean" and isinstance(value, int):
        return "t" if value else "f"
    if kind == "timestamp with time zone" and not OFFSET.search(str(value)[10:]):
        return f"{value}+00"  # Django keeps UTC
    if kind == "interval" and isinstance(value, int):
        return f"{value} microseconds"
    if kind == "numeric" and isinstance(value, float) and math.isfinite(value):
        return str(AS_DJANGO.create_decimal_from_float(value))
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    return str(value)


def _counting(table: str, column: str, last: int) -> str:
    """The next number of a column that counts by itself; `last` is one that may have been deleted since."""
    counter = f"pg_catalog.pg_get_serial_sequence({_text(_quoted(table))}, {_text(column)})"
    highest = f"SELECT GREATEST(COALESCE(max({_quoted(column)}), 0), {last}) AS n FROM {_quoted(table)}"
    return f"SELECT pg_catalog.setval({counter}, GREATEST(n, 1), n > 0) FROM ({highest}) AS highest;\n"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
