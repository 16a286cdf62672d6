"""What a project declares: for production, and elsewhere (development groups, extras, constraints)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from .requirement import Requirement, holds_in_production, parse


class Declared(NamedTuple):
    """Requirements by canonical name."""

    production: Mapping[str, Requirement] = MappingProxyType({})
    elsewhere: Mapping[str, Requirement] = MappingProxyType({})


def by_name(requirements: Iterable[Requirement | None], python: str) -> dict[str, Requirement]:
    """Those that hold in production; the first of a name counts."""
    found: dict[str, Requirement] = {}
    for requirement in requirements:
        if requirement is not None and requirement.name not in found and holds_in_production(requirement, python):
            found[requirement.name] = requirement
    return found


def standard_project(pyproject: Mapping[str, Any], python: str) -> Declared:
    """Of `[project]` and `[dependency-groups]`: only `[project] dependencies` are installed in production.

    https://packaging.python.org/en/latest/specifications/pyproject-toml/
    https://packaging.python.org/en/latest/specifications/dependency-groups/
    """
    project = _table(pyproject, "project")
    other = [*_table(project, "optional-dependencies").values(), *_table(pyproject, "dependency-groups").values()]
    production = by_name(map(parse, texts(project.get("dependencies"))), python)
    elsewhere = by_name((parse(text) for group in other for text in texts(group)), python)
    return Declared(production, elsewhere)


def _table(tables: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = tables.get(name)
    return found if isinstance(found, dict) else {}


def texts(value: object) -> list[str]:
    """The strings of a list; a group may also hold tables such as {include-group = "test"}."""
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


def table(tables: Mapping[str, Any], *names: str) -> Mapping[str, Any]:
    """The table at a dotted path, empty when there is none."""
    for name in names:
        tables = _table(tables, name)
    return tables
