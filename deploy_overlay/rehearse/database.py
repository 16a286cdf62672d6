"""The databases of the rehearsal: a new and empty one for every alias, never one in use."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from ..base.message import Failure
from ..plan.variables import database_parts
from .aliases import is_at, judge, other_addresses
from .cluster import NoPostgres
from .postgres import GET_POSTGRES, running_postgres
from .production import Production
from .results import Outcome, failed, passed
from .server_limits import last_error, unproven_extension, unproven_version
from .stage import Stage
from .throwaway import NotCreated, address_of, random_name, server_address, throwaway_databases

DRIVERS = ("psycopg", "psycopg2")
SQLITE = "SQLite in a temporary folder"
OWN_SETTINGS = (
    "Your own database settings were not tested: DATABASE_URL replaced them here. Set DATABASE_URL on the platform too, "
    "so that production runs in the same way."
)
NEEDS_DRIVER = "Add psycopg[binary] to your dependencies and install them; production needs it too."
NO_DRIVER = "no driver for PostgreSQL is installed"
FAMILIES = {
    "": "",
    "postgresql": "",
    "sqlite": "",
    "mysql": "MySQL",
    "oracle": "Oracle",
    "mssql": "Microsoft SQL Server",
}


@dataclass(frozen=True)
class Database:
    """`url` is the value of DATABASE_URL, and `variables` every variable that a database has, that one among them.

    `others` are those of `variables` with throw-away addresses that only another alias than default can use. `server` is
    the address of the server, empty for SQLite. `stand_in` names the engine of production where this is another one.
    `older` is production's major version where the server here is older. `external` says that production may have an
    address in settings of its own. `refusal` is set where production could not reach its database either.
    """

    url: str
    description: str
    variables: Mapping[str, str] = field(default_factory=dict)
    others: Mapping[str, str] = field(default_factory=dict)
    server: str = ""
    stand_in: str = ""
    older: str = ""
    external: bool = False
    unproven: tuple[str, ...] = ()
    refusal: Outcome | None = None


@dataclass(frozen=True)
class Emptied:
    """The outcome of the check of the databases, and a sentence for everything unproven."""

    outcome: Outcome
    unproven: tuple[str, ...] = ()


def database_variables(production: Production, supplied: Mapping[str, str] | None = None) -> set[str]:
    """Variables that the rehearsal sets, so that the user need not: addresses of databases and their parts."""
    required = list(production.required)
    return {"DATABASE_URL", *database_parts(required), *other_addresses(required, supplied or {})}


@contextlib.contextmanager
def open_database(
    stage: Stage,
    production: Production,
    environ: Mapping[str, str],
    say: Callable[[str], object],
    postgres: str = "",
) -> Iterator[Database]:
    """Choose the databases, and start a temporary server if needed, which is stopped at the end.

    `postgres` is the address of --postgres: a throw-away database is made there and dropped at the end.

    Raises Failure if that is no address, does not answer, or does not let its user create databases.
    """
    names = other_addresses(production.required, environ)
    address = server_address(postgres) if postgres else ""
    sqlite = production.database == "sqlite"
    driver = bool(stage.installed(environ, *DRIVERS))
    stand_in = FAMILIES.get(production.answers.text("django_database"), "") if production.database == "external" else ""
    chosen = _on_sqlite(stage, production, names)
    if sqlite and not names:
        yield chosen
    elif not driver:
        refusal = failed(NO_DRIVER, NEEDS_DRIVER) if production.database == "postgres" else None
        sentence = f"{stand_in or 'PostgreSQL'} was not tested: this ran on SQLite, because {NO_DRIVER}."
        yield replace(chosen, stand_in=stand_in or "PostgreSQL", unproven=(sentence,), refusal=refusal)
    else:
        wanted = _wanted(production)
        with contextlib.ExitStack() as stack:
            try:
                found = stack.enter_context(_server(stage, environ, say, address, wanted))
            except NoPostgres as error:
                sentence = f"PostgreSQL was not tested: this ran on SQLite, because {error}. {GET_POSTGRES}."
                yield replace(chosen, stand_in="PostgreSQL", unproven=(sentence,))
                return
            default, server, description, version = found
            older = str(wanted) if version and int(version.partition(".")[0]) < wanted else ""
            open_questions = () if sqlite else _open_questions(stand_in, description, older)
            variables = {name: address_of(server, random_name()) for name in names}
            made = {} if sqlite else {"DATABASE_URL": default, **_parts(production, default)}
            yield Database(
                url=chosen.url if sqlite else default,
                description=chosen.description if sqlite else description,
                variables={**chosen.variables, **made, **variables},
                others=variables,
                server=server,
                stand_in=stand_in,
                older=older,
                external=production.database == "external" and not stand_in,
                unproven=open_questions,
            )


@contextlib.contextmanager
def empty_databases(
    stage: Stage, database: Database, facts: Mapping[str, Any], environ: Mapping[str, str]
) -> Iterator[Emptied]:
    """Make sure that every alias of the settings uses an empty database of the rehearsal, until the context ends.

    `facts` are those of the settings with the variables of `database`: `databases` maps each alias to ENGINE, NAME, HOST
    and PORT, as texts.
    """
    if database.refusal:
        yield Emptied(database.refusal)
        return
    lasting = [Path(environ[name]) for name in ("DEPLOY_DATA", "MEDIA_ROOT") if environ.get(name)]
    verdict = judge(facts["databases"], database.url, database.others, stage.repository, lasting)
    if verdict.outcome:
        yield Emptied(verdict.outcome)
        return
    wanted = {unquote(urlsplit(address).path.removeprefix("/")) for address in database.others.values()}
    names = [name for name in verdict.names if name in wanted and database.server]
    with contextlib.ExitStack() as stack:
        try:
            stack.enter_context(throwaway_databases(stage, environ, database.server, names))
        except NotCreated as error:
            yield Emptied(failed(f"no empty database could be created: {error}", "Run this again."))
            return
        replaced = (OWN_SETTINGS,) if database.external and not _used_by_own(stage, database, environ) else ()
        also = f", and {len(names)} for other aliases" if names else ""
        yield Emptied(passed(f"{database.description}{also}"), (*replaced, *verdict.unproven))


def _used_by_own(stage: Stage, database: Database, environ: Mapping[str, str]) -> bool:
    """Whether the settings come to the same database without DATABASE_URL, by the variables that they read themselves."""
    without = {name: value for name, value in environ.items() if name != "DATABASE_URL"}
    found = stage.inside(without, "settings", str(stage.repository)).data
    return bool(found) and is_at(found["databases"].get("default") or {}, database.url)


def unproven_release(output: str, database: Database) -> str:
    """A sentence if a failed release proves nothing because the database here differs from production's; else empty.

    `output` is what the command of the release printed.
    """
    if sentence := unproven_extension(output) or unproven_version(output):
        return sentence
    error = last_error(output)
    if database.stand_in:
        return (
            f"The release was not tested on {database.stand_in}: it fails on {database.description}, which was used "
            "instead."
        )
    if database.older and ("yntax" in error or "does not exist" in error or "not supported" in error):
        return (
            f"The release was not tested on PostgreSQL {database.older}: it fails on {database.description}, which is "
            "older."
        )
    return ""


@contextlib.contextmanager
def _server(
    stage: Stage, environ: Mapping[str, str], say: Callable[[str], object], address: str, wanted: int
) -> Iterator[tuple[str, str, str, str]]:
    """The address of the empty default database, that of its server, what it is and its version.

    Raises NoPostgres, or Failure for a server that was given.
    """
    if not address:
        with running_postgres(stage, environ, say, wanted) as server:
            yield server.url, server.url, server.description, server.version
        return
    name = random_name()
    with contextlib.ExitStack() as stack:
        try:
            version = stack.enter_context(throwaway_databases(stage, environ, address, [name]))
        except NotCreated as error:
            raise _not_created(address, str(error)) from None
        yield (
            address_of(address, name),
            address,
            f"a temporary database on PostgreSQL {version} of --postgres",
            version,
        )


def _not_created(address: str, error: str) -> Failure:
    user = unquote(urlsplit(address).username or "") or "its user"
    if "permission denied to create database" in error:
        cure = f'Allow it on that server: ALTER ROLE "{user}" CREATEDB; Or name another user in --postgres.'
        return Failure(
            f"{user} may not create databases on the server of --postgres. {cure}", anchor="rehearsal-postgres"
        )
    return Failure(
        f"The server of --postgres cannot create a database: {error.rstrip('.')}. Start the server, or correct its "
        "address.",
        anchor="rehearsal-postgres",
    )


def _on_sqlite(stage: Stage, production: Production, names: list[str]) -> Database:
    """SQLite files in the temporary folder, for production's own SQLite or instead of a server."""
    url = f"sqlite:///{(stage.scratch / 'rehearsal.sqlite3').as_posix()}"
    others = {name: f"sqlite:///{(stage.scratch / f'{name.lower()}.sqlite3').as_posix()}" for name in names}
    variables = {"DATABASE_URL": url, **_parts(production, url), **others}
    return Database(url=url, description=SQLITE, variables=variables, others=others)


def _parts(production: Production, url: str) -> dict[str, str]:
    """The values of variables that hold a part of the default database's address."""
    parts = urlsplit(url)
    values = {
        "name": unquote(parts.path.removeprefix("/")),
        "user": unquote(parts.username or ""),
        "password": unquote(parts.password or ""),
        "host": unquote(parts.hostname or ""),
        "port": str(parts.port or 5432),
    }
    postgres = production.plan.resource("postgres")
    wanted = {**(postgres.parts if postgres else {}), **database_parts(production.required)}
    return {name: values[part] for name, part in wanted.items()}


def _wanted(production: Production) -> int:
    """Production's major version, the newest of its platforms; 0 if the platforms decide."""
    found = [target.platform.runs.postgres for target in production.targets if target.platform]
    return max((int(version.partition(".")[0]) for version in found if version), default=0)


def _open_questions(stand_in: str, description: str, older: str) -> tuple[str, ...]:
    found = []
    if stand_in:
        found.append(f"Production uses {stand_in}: this ran on {description}.")
    if older:
        found.append(f"Production uses PostgreSQL {older}: this ran on {description}.")
    return tuple(found)
