"""The database engines that the production settings name."""

from __future__ import annotations

import ast
from typing import Any

from ...base.evidence import Evidence
from ..project import Project
from ..settings import DatabaseUrl
from .branching import Side, side_of_place
from .chosen import chosen_engines, family, imported_beside, is_engine
from .names import production_names, production_run


def engines_seen(project: Project) -> list[tuple[str, Evidence]]:
    """Engines and URL schemes of the default database that production may use, each with its place.

    Without values that a later one certainly replaces.
    """
    found: list[tuple[str, Evidence]] = project.once("engines", lambda: _engines(project))
    return found


def _engines(project: Project) -> list[tuple[str, Evidence]]:
    read = production_names(project)
    if read is None:
        return []
    found: list[tuple[str, Evidence, Side]] = []
    place = read.places.get("DATABASES") or Evidence(read.path, None, "DATABASES")
    values = read.possible.get("DATABASES", [])
    final = read.names.get("DATABASES")
    for value, where in [(final, place), *_not_replaced(project, values, place)]:
        found += [(engine, where, side_of_place(project, where)) for engine in _of_default(value)]
    found += chosen_engines(project, read, [place, *(where for _, where in _not_replaced(project, values, place))])
    if not any(family(engine) for engine, _, _ in found):
        return list(dict.fromkeys(_constants(project)))
    for_production = [one for one in found if one[2] == "production" and family(one[0])]
    kept = for_production or [one for one in found if one[2] != "development"] or found
    return list(dict.fromkeys((engine, where) for engine, where, _ in kept))


def _not_replaced(
    project: Project, values: list[tuple[Any, Evidence, bool]], final: Evidence
) -> list[tuple[Any, Evidence]]:
    """Values that a branch may still choose: set conditionally in the file of the last certain value, or later."""
    places = [place for _, place, _ in values]
    last = places.index(final) if final in places else -1
    return [
        (value, place)
        for position, (value, place, certain) in enumerate(values)
        if not certain and (position > last or place.path == final.path or imported_beside(project, place, final))
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
    """Engine names anywhere in the production settings, for engines chosen in ways that cannot be followed."""
    module = str(project.fact("django_settings_module").value)
    run, _ = production_run(project)
    found = []
    package = module.partition(".")[0]
    for path, read in run.modules.items():
        if not (read.dotted or "").startswith(package):
            continue
        tree = project.repository.tree(path)
        for node in ast.walk(tree) if tree else ():
            if not isinstance(node, ast.Constant) or not isinstance(node.value, str) or len(node.value) > 200:
                continue
            if is_engine(node.value):
                found.append((node.value, Evidence(path, node.lineno, node.value[:80])))
    return found
