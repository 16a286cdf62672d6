"""The database that the project's production settings use."""

from __future__ import annotations

import ast
import re
from typing import Any

from ...base.evidence import Evidence, Fact
from ..dependencies.packages import installed
from ..production.installed_apps import production_names
from ..project import Project
from ..settings.values import DatabaseUrl

# https://github.com/jazzband/dj-database-url#url-schema and https://docs.djangoproject.com/en/stable/ref/settings/#engine
ENGINES = (
    ("postgresql", ("postgres", "postgis", "pgsql", "cockroach", "timescale", "redshift", "psycopg")),
    ("mysql", ("mysql", "mariadb")),
    ("oracle", ("oracle",)),
    ("sqlite", ("sqlite", "spatialite")),
)
DRIVERS = {
    "psycopg": "postgresql", "psycopg2": "postgresql", "psycopg2-binary": "postgresql", "psycopg-binary": "postgresql",
    "psycopg-c": "postgresql", "pg8000": "postgresql", "mysqlclient": "mysql", "pymysql": "mysql",
    "mysql-connector-python": "mysql", "cx-oracle": "oracle", "oracledb": "oracle",
}  # fmt: skip
_ENGINE = re.compile(
    r"^(django\.(contrib\.gis\.)?db\.backends\.\w+|[\w.]*\bbackends?\.\w+[\w.]*|(postgres(ql)?|postgis|mysql2?|mysqlgis|sqlite3?|spatialite|oracle|oraclegis)://.*)"
)


def family(engine: str) -> str:
    """ "postgresql", "mysql", "oracle", "sqlite" or "" for an ENGINE or the scheme of a URL."""
    text = engine.lower().partition("://")[0]
    return next((name for name, words in ENGINES if any(word in text for word in words)), "")


def django_database(project: Project) -> Fact:
    """The family of production's default database, "" when the project has none.

    A server named anywhere in the production settings counts before SQLite, which is often the fallback; a URL from
    the environment is of the family whose driver is installed.
    """
    seen = [(family(engine), place) for engine, place in engines_seen(project)]
    from_url = _url_variable(project)
    drivers: dict[str, Evidence] = {}
    for name, place in installed(project).items():
        if name in DRIVERS:
            drivers.setdefault(DRIVERS[name], place)
    if drivers and all("://" in engine for engine, _ in engines_seen(project)):
        # Only the default of a URL names an engine, and a default that nothing installed can open is not used.
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
        choices = tuple(drivers)
        return Fact(
            choices[0], (*([from_url] if from_url else []), *drivers.values()), choices if len(choices) > 1 else ()
        )
    if any(name == "sqlite" for name, _ in seen):
        return Fact("sqlite", tuple(place for name, place in seen if name == "sqlite"))
    return Fact("", (Evidence("", None, "no database engine is named"),))


def engines_seen(project: Project) -> list[tuple[str, Evidence]]:
    """Engines and URL schemes of the default database that production may use, each with its place.

    A value that a later one replaces for certain is not among them.
    """
    found: list[tuple[str, Evidence]] = project.once("engines", lambda: _engines(project))
    return found


def _engines(project: Project) -> list[tuple[str, Evidence]]:
    read = production_names(project)
    if read is None:
        return []
    found: list[tuple[str, Evidence]] = []
    place = read.places.get("DATABASES") or Evidence(read.path, None, "DATABASES")
    final = read.names.get("DATABASES")
    for value, where in [(final, place), *_not_replaced(read.possible.get("DATABASES", []), place)]:
        found += [(engine, where) for engine in _of_default(value)]
    if not any(family(engine) for engine, _ in found):
        found += _constants(project)
    return list(dict.fromkeys(found))


def _not_replaced(values: list[tuple[Any, Evidence, bool]], final: Evidence) -> list[tuple[Any, Evidence]]:
    """What a branch may still choose: values set conditionally in the file of the last certain one, or after it."""
    places = [place for _, place, _ in values]
    last = places.index(final) if final in places else -1
    return [
        (value, place)
        for position, (value, place, certain) in enumerate(values)
        if not certain and (position > last or place.path == final.path)
    ]


def _of_default(value: Any) -> list[str]:
    if not isinstance(value, dict):
        return []
    default = value.get("default")
    if isinstance(default, DatabaseUrl):
        return [default.default] if default.default else []
    if isinstance(default, dict):
        engine = default.get("ENGINE")
        return [engine] if isinstance(engine, str) else []
    return []


def _constants(project: Project) -> list[tuple[str, Evidence]]:
    """Engine names written anywhere in the production settings: for engines chosen in a way not followed."""
    module = str(project.fact("django_settings_module").value)
    run, _ = project.read_settings(module)
    found = []
    package = module.partition(".")[0]
    for path, read in run.modules.items():
        if not (read.dotted or "").startswith(package):
            continue
        tree = project.repository.tree(path)
        for node in ast.walk(tree) if tree else ():
            if not isinstance(node, ast.Constant) or not isinstance(node.value, str) or len(node.value) > 200:
                continue
            if _is_engine(node.value):
                found.append((node.value, Evidence(path, node.lineno, node.value[:80])))
    return found


def _is_engine(text: str) -> bool:
    if not _ENGINE.match(text) or not family(text):
        return False
    return not re.search(r"cache|session|email|storage|celery|broker|auth", text)


def _url_variable(project: Project) -> Evidence | None:
    """Where the default database comes from a URL in the environment."""
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
    run, _ = project.read_settings(str(project.fact("django_settings_module").value))
    for one in run.reads:
        if "DATABASE_URL" in one.variable:
            return one.place
    return None


def _engine_from_environment(project: Project) -> bool:
    run, _ = project.read_settings(str(project.fact("django_settings_module").value))
    return any(re.search(r"ENGINE|DB_TYPE|DB_BACKEND|DATABASE_TYPE", one.variable) for one in run.reads)
