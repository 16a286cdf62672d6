"""What a project declares: for production, and elsewhere (development groups, extras, constraints)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import NamedTuple

from ...base.requirements import Requirement


class Declared(NamedTuple):
    """Requirements by canonical name."""

    production: Mapping[str, Requirement] = MappingProxyType({})
    elsewhere: Mapping[str, Requirement] = MappingProxyType({})


def declared(requirements: Iterable[Requirement], python: str, constraints: Iterable[Requirement] = ()) -> Declared:
    """Those that are always installed are production's; the others, and constraints, may fix versions all the same."""
    everything = list(requirements)
    production = [requirement for requirement in everything if not requirement.group]
    elsewhere = [requirement for requirement in everything if requirement.group]
    return Declared(_by_name(production, python), _by_name([*elsewhere, *constraints], python))


def _by_name(requirements: Iterable[Requirement], python: str) -> dict[str, Requirement]:
    """Those that hold in production; the first of a name counts."""
    found: dict[str, Requirement] = {}
    for requirement in requirements:
        if requirement.name not in found and requirement.holds(python):
            found[requirement.name] = requirement
    return found
