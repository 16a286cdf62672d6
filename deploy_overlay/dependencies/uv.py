"""uv: https://docs.astral.sh/uv/concepts/projects/dependencies/"""

from __future__ import annotations

from collections.abc import Sequence

from ..base.environment import outside_copier
from ..base.requirement_tables import table
from . import Project, interpreters
from .manifests import pyproject
from .manifests.declared import Declared
from .run_manager import environment_of, run_tool

PYPROJECT = "pyproject.toml"
LOCK = "uv.lock"


def changes(project: Project) -> list[str]:
    """A workspace has one lock, at its root: https://docs.astral.sh/uv/concepts/projects/workspaces/"""
    return [project.beside(PYPROJECT), project.nearest(LOCK)]


def declared(project: Project) -> Declared:
    return pyproject.declared(project.root, project.beside(PYPROJECT), project.python, project.groups)


def add(project: Project, requirements: Sequence[str]) -> None:
    command = ["uv", "add", "--no-sync", *requirements]
    run_tool(project, command, environ=_python(project), by_hand=["uv", "add", *requirements])


def remove(project: Project, names: Sequence[str]) -> None:
    command = ["uv", "remove", "--no-sync", *names]
    run_tool(project, command, environ=_python(project), by_hand=["uv", "remove", *names])


def _python(project: Project) -> dict[str, str]:
    """The Python that makes the lock: production's where this machine has it, else any that the project allows.

    A lock holds for every Python that the project allows. By default, uv takes the one that .python-version names, which may
    be meant for the platform only, and fetches the newest where it finds none on PATH.
    https://docs.astral.sh/uv/concepts/python-versions/#requesting-a-version
    """
    surroundings = outside_copier()
    found = interpreters.interpreter(project.python, environment_of(project, surroundings), surroundings)
    name = project.beside(PYPROJECT)
    allowed = table(pyproject.load(project.root / name, name), "project").get("requires-python")
    return {"UV_PYTHON": str(found or allowed or "3")}


def install(project: Project) -> str:
    """From the lock, as in production: an outdated lock is reported now, not at the first deployment."""
    return "uv sync --locked" if (project.root / project.nearest(LOCK)).is_file() else "uv sync"
