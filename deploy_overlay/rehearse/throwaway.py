"""Databases for one rehearsal on a server: random names, empty, dropped at the end, also after Ctrl-C."""

from __future__ import annotations

import contextlib
import secrets
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from urllib.parse import parse_qs, quote, urlsplit, urlunsplit

from ..base.message import Failure
from ..base.programs import last_line
from ..base.scrub import hide, scrubbed
from .interruption import held
from .stage import Result, Stage

SERVER = "REHEARSAL_SERVER"
SCRIPT = Path(__file__).resolve().parent / "inside" / "throwaway.py"
SCHEMES = ("postgres", "postgresql", "postgis")
FORM = "postgres://USER:PASSWORD@HOST:5432/postgres"


class NotCreated(Exception):
    """A database could not be created; the text is the server's or the driver's."""


def server_address(given: str) -> str:
    """The address of --postgres as libpq takes it; from now on, no log shows its password.

    Raises Failure if it is no address of a PostgreSQL server.
    """
    try:
        parts = urlsplit(given)
        known = parts.scheme in SCHEMES and (parts.hostname or "host=" in parts.query) and (parts.port or True)
    except ValueError:
        known = False
    if not known:
        raise Failure(
            f"--postgres does not name a PostgreSQL server: {scrubbed(given)!r}. Give its address, as in --postgres {FORM}.",
            anchor="rehearsal-postgres",
        )
    if parts.password:
        hide(parts.password)
    query = parts.query
    if "sslmode" not in parse_qs(query):
        # What libpq does where nothing is said: settings that demand TLS of production's server may not of this one.
        # https://www.postgresql.org/docs/current/libpq-ssl.html#LIBPQ-SSL-PROTECTION
        query = f"{query}&sslmode=prefer".lstrip("&")
    path = parts.path if parts.path.strip("/") else "/postgres"
    return urlunsplit(parts._replace(scheme="postgres", path=path, query=query))


def random_name() -> str:
    return f"rehearsal_{secrets.token_hex(6)}"


def address_of(server: str, name: str) -> str:
    """The address of another database on the same server."""
    return urlunsplit(urlsplit(server)._replace(path=f"/{quote(name, safe='')}"))


@contextlib.contextmanager
def throwaway_databases(stage: Stage, environ: Mapping[str, str], server: str, names: Sequence[str]) -> Iterator[str]:
    """Create empty databases on a server, and drop them on leaving; yields the server's version, "18.6".

    `server` is an address whose own database is only connected to. Its user needs the right to create databases
    (CREATEDB), and nothing else: https://www.postgresql.org/docs/current/role-attributes.html

    Raises:
        NotCreated: the server does not answer or refuses.
    """
    made: list[str] = []
    version = ""
    try:
        for name in names:
            with held():
                created = _ask(stage, environ, server, "create", name)
                if created.code == 0:
                    made.append(name)
            if created.code != 0:
                raise NotCreated(last_line(created.output))
            version = _readable(last_line(created.output))
        yield version
    finally:
        with held():
            if made and (dropped := _ask(stage, environ, server, "drop", *made)).code != 0:
                print(
                    f"These databases could not be dropped: {', '.join(made)} ({last_line(dropped.output)}). "
                    f"Drop each by hand: DROP DATABASE {made[0]} WITH (FORCE);",
                    file=sys.stderr,
                )


def _ask(stage: Stage, environ: Mapping[str, str], server: str, action: str, *names: str) -> Result:
    return stage.run([str(stage.python), str(SCRIPT), action, *names], {**environ, SERVER: server})


def _readable(number: str) -> str:
    """180006 as 18.6: https://www.postgresql.org/docs/current/libpq-status.html#LIBPQ-PQSERVERVERSION"""
    return f"{int(number) // 10_000}.{int(number) % 10_000}" if number.isdecimal() else ""
