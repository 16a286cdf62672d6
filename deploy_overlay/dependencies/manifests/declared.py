"""What a project declares: for production, and elsewhere (development groups, extras, constraints)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from types import MappingProxyType
from typing import NamedTuple

from ...base.requirements import Requirement


class Declared(NamedTuple):
    """Requirements by canonical name."""

    production: Mapping[str, Requirement] = MappingProxyType({})
    elsewhere: Mapping[str, Requirement] = MappingProxyType({})


def declared(
    requirements: Iterable[Requirement],
    python: str,
    constraints: Iterable[Requirement] = (),
    groups: Collection[str] = (),
) -> Declared:
    """Production's are those that are always installed, and of these groups and extras; others may fix versions all the same."""
    taken = {"", *groups, *(f"{kind} {name}" for kind in ("group", "extra") for name in groups)}
    everything = list(requirements)
    production = [requirement for requirement in everything if requirement.group in taken]
    elsewhere = [requirement for requirement in everything if requirement.group not in taken]
    return Declared(_by_name(production, python), _by_name([*elsewhere, *constraints], python))


def _by_name(requirements: Iterable[Requirement], python: str) -> dict[str, Requirement]:
    """Those that hold in production; the first of a name counts."""
    found: dict[str, Requirement] = {}
    for requirement in requirements:
        if requirement.name not in found and requirement.holds(python):
            found[requirement.name] = requirement
    return found
