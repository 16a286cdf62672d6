"""The contents of a PostgreSQL database: row counts, sequences, extensions, size and version."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ...base.size import in_units
from .. import databases
from ..databases import OF_SITE

Ask = Callable[[str], list[list[str]]]  # SQL → its rows, see `Database.ask`

# Tables that `migrate` itself fills in every Django project.
BY_MIGRATE = ("django_migrations", "django_content_type", "auth_permission", "django_site")
# Tables that a site writes when somebody only visits it.
BY_LOOKING = ("django_session", "django_admin_log", "django_cache", "django_celery_beat_periodictasks", "silk_request")

_OVERVIEW = f"""
SELECT json_build_object(
  'version', split_part(current_setting('server_version'), ' ', 1),
  'size', pg_database_size(current_database()),
  'extensions', (SELECT json_object_agg(e.extname, n.nspname) FROM pg_extension e
    JOIN pg_namespace n ON n.oid = e.extnamespace WHERE e.extname <> 'plpgsql'),
  'available', (SELECT json_agg(name) FROM pg_available_extensions),
  'tables', (SELECT json_agg(json_build_array(n.nspname, c.relname)) FROM pg_class c
    JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind = 'r' AND {OF_SITE}
      AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')),
  'sequences', (SELECT json_object_agg(schemaname || '.' || sequencename, last_value) FROM pg_sequences
    WHERE schemaname IN (SELECT n.nspname FROM pg_namespace n WHERE {OF_SITE})));
"""
MOST = 45  # tables in one function call, which takes two arguments for each and at most 100


@dataclass(frozen=True)
class Contents(databases.Contents):
    """`tables` and `sequences` are by name with their schema: rows, each counted, and the last value that was handed out."""

    size: int  # bytes
    extensions: Mapping[str, str]  # name → schema
    available: frozenset[str]  # extensions that this server has
    sequences: Mapping[str, int | None]

    def shown(self) -> str:
        """For people."""
        return f"PostgreSQL {self.version}, {in_units(self.size)}, {self.rows:,} rows in {len(self.tables)} tables"


def contents(ask: Ask, *, counted: bool = True) -> Contents:
    """Raises Failure if the server cannot be asked. Counting many millions of rows takes minutes."""
    found: dict[str, Any] = _document(ask, _OVERVIEW)
    tables = [(str(schema), str(name)) for schema, name in found["tables"] or []]
    rows = _counts(ask, tables) if counted else {}
    return Contents(
        version=str(found["version"]),
        size=int(found["size"]),
        extensions=found["extensions"] or {},
        available=frozenset(found["available"] or []),
        tables=rows,
        sequences=found["sequences"] or {},
    )


def _document(ask: Ask, sql: str) -> Any:
    rows = ask(sql)
    return json.loads(rows[0][0]) if rows and rows[0] and rows[0][0] else None


def _counts(ask: Ask, tables: list[tuple[str, str]]) -> dict[str, int]:
    found: dict[str, int] = {}
    for start in range(0, len(tables), MOST):
        part = tables[start : start + MOST]
        counts = ", ".join(f"{literal('.'.join(one))}, (SELECT count(*) FROM {quoted(*one)})" for one in part)
        found |= _document(ask, f"SELECT json_build_object({counts});")
    return found


def literal(text: str) -> str:
    """An SQL string literal."""
    return "'" + text.replace("'", "''") + "'"


def quoted(*parts: str) -> str:
    """As SQL has a name: https://www.postgresql.org/docs/current/sql-syntax-lexical.html#SQL-SYNTAX-IDENTIFIERS"""
    return ".".join('"' + part.replace('"', '""') + '"' for part in parts)


def differences(old: Contents, new: Contents) -> list[str]:
    """What the copy lacks or has too much of, as phrases; none if both have the same rows and sequences.

    Tables that only the new one has come from migrations that the old site has not run.
    """
    found = []
    for table, rows in sorted(old.tables.items()):
        if table not in new.tables:
            found.append(f"{table} is missing")
        elif new.tables[table] != rows:
            found.append(f"{table} has {new.tables[table]} rows instead of {rows}")
    for sequence, value in sorted(old.sequences.items()):
        if value is not None and (new.sequences.get(sequence) or 0) < value:
            found.append(f"{sequence} is at {new.sequences.get(sequence)} instead of {value}")
    return found


def added(now: Mapping[str, int], before: Mapping[str, int] | None) -> list[str]:
    """Tables with more rows than `before`, or if that is unknown, with more than `migrate` writes."""
    found = []
    for table, rows in sorted(now.items()):
        plain = table.removeprefix("public.")
        if plain in BY_LOOKING or (before is None and plain in BY_MIGRATE):
            continue
        if rows > (before or {}).get(table, 0) and plain != "django_migrations":
            found.append(f"{plain} ({rows} {'row' if rows == 1 else 'rows'})")
    return found
