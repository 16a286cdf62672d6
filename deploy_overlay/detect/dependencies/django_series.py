"""The series of Django that will be installed."""

from __future__ import annotations

import re

from ...base.evidence import Evidence, Fact
from ...base.message import Failure
from ...base.versions import OLDEST_DJANGO, minor, newest_django, pinned, version
from ..project import Project
from .manifests import read_folder
from .named_python import fixed_python
from .packages import locked_versions, requirements


def django_version(project: Project) -> Fact:
    """The series ("5.2") from the lock or a pin, else the newest that the constraint allows, "" when unknown.

    Raises Failure below 4.2.
    """
    series, evidence = found_version(project)
    refuse_old(series, evidence)
    return Fact(series, (evidence,) if evidence else ())


def refuse_old(series: str, evidence: Evidence | None) -> None:
    """Raise Failure for a Django older than the overlay supports."""
    if series and version(series) < version(OLDEST_DJANGO):
        raise Failure(
            f"{_where(evidence)} installs Django {series}, and the overlay needs {OLDEST_DJANGO} or newer. "
            "Upgrade Django (https://docs.djangoproject.com/en/stable/howto/upgrade-version/), commit, "
            "and run this again.",
            anchor="django-too-old",
        )


def _where(evidence: Evidence | None) -> str:
    if evidence is None:
        return "The project"
    return f"{evidence.path}:{evidence.line}" if evidence.line else evidence.path


def found_version(project: Project) -> tuple[str, Evidence | None]:
    """The series without judging it. Kept apart so that the Python version can be chosen for an old Django too."""
    result: tuple[str, Evidence | None] = project.once("django version", lambda: _found(project))
    return result


def _found(project: Project) -> tuple[str, Evidence | None]:
    manager = str(project.fact("django_dependency_manager").value)
    locked = locked_versions(project).get("django", "")
    if locked:
        folder = read_folder(project, str(project.fact("django_dependency_root").value))
        return minor(locked), Evidence(folder.locks.get(manager, ""), None, f"django {locked} is locked")
    declared = [requirement for requirement in requirements(project) if requirement.name == "django"]
    for requirement in declared:
        exact = pinned(requirement.constraint)
        if exact:
            return minor(exact) or f"{exact}.0", requirement.place
    if not declared:
        return "", None
    constraint = ",".join(requirement.constraint for requirement in declared if requirement.constraint)
    python = re.sub(r"^$", "3.14", _python(project))
    series = newest_django(constraint, python)
    if not series:
        # Nothing that we know is allowed: an old one, or one newer than this program.
        numbers = re.findall(r"\d+(?:\.\d+)*", constraint)
        series = minor(max(numbers, key=version)) if numbers else ""
        if numbers and re.search(r"<\s*" + re.escape(max(numbers, key=version)), constraint):
            series = minor(min(numbers, key=version)) or f"{min(numbers, key=version)}.0"
    return series, declared[0].place


def _python(project: Project) -> str:
    found = fixed_python(project)
    return found[0] if found else ""
