"""What the database here lacks and production's may have: then a failed release proves nothing.

The words are those of PostgreSQL (src/backend/commands/extension.c, collationcmds.c) and of Django's backends.
"""

from __future__ import annotations

import re

from .throwaway import FORM

EXTENSION = (
    r'extension "(?P<name>[^"]+)" is not available',
    r'could not open extension control file "[^"]*?(?P<name>[^"/\\]+)\.control"',
    r'could not (?:load library|access file) "[^"]*?(?P<name>[^"/\\.]+?)(?:-\d+)?(?:\.(?:so|dylib|dll))?"',
    r'(?:extension )?"?(?P<name>\w+)"? (?:must be (?:pre)?loaded|can only be loaded) via shared_preload_libraries',
    r'extension "(?P<name>[^"]+)" must be preloaded',
    r'permission denied to create extension "(?P<name>[^"]+)"',
)
# What a server is built with or finds on its machine.
BUILT = (
    (r"ICU is not supported in this build", "ICU, with which PostgreSQL sorts in many languages"),
    (r'collation "(?P<name>[^"]+)" for encoding "[^"]+" does not exist', "the collation {name}"),
    (r'could not create locale "(?P<name>[^"]+)"', "the locale {name}"),
    (r"requires the server to be built with (?P<name>\w+) support", "support for {name}"),
    (r"compression method (?P<name>\w+) not supported", "compression with {name}"),
)
NO_TLS = "server does not support SSL, but SSL was required"
TOO_OLD = r"(?P<name>PostgreSQL|PostGIS|SQLite|MySQL|MariaDB) (?P<wanted>[\d.]+) or later is required \(found (?P<found>[\d.]+)"
IMAGES = {  # https://hub.docker.com/r/postgis/postgis, https://hub.docker.com/r/pgvector/pgvector
    "postgis": "postgis/postgis",
    "vector": "pgvector/pgvector:pg18",
    "timescaledb": "timescale/timescaledb:latest-pg18",
}
PORT = 54320  # a server of the developer has 5432
IN_DOCKER = "docker run --rm -d -p 127.0.0.1:{port}:5432 -e POSTGRES_USER=USER -e POSTGRES_PASSWORD=PASSWORD {image}"
ON_DOCKER = "--postgres postgres://USER:PASSWORD@127.0.0.1:{port}/postgres"


def unproven_extension(output: str) -> str:
    """A sentence on the extension or feature that the server here lacks, and how to get it; empty for other errors.

    `output` is what a migration printed: its last error counts.
    """
    error = last_error(output)
    for pattern in EXTENSION:
        if found := re.search(pattern, error):
            name = "postgis" if found["name"].startswith("postgis") else found["name"]
            refused = "permission denied" in found[0]
            lacks = "This server's user may not create" if refused else "The server here does not have"
            return f"{lacks} the PostgreSQL extension {name}. {_another_server(name)}"
    if NO_TLS in error:
        return f"The settings require TLS for the database, which the server here does not offer. {_name_one()}"
    for pattern, what in BUILT:
        if found := re.search(pattern, error):
            return f"The server here does not have {what.format_map(found.groupdict())}. {_another_server('')}"
    return ""


def unproven_version(output: str) -> str:
    """A sentence if Django refuses the server or the library here as too old; empty for other errors."""
    found = re.search(TOO_OLD, last_error(output))
    if not found:
        return ""
    return (
        f"This version of Django needs {found['name']} {found['wanted']}, and this machine has {found['found']}. "
        f"{_another_server('')}"
    )


def last_error(output: str) -> str:
    """The error that ended a program: everything from its last traceback on, else the last lines."""
    _, traceback, rest = output.rpartition("Traceback (most recent call last)")
    return rest if traceback else "\n".join(output.splitlines()[-20:])


def _name_one() -> str:
    return f"Run this again and name a server that has it: --postgres {FORM}."


def _another_server(extension: str) -> str:
    """How to run against a server that has it."""
    if extension and extension not in IMAGES:
        return _name_one()
    start = IN_DOCKER.format(port=PORT, image=IMAGES.get(extension, "postgres"))
    return f"Run this again with such a server: `{start}`, then {ON_DOCKER.format(port=PORT)}."
