"""The Python packages that the project installs."""

from __future__ import annotations

from ...base.evidence import Evidence
from ...base.message import Failure
from ..project import Project
from .dependency_files import workspace_lock
from .manifests import read_folder
from .requirements import Requirement, locked


def requirements(project: Project) -> list[Requirement]:
    """What production installs as far as it is declared; development's own left out."""
    try:
        path = str(project.fact("django_dependency_root").value)
        manager = project.fact("django_dependency_manager").value
    except Failure:
        return []  # refused where it is asked for; the other facts are still of use
    folder = read_folder(project, path)
    if manager == "pipenv":
        found = list(folder.pipfile or [])
    elif manager in ("pip", "pip-tools") and folder.requirements and folder.uses_requirements:
        found = list(folder.requirements.requirements)
        if folder.requirements.installs_project:
            found += folder.pyproject
    else:
        found = list(folder.pyproject)
    return [requirement for requirement in found if not requirement.development]


def locked_versions(project: Project) -> dict[str, str]:
    """Names and versions that the lock file fixes, {} without one."""
    try:
        path = str(project.fact("django_dependency_root").value)
        manager = str(project.fact("django_dependency_manager").value)
    except Failure:
        return {}
    folder = read_folder(project, path)
    if manager in folder.packages:
        return folder.packages[manager]
    if manager == "uv":
        lock = workspace_lock(project, path)
        return locked(project.repository, lock) if lock else {}
    return {}


def installed(project: Project) -> dict[str, Evidence]:
    """Normalised names of the packages known to be installed, with where each is named."""
    found = {requirement.name: requirement.place for requirement in requirements(project)}
    versions = locked_versions(project)
    if not versions:
        return found
    path = str(project.fact("django_dependency_root").value)
    manager = str(project.fact("django_dependency_manager").value)
    lock = read_folder(project, path).locks.get(manager, "")
    declared_for_development = {
        requirement.name for requirement in read_folder(project, path).pyproject if requirement.development
    }
    for name in versions:
        if name not in found and name not in declared_for_development:
            found[name] = Evidence(lock, None, f"{name} is locked")
    return found
