"""A PostgreSQL database by its address: how its programs reach it, what server it is, and what is in it.

No address, user or password is in an argument of a program: https://www.postgresql.org/docs/current/libpq-envars.html
"""

from __future__ import annotations

import csv
import io
import os
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import parse_qsl, unquote, urlsplit

from ..base.environment import outside_copier
from ..base.log import Log
from ..base.message import Failure, counted
from ..base.postgres import Programs, client_programs
from ..base.programs import Finished, run
from ..base.scrub import hide

Say = Callable[[str], object]

SCHEMES = ("postgres", "postgresql", "postgis")
PATIENCE = 24 * 3600.0  # seconds for what takes longer with a larger database
ANSWER = 600.0  # seconds for a question
# A connection that has died is noticed within a minute: https://www.postgresql.org/docs/current/libpq-connect.html
ALIVE = "keepalives_idle=20 keepalives_interval=10 keepalives_count=3"
# Of the parameters of an address, those that say how the server is reached.
PARAMETERS = {
    "channel_binding": "PGCHANNELBINDING",
    "gssencmode": "PGGSSENCMODE",
    "host": "PGHOST",
    "hostaddr": "PGHOSTADDR",
    "options": "PGOPTIONS",
    "port": "PGPORT",
    "sslcert": "PGSSLCERT",
    "sslcrl": "PGSSLCRL",
    "sslkey": "PGSSLKEY",
    "sslmode": "PGSSLMODE",
    "sslrootcert": "PGSSLROOTCERT",
    "target_session_attrs": "PGTARGETSESSIONATTRS",
}
MANY = 1_000_000  # rows of a table from which on the server's own estimate is taken

# Of schemas `n`: those of a site. Heroku keeps functions of its own in every database, in `_heroku`.
OF_SITE = r"n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', '_heroku')"
_TABLES = rf"""
SELECT format('SELECT %L, %L, %s', n.nspname, c.relname, CASE WHEN c.reltuples > {MANY} THEN c.reltuples::bigint::text
    ELSE format('(SELECT count(*) FROM ONLY %I.%I)', n.nspname, c.relname) END)
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind = 'r' AND {OF_SITE} AND has_table_privilege(c.oid, 'SELECT') AND NOT EXISTS (
    SELECT FROM pg_catalog.pg_depend d
    WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
ORDER BY n.nspname, c.relname \gexec
"""


@dataclass(frozen=True)
class Contents:
    """What a database or a dump holds. `tables` maps "schema.table" to its number of rows; of the schema public, "table"."""

    version: str  # of the server, "18.6"
    tables: Mapping[str, int]

    @property
    def major(self) -> int:
        return int(self.version.partition(".")[0] or 0)

    @property
    def rows(self) -> int:
        return sum(self.tables.values())

    def __str__(self) -> str:
        if not self.tables:
            return "no tables"
        return f"{counted(len(self.tables), 'table')}, {counted(self.rows, 'row')}"


@dataclass(frozen=True)
class Database:
    """A database, and PostgreSQL programs that suit its server."""

    environ: Mapping[str, str]
    programs: Programs
    version: str  # of the server, "18.6"
    where: str  # for people: HOST:PORT
    log: Log

    @property
    def major(self) -> int:
        return int(self.version.partition(".")[0])

    def ask(self, sql: str) -> list[list[str]]:
        """The rows that SQL returns, those of all statements in order. Raises Failure if the server refuses."""
        return _asked(self.programs, self.environ, self.log, sql, self.where)

    def contents(self) -> Contents:
        """Tables with their rows; of large ones the server's estimate."""
        rows = self.ask(_TABLES)
        return Contents(self.version, {table(schema, name): int(count) for schema, name, count in rows})


def table(schema: str, name: str) -> str:
    return name if schema == "public" else f"{schema}.{name}"


def connect(url: str, log: Log, say: Say) -> Database:
    """The database at an address, with programs that are as new as its server. `say` is told when they are fetched.

    Raises Failure if the address is invalid, nothing answers, the password is wrong, or there are no such programs.
    """
    environ, where = libpq_environment(url)
    reasons: list[str] = []
    version = ""
    for programs in client_programs(say, reasons):
        version = version or _version(programs, environ, log, where)
        if programs.major >= int(version.partition(".")[0]):
            return Database(environ, programs, version, where, log)
        reasons.append(f"the programs in {programs.folder} are those of PostgreSQL {programs.version}")
    raise missing_programs(f"PostgreSQL {version.partition('.')[0]}" if version else "PostgreSQL", reasons)


def missing_programs(of: str, reasons: Sequence[str]) -> Failure:
    told = f" ({'; '.join(reasons)})" if reasons else ""
    return Failure(
        f"This needs pg_dump, pg_restore and psql for {of} or newer, which were not found{told}. Install them "
        "(https://www.postgresql.org/download/), then run this again.",
        anchor="database-programs-missing",
    )


def libpq_environment(url: str) -> tuple[dict[str, str], str]:
    """The environment in which libpq reaches an address, and HOST:PORT for people. From now on, logs hide its password.

    Raises Failure if it is not an address of a PostgreSQL database.
    """
    try:
        parts = urlsplit(url)
        scheme, port, query = parts.scheme.partition("+")[0], parts.port, dict(parse_qsl(parts.query))
    except ValueError:
        scheme = ""
    if scheme not in SCHEMES or not (parts.hostname or query.get("host")):
        raise Failure(
            "The database's address is not a PostgreSQL address: write it as postgres://USER:PASSWORD@HOST/NAME.",
            anchor="database-unreachable",
        )
    given = {
        "PGHOST": unquote(parts.hostname or ""),
        "PGPORT": str(port or ""),
        "PGUSER": unquote(parts.username or ""),
        "PGPASSWORD": unquote(parts.password or ""),
        "PGDATABASE": unquote(parts.path.removeprefix("/")),
        **{PARAMETERS[name]: value for name, value in query.items() if name in PARAMETERS},
    }
    if given["PGPASSWORD"]:
        hide(given["PGPASSWORD"])
    around = {name: value for name, value in outside_copier().items() if not name.startswith("PG")}
    around |= {"LC_ALL": "C", "LANGUAGE": "C", "PGCONNECT_TIMEOUT": "30", "PGCLIENTENCODING": "UTF8"}
    around |= {"PGPASSFILE": os.devnull, "PGAPPNAME": "deploy-overlay"}
    around |= {name: value for name, value in given.items() if value}
    return around, f"{given['PGHOST']}:{given['PGPORT'] or 5432}"


def connection_failure(errors: str, where: str) -> Failure | None:
    """The Failure if a program's errors are about the connection, else None."""
    said = re.findall(r"(?:FATAL|error): *(?:connection to server .*? failed: *)?(?:FATAL: *)?(.+)", errors)
    reason = next((one.strip() for one in said), "")
    login = "password authentication failed|no password supplied|role .* does not exist|no pg_hba.conf entry"
    if re.search(rf"{login}|permission denied for database", errors):
        return Failure(
            f"The database at {where} refused the login: {reason.rstrip('.')}. Its password may have been changed: check "
            "DATABASE_URL on the platform, then run this again.",
            anchor="database-unreachable",
        )
    if re.search(
        r"could not connect|connection to server (?:at|on) .* failed|could not translate host name|server closed the "
        r"connection|connection not open|could not receive data|could not send data|SSL SYSCALL|terminating connection|"
        r"lost synchronization|connection to server was lost|the database system is",
        errors,
    ):
        return Failure(
            f"The database at {where} does not answer, or the connection was lost: {reason.rstrip('.')}. Check the network "
            "and whether the database runs, then run this again.",
            anchor="database-unreachable",
        )
    return None


def first_error(errors: str) -> str:
    """The first error of a PostgreSQL program, without the program's name."""
    found = re.search(r"(?:^|\n)[^\n]*?\b(?:ERROR|FATAL|error|PANIC): *([^\n]+)", errors)
    lines = [line.strip() for line in errors.splitlines() if line.strip()]
    text = found[1] if found else lines[-1] if lines else "it printed nothing"
    return text.removeprefix("error: ").strip().rstrip(".")


def psql(programs: Programs) -> list[str]:
    """psql as it is asked here: no file of settings, no names of values in errors, and the first error is the end.

    An error's context has rows of the site, and its detail values of them.
    """
    options = ["--no-psqlrc", "--no-password", "--csv", "--tuples-only", "--quiet", f"--dbname={ALIVE}"]
    variables = {"ON_ERROR_STOP": "1", "SHOW_CONTEXT": "never", "VERBOSITY": "terse"}
    return [programs.program("psql"), *options, *(f"--set={name}={value}" for name, value in variables.items())]


def _asked(programs: Programs, environ: Mapping[str, str], log: Log, sql: str, where: str) -> list[list[str]]:
    done: Finished = run(
        [*psql(programs), "--file=-"],
        cwd=programs.folder,
        log=log,
        timeout=ANSWER,
        environ=environ,
        stdin=sql,
        apart=True,
        secret=True,
    )
    if done.status != 0:
        raise connection_failure(done.errors, where) or Failure(
            f"The database at {where} refused a query: {first_error(done.errors)}. Its user must be able to read every table: "
            "check its permissions, then run this again.",
            anchor="database-refused",
        )
    return [row for row in csv.reader(io.StringIO(done.output)) if row]


def _version(programs: Programs, environ: Mapping[str, str], log: Log, where: str) -> str:
    """170005 as 17.5: https://www.postgresql.org/docs/current/libpq-status.html#LIBPQ-PQSERVERVERSION"""
    rows = _asked(programs, environ, log, "SHOW server_version_num;", where)
    number = int(rows[0][0])
    return f"{number // 10_000}.{number % 10_000}"
