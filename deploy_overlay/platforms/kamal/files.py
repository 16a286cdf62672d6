"""What Kamal's files depend on besides the plan: where the server is, and what a site is called there."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from ...base.answers import text
from ...base.platform import Values
from ...plan.names import database_name, domains

# A host may be one of the user's own SSH configuration.
_SERVER = re.compile(
    r"(?:(?P<user>[a-z_][a-z0-9_-]*)@)?(?P<host>[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?)(?::(?P<port>[1-9]\d{0,4}))?"
)
STAGING = "staging"


class Server(NamedTuple):
    """Where Kamal logs in. It takes user and port from its own configuration, the rest from the user's for SSH.

    https://kamal-deploy.org/docs/configuration/ssh/
    """

    host: str
    user: str = "root"
    port: int = 22


def server(answers: Values) -> Server:
    """The server of the answers; the first domain where none is named."""
    named = domains(answers.get("deploy_domains"))
    found = _SERVER.fullmatch(text(answers, "kamal_server", named[0] if named else "server.example.com"))
    return Server(found["host"], found["user"] or "root", int(found["port"] or 22)) if found else Server("invalid")


class Site(NamedTuple):
    """What one environment of a site is called on the server."""

    service: str  # begins the names of its containers and volumes
    database: str  # its user and its database
    postgres: str  # the container that has the database
    redis: str


def site(answers: Values, environment: str = "") -> Site:
    """Production has no name of an environment."""
    service = "-".join(filter(None, (text(answers, "deploy_name", "site"), environment)))
    return Site(
        service=service,
        database=database_name(service),
        postgres=f"{text(answers, 'kamal_postgres_site', service)}-postgres",
        redis=f"{service}-redis",
    )


def own(answers: Values) -> dict[str, Any]:
    """`server`, and by environment what the `site` is called; `shared` where another site has the database."""
    return {
        "server": server(answers)._asdict(),
        "site": site(answers)._asdict(),
        "staging": site(answers, STAGING)._asdict(),
        "shared": bool(answers.get("kamal_postgres_site")),
    }
