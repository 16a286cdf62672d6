"""Which database each alias of DATABASES uses in the production settings: the rehearsal's own, or one that production lacks."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from .results import Outcome, failed

Settings = Mapping[str, str]  # ENGINE, NAME, HOST and PORT of one alias, as texts
HERE = ("", "localhost", "127.0.0.1", "::1", "0.0.0.0", "host.docker.internal")
ENGINES = {
    "postgresql": "PostgreSQL", "postgresql_psycopg2": "PostgreSQL", "postgis": "PostgreSQL", "mysql": "MySQL",
    "mariadb": "MariaDB", "oracle": "Oracle", "mssql": "Microsoft SQL Server", "sqlite": "SQLite", "sqlite3": "SQLite",
    "spatialite": "SQLite", "cockroachdb": "CockroachDB", "gis": "MySQL",
}  # fmt: skip
# The schemes that django-environ and dj-database-url know: what has one is the address of a database.
_ADDRESS = re.compile(
    r"(?:postgres(?:ql)?|postgis|pgsql|psql|timescale(?:gis)?|redshift|cockroach(?:db)?|mysql2?|mysqlgis|mariadb"
    r"|oracle(?:gis)?|mssql(?:ms)?|sqlserver)(?:[-+]\w+)*://",
    re.IGNORECASE,
)
_NAMED = re.compile(r"(?:^|_)(?:DATABASE|DB|POSTGRES(?:QL)?|PG|MYSQL|SQL|REPLICA)_(?:URL|URI|DSN)(?:_|$)")
_ANOTHER_STORE = re.compile(r"MONGO|REDIS|CACHE|INFLUX|DYNAMO|COUCH|NEO4J|ELASTIC")


@dataclass(frozen=True)
class Verdict:
    """The verdict on all aliases. `names` are the throw-away databases in use, that of `default` first."""

    outcome: Outcome | None  # the failure, if there is one
    names: tuple[str, ...] = ()
    unproven: tuple[str, ...] = ()


def other_addresses(required: Iterable[str], environ: Mapping[str, str]) -> list[str]:
    """Variables that hold the address of a database other than DATABASE_URL: by their value, or else by their name.

    `required` are variables without which the site does not start, `environ` those that the user set.
    """
    by_value = [name for name, value in environ.items() if _ADDRESS.match(value)]
    by_name = [
        name
        for name in required
        if _NAMED.search(name) and not _ANOTHER_STORE.search(name) and "://" not in environ.get(name, "")
    ]
    return sorted({*by_value, *by_name} - {"DATABASE_URL"})


def engine_name(engine: str) -> str:
    """PostgreSQL for `django.contrib.gis.db.backends.postgis`; unknown engines stay as they are."""
    last = engine.rpartition(".")[2].lower()
    return ENGINES.get(last, ENGINES.get(last.partition("_")[0], engine or "none"))


def judge(
    databases: Mapping[str, Settings], default: str, others: Mapping[str, str], code: Path, data: Sequence[Path]
) -> Verdict:
    """Judge every alias of the production settings.

    `default` is the address in DATABASE_URL, `others` the throw-away addresses in other variables. Files below `code` are
    there if they are in git, and what is in the folders `data` lasts.
    """
    used = databases.get("default") or {}
    if default and not is_at(used, default):
        return Verdict(_another_default(used))
    lacking: list[tuple[str, str]] = []
    names = [_name(default)] if default else []
    unproven = []
    for alias, settings in databases.items():
        if alias == "default" or not settings.get("ENGINE"):
            continue
        address = next((one for one in (default, *others.values()) if one and is_at(settings, one)), "")
        engine = engine_name(settings["ENGINE"])
        if address and not address.startswith("sqlite") and engine != "PostgreSQL":
            unproven.append(f"The database {alias} is {engine} in production: it was not opened.")
        elif address:
            names.append(_name(address))
        elif problem := _problem(settings, engine, default, code, data):
            lacking.append((alias, problem))
    if lacking:
        return Verdict(_not_in_production(lacking))
    return Verdict(None, tuple(dict.fromkeys(names)), tuple(unproven))


def is_at(settings: Settings, address: str) -> bool:
    """Whether this is the database of the address."""
    if address.startswith("sqlite:"):
        name = settings.get("NAME", "")
        return engine_name(settings.get("ENGINE", "")) == "SQLite" and _path(name) == _path(_name(address))
    parts = urlsplit(address)
    here = (settings.get("HOST"), settings.get("PORT") or "5432", settings.get("NAME"))
    return here == (unquote(parts.hostname or ""), str(parts.port or 5432), _name(address))


def is_beside(databases: Mapping[str, Settings], code: Path) -> bool:
    """Whether the default database and all others are SQLite files below the folder `code`."""
    used = [one for one in databases.values() if one.get("ENGINE")]
    return bool(databases.get("default")) and all(
        engine_name(one["ENGINE"]) == "SQLite" and code.resolve() in _path(one.get("NAME", "")).parents for one in used
    )


def _name(address: str) -> str:
    if address.startswith("sqlite:"):
        return address.removeprefix("sqlite:///")
    return unquote(urlsplit(address).path.removeprefix("/"))


def _path(name: str) -> Path:
    return Path(name.removeprefix("file:").partition("?")[0]).resolve()


def _problem(settings: Settings, engine: str, default: str, code: Path, data: Sequence[Path]) -> str:
    """Why production does not have this database; empty if it does."""
    name, host = settings.get("NAME", ""), settings.get("HOST", "")
    if engine == "SQLite":
        if ":memory:" in name or "mode=memory" in name:
            return ""
        file = _path(name)
        if any(folder.resolve() in file.parents for folder in data):
            return ""
        if code.resolve() in file.parents:
            relative = file.relative_to(code.resolve()).as_posix()
            # A file of git is deployed, and what the site writes into it is noticed like any other change.
            return "" if file.is_file() else f"the file {relative}, which is not in git"
        return f"the file {name}, which does not exist in production"
    parts = urlsplit(default)
    if default and (host, settings.get("PORT") or "5432") == (parts.hostname, str(parts.port or 5432)):
        return f"the database {name} on the server of DATABASE_URL, where production has only one database"
    if host in HERE or host.startswith("/"):
        return f"{engine} on {host or 'this machine'}, where production has no server"
    return f"{engine} on {host}, an address that is fixed in the settings"


def _another_default(settings: Settings) -> Outcome:
    return failed(
        f"the production settings use {settings.get('ENGINE') or 'no database'} {settings.get('NAME', '')}".rstrip()
        + ", not the database in DATABASE_URL",
        "Set DATABASES['default'] from DATABASE_URL in the production settings; nothing was migrated.",
    )


def _not_in_production(lacking: Sequence[tuple[str, str]]) -> Outcome:
    alias = lacking[0][0]
    variable = f"{re.sub(r'[^A-Z0-9]+', '_', alias.upper())}_DATABASE_URL"
    told = "; ".join(f"{name}: {problem}" for name, problem in lacking)
    plural = len(lacking) > 1
    return failed(
        f"{'databases' if plural else 'a database'} that production does not have: {told}",
        f"Read {'each address' if plural else 'its address'} from a variable in the production settings: "
        f'DATABASES["{alias}"] = dj_database_url.config("{variable}"). Set {variable} on the platform, and here in a '
        "file for --env-file FILE: any postgres:// address will do, as the rehearsal puts a temporary database in its "
        f'place. Or remove the database in production: del DATABASES["{alias}"].',
    )
