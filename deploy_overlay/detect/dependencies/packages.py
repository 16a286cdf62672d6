"""The packages that the project requires, and those that are installed from its lock, for a Python version."""

from __future__ import annotations

from ...base.message import Failure
from ...base.requirements import Requirement
from ..project import Project
from .dependency_files import packages_of
from .manifests import read_folder
from .selected import selected


def declared(project: Project) -> list[Requirement]:
    """What the project requires except for development, on every system and Python."""
    try:
        path = str(project.fact("django_dependency_root").value)
        manager = project.fact("django_dependency_manager").value
    except Failure:
        return []  # refused by its own fact; other facts are still useful
    folder = read_folder(project, path)
    if manager == "pipenv":
        found = list(folder.pipfile or [])
    elif manager in ("pip", "pip-tools") and folder.requirements and folder.uses_requirements:
        found = folder.of_requirements
    else:
        found = list(folder.pyproject)
    parts = selected(project).parts
    return [one for one in found if not one.development and (not one.group or one.group in parts)]


def constraints(project: Project) -> list[Requirement]:
    """Versions that requirements files constrain with -c."""
    try:
        folder = read_folder(project, str(project.fact("django_dependency_root").value))
    except Failure:
        return []
    return folder.requirements.constraints if folder.requirements and folder.uses_requirements else []


def locked_on(project: Project, python: str) -> dict[str, str]:
    """Names and versions that are installed from the lock on that Python; {} without a lock."""
    found: dict[str, str] = project.once(("locked", python), lambda: _locked_on(project, python))
    return found


def _locked_on(project: Project, python: str) -> dict[str, str]:
    try:
        path = str(project.fact("django_dependency_root").value)
        manager = str(project.fact("django_dependency_manager").value)
    except Failure:
        return {}
    folder = read_folder(project, path)
    packages = packages_of(project, folder, manager)
    if not packages:
        return {}
    from ...base.lock_files import installed_packages  # many projects have no lock file

    wanted = declared(project)
    if folder.dynamic:
        # The build backend computes the dependencies, and uv's lock has them with the project.
        wanted = [*wanted, *(item for package in packages if package.local for item in package.needs)]
    return installed_packages(packages, wanted, python)
