"""uv: https://docs.astral.sh/uv/concepts/projects/dependencies/"""

from __future__ import annotations

from collections.abc import Sequence

from ..base.requirement_tables import pyproject_requirements, table
from . import Project
from .manifests import pyproject
from .manifests.declared import Declared
from .manifests.declared import declared as declared_by
from .run_manager import run_tool

PYPROJECT = "pyproject.toml"
LOCK = "uv.lock"


def changes(project: Project) -> list[str]:
    """A workspace has one lock, at its root: https://docs.astral.sh/uv/concepts/projects/workspaces/"""
    return [project.beside(PYPROJECT), project.nearest(LOCK)]


def declared(project: Project) -> Declared:
    name = project.beside(PYPROJECT)
    return declared_by(pyproject_requirements(pyproject.load(project.root / name, name)), project.python)


def add(project: Project, requirements: Sequence[str]) -> None:
    """A lock holds for every Python that the project allows, so any of these will do to make it.

    By default, uv fetches the one that .python-version names, which may be meant for the platform only.
    """
    name = project.beside(PYPROJECT)
    allowed = table(pyproject.load(project.root / name, name), "project").get("requires-python")
    environ = {"UV_PYTHON": str(allowed or "3")}
    command = ["uv", "add", "--no-sync", *requirements]
    run_tool(project, command, environ=environ, by_hand=["uv", "add", *requirements])


def remove(project: Project, names: Sequence[str]) -> None:
    run_tool(project, ["uv", "remove", "--no-sync", *names], by_hand=["uv", "remove", *names])


def install(project: Project) -> str:
    """From the lock, as in production: an outdated lock is reported now, not at the first deployment."""
    return "uv sync --locked" if (project.root / project.nearest(LOCK)).is_file() else "uv sync"
