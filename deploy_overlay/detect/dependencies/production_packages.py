"""The packages that production installs: on Linux, with production's Python."""

from __future__ import annotations

from ...base.evidence import Evidence
from ...base.requirements import Requirement
from ..project import Project
from .manifests import read_folder
from .packages import declared, locked_on
from .production_python import production_python


def requirements(project: Project) -> list[Requirement]:
    """The declared requirements of production."""
    python = production_python(project)
    return [requirement for requirement in declared(project) if requirement.holds(python)]


def locked_versions(project: Project) -> dict[str, str]:
    """Names and versions that production installs from the lock; {} without one."""
    return locked_on(project, production_python(project))


def installed(project: Project) -> dict[str, Evidence]:
    """Canonical names of the packages known to be installed, with their place."""
    found = {requirement.name: requirement.place for requirement in requirements(project)}
    versions = locked_versions(project)
    if not versions:
        return found
    path = str(project.fact("django_dependency_root").value)
    manager = str(project.fact("django_dependency_manager").value)
    folder = read_folder(project, path)
    lock = folder.locks.get(manager, "")
    for_development = {requirement.name for requirement in folder.pyproject if requirement.development}
    for name in versions:
        if name not in found and name not in for_development:
            found[name] = Evidence(lock, None, f"{name} is locked")
    return found
