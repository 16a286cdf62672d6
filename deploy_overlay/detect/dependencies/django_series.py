"""The Django series that is installed on a Python version."""

from __future__ import annotations

import re

from ...base.evidence import Evidence
from ...base.versions import minor, newest_django, pinned, version
from ..project import Project
from .manifests import read_folder
from .packages import constraints, declared, locked_on


def version_on(project: Project, python: str) -> tuple[str, Evidence | None]:
    """The series that is installed on that Python, supported or not; "" for none."""
    result: tuple[str, Evidence | None] = project.once(("django", python), lambda: _found(project, python))
    return result


def _found(project: Project, python: str) -> tuple[str, Evidence | None]:
    locked = locked_on(project, python).get("django", "")
    if locked:
        manager = str(project.fact("django_dependency_manager").value)
        folder = read_folder(project, str(project.fact("django_dependency_root").value))
        return minor(locked), Evidence(folder.locks.get(manager, ""), None, f"django {locked} is locked")
    asked = [item for item in declared(project) if item.name == "django" and item.holds(python)]
    if not asked:
        return "", None
    limits = [item for item in constraints(project) if item.name == "django" and item.holds(python)]
    for requirement in (*asked, *limits):
        exact = pinned(requirement.constraint)
        if exact:
            return minor(exact) or f"{exact}.0", requirement.place
    constraint = ",".join(item.constraint for item in (*asked, *limits) if item.constraint)
    series = newest_django(constraint, python)
    if not series:
        # No known series is allowed: it is too old, or newer than this program.
        numbers = re.findall(r"\d+(?:\.\d+)*", constraint)
        series = minor(max(numbers, key=version)) if numbers else ""
        if numbers and re.search(r"<\s*" + re.escape(max(numbers, key=version)), constraint):
            series = minor(min(numbers, key=version)) or f"{min(numbers, key=version)}.0"
    return series, asked[0].place
