"""What Kamal's files need besides the plan: the server, and names on it."""

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
    """Where Kamal logs in. User and port come from its configuration, the rest from the user's SSH configuration.

    https://kamal-deploy.org/docs/configuration/ssh/
    """

    host: str
    user: str = "root"
    port: int = 22


def server(answers: Values) -> Server:
    """The server in the answers, or else the first domain."""
    named = domains(answers.get("deploy_domains"))
    found = _SERVER.fullmatch(text(answers, "kamal_server", named[0] if named else "server.example.com"))
    return Server(found["host"], found["user"] or "root", int(found["port"] or 22)) if found else Server("invalid")


class Site(NamedTuple):
    """Names of a site's environment on the server."""

    service: str  # begins the names of its containers and volumes
    database: str  # its user and its database
    postgres: str  # the container that has the database
    redis: str


def site(answers: Values, environment: str = "") -> Site:
    """Names of an environment; production's have no suffix."""
    service = "-".join(filter(None, (text(answers, "deploy_name", "site"), environment)))
    return Site(
        service=service,
        database=database_name(service),
        postgres=f"{text(answers, 'kamal_postgres_site', service)}-postgres",
        redis=f"{service}-redis",
    )


def variables(answers: Values) -> list[str]:
    """Those that the site gets beside what it needs."""
    return [name.strip() for name in text(answers, "kamal_variables").split(",") if name.strip()]


def own(answers: Values) -> dict[str, Any]:
    """`server`, names by environment, other `variables`, and `shared` if another site has the database."""
    return {
        "server": server(answers)._asdict(),
        "site": site(answers)._asdict(),
        "staging": site(answers, STAGING)._asdict(),
        "variables": variables(answers),
        "shared": bool(answers.get("kamal_postgres_site")),
    }
