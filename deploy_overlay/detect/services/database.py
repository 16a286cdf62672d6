"""The database of the production settings."""

from __future__ import annotations

import re

from ...base.evidence import Evidence, Fact
from ..dependencies import installed
from ..deployed import deploy_files
from ..production import engines_seen, family, production_names, production_run
from ..project import Project
from ..settings import DatabaseUrl

DRIVERS = {
    "psycopg": "postgresql", "psycopg2": "postgresql", "psycopg2-binary": "postgresql", "psycopg-binary": "postgresql",
    "psycopg-c": "postgresql", "pg8000": "postgresql", "mysqlclient": "mysql", "pymysql": "mysql",
    "mysql-connector-python": "mysql", "cx-oracle": "oracle", "oracledb": "oracle",
}  # fmt: skip
# The address of a server, or its image.
_SERVER = re.compile(
    r"\b(?P<name>postgres(?:ql)?|postgis|mysql)2?(?:\+\w+)?://|^\s*image:\s*[\"']?(?:\S*/)?(?P<image>postgres|postgis|mysql|mariadb)\b"
)


def django_database(project: Project) -> Fact:
    """The family of production's default database, "" if the project has none.

    A server anywhere in the production settings counts more than SQLite, which is often the fallback. A URL from the
    environment has the family of the installed driver.
    """
    seen = [(family(engine), place) for engine, place in engines_seen(project)]
    from_url = _url_variable(project)
    drivers: dict[str, Evidence] = {}
    for name, place in installed(project).items():
        if name in DRIVERS:
            drivers.setdefault(DRIVERS[name], place)
    if drivers and all("://" in engine for engine, _ in engines_seen(project)):
        # Only a URL's default has an engine, and a default without an installed driver is not used.
        seen = [(name, place) for name, place in seen if name == "sqlite" or name in drivers]
    servers = [(name, place) for name, place in seen if name not in ("", "sqlite")]
    names = sorted(dict.fromkeys(name for name, _ in servers), key=lambda name: name != "postgresql")
    if len(names) > 1:
        preferred = [name for name in names if name in drivers] or names
        values = tuple(preferred)
        return Fact(values[0], tuple(place for _, place in servers), values if len(values) > 1 else ())
    if names:
        return Fact(names[0], tuple(place for _, place in servers))
    if drivers and (from_url or not seen or any(name == "" for name, _ in seen) or _engine_from_environment(project)):
        choices = tuple(sorted(drivers, key=lambda name: name != "postgresql"))
        deployed = _deployed(project) if len(choices) > 1 else {}
        if len(deployed) == 1 and deployed.keys() <= drivers.keys():
            name, place = deployed.popitem()
            return Fact(name, (*([from_url] if from_url else []), place))
        return Fact(
            choices[0], (*([from_url] if from_url else []), *drivers.values()), choices if len(choices) > 1 else ()
        )
    if any(name == "sqlite" for name, _ in seen):
        return Fact("sqlite", tuple(place for name, place in seen if name == "sqlite"))
    return Fact("", (Evidence("", None, "no database engine is set"),))


def _deployed(project: Project) -> dict[str, Evidence]:
    """The families of servers that deployment files start or whose address they give."""
    found: dict[str, Evidence] = {}
    for file in deploy_files(project):
        for match, place in file.matches(_SERVER):
            found.setdefault("postgresql" if (match["name"] or match["image"]).startswith("post") else "mysql", place)
    return found


def _url_variable(project: Project) -> Evidence | None:
    """The place where the default database comes from a URL in the environment."""
    read = production_names(project)
    if read is None:
        return None
    values = [
        (read.names.get("DATABASES"), read.places.get("DATABASES")),
        *((value, place) for value, place, _ in read.possible.get("DATABASES", [])),
    ]
    for value, place in values:
        default = value.get("default") if isinstance(value, dict) else None
        if isinstance(default, DatabaseUrl) and (default.variable or not default.default):
            return place or Evidence(read.path, None, "DATABASES from a URL")
        if value is not None and isinstance(default, dict) and place is None:
            continue
    run, _ = production_run(project)
    for one in run.reads:
        if "DATABASE_URL" in one.variable:
            return one.place
    return None


def _engine_from_environment(project: Project) -> bool:
    run, _ = production_run(project)
    return any(re.search(r"ENGINE|DB_TYPE|DB_BACKEND|DATABASE_TYPE", one.variable) for one in run.reads)
