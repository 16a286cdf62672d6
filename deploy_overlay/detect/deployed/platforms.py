"""The platforms on which the project already is, by their files."""

from __future__ import annotations

from ...base.evidence import Evidence, Fact
from ..project import Project


def django_platforms(project: Project) -> Fact:
    """Names of the platforms whose files the project has, sorted, without the overlay's files."""
    found: dict[str, list[Evidence]] = {}
    for name in sorted(project.platforms):
        places = project.platforms[name](project)
        if places:
            found[name] = places
    return Fact(list(found), tuple(place for places in found.values() for place in places))
