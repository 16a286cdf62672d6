"""The database engines that the production settings name."""

from __future__ import annotations

import ast
import re
from typing import Any

from ...base.evidence import Evidence
from ..project import Project
from ..settings import DatabaseUrl
from .names import production_names

# https://github.com/jazzband/dj-database-url#url-schema and https://docs.djangoproject.com/en/stable/ref/settings/#engine
ENGINES = (
    ("postgresql", ("postgres", "postgis", "pgsql", "cockroach", "timescale", "redshift", "psycopg")),
    ("mysql", ("mysql", "mariadb")),
    ("oracle", ("oracle",)),
    ("sqlite", ("sqlite", "spatialite")),
)
_ENGINE = re.compile(
    r"^(django\.(contrib\.gis\.)?db\.backends\.\w+|[\w.]*\bbackends?\.\w+[\w.]*|(postgres(ql)?|postgis|mysql2?|mysqlgis|sqlite3?|spatialite|oracle|oraclegis)://.*)"
)


def family(engine: str) -> str:
    """ "postgresql", "mysql", "oracle", "sqlite" or "" for an ENGINE or the scheme of a URL."""
    text = engine.lower().partition("://")[0]
    return next((name for name, words in ENGINES if any(word in text for word in words)), "")


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
