"""Whether a required version is older than the package's first wheel for a Python, and would be compiled."""

from __future__ import annotations

from ...base.evidence import Evidence
from ...base.system_packages import first_wheels
from ..project import Project
from .packages import declared, locked_on

_NEWEST = "9999"  # newer than any release


def has_wheel(name: str, constraint: str, python: str) -> bool | None:
    """Whether the newest allowed version has a wheel; None if the first wheel for that Python is unknown."""
    from packaging.specifiers import InvalidSpecifier, SpecifierSet
    from packaging.version import InvalidVersion, Version

    first = first_wheels().get(name, {}).get(python)
    if first is None:
        return None
    try:
        allowed = SpecifierSet(constraint)
        least = [
            Version(one.version.removesuffix(".*")) for one in allowed if one.operator in ("==", "===", "~=", ">=", ">")
        ]
    except (InvalidSpecifier, InvalidVersion):
        return None
    # What excludes single versions alone, such as !=2.1.0, allows newer ones.
    return allowed.contains(first) or allowed.contains(_NEWEST) or any(version >= Version(first) for version in least)


def without_wheel_on(project: Project, python: str) -> dict[str, Evidence]:
    """Packages that would be compiled on that Python, although another release has a wheel."""
    asked = [item for item in declared(project) if item.holds(python)]
    places = {item.name: item.place for item in asked}
    locked = {name: f"=={version}" for name, version in locked_on(project, python).items()}
    constraints = locked or {item.name: item.constraint for item in asked}
    return {
        name: places.get(name, Evidence("", None, f"{name} is locked"))
        for name, constraint in constraints.items()
        if has_wheel(name, constraint, python) is False
    }
