"""PDM: https://pdm-project.org/latest/usage/dependency/"""

from __future__ import annotations

from collections.abc import Sequence

from ..base.backup import as_before
from . import Project
from .manifests import pyproject
from .manifests.declared import Declared
from .pinned import PINNED
from .run_manager import run_tool

PYPROJECT = "pyproject.toml"
LOCK = "pdm.lock"
SAVED_PYTHON = ".pdm-python"

# Only the lock is written: no virtual environment is made, the interpreter that was saved is neither used nor replaced.
# https://pdm-project.org/latest/reference/configuration/
_ENVIRONMENT: dict[str, str | None] = {
    "PDM_USE_VENV": "0",
    "PDM_IGNORE_SAVED_PYTHON": "1",
    "PDM_CHECK_UPDATE": "0",
    "VIRTUAL_ENV": None,
}


def changes(project: Project) -> list[str]:
    return [project.beside(PYPROJECT), project.nearest(LOCK)]


def declared(project: Project) -> Declared:
    return pyproject.declared(project.root, project.beside(PYPROJECT), project.python, project.groups)


def add(project: Project, requirements: Sequence[str]) -> None:
    _changed(project, "add", requirements)


def remove(project: Project, names: Sequence[str]) -> None:
    _changed(project, "remove", names)


def _changed(project: Project, command: str, packages: Sequence[str]) -> None:
    with as_before(project.directory / SAVED_PYTHON):
        run_tool(
            project,
            ["pdm", command, "--no-sync", *packages],
            package=PINNED["pdm"].package,
            interpreter=True,
            environ=_ENVIRONMENT,
            by_hand=["pdm", command, *packages],
        )


def install(project: Project) -> str:
    """From the lock, as in production: an outdated lock is reported now, not at the first deployment."""
    return "pdm sync" if (project.root / project.beside(LOCK)).is_file() else "pdm install"
