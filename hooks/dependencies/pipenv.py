"""Pipenv: https://pipenv.pypa.io/en/latest/pipfile.html"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from typing import Any

from ..manifests import pyproject
from ..manifests.declared import Declared, by_name
from ..manifests.requirement import Requirement
from ..manifests.tables import requirements_of
from ..tool import run_tool
from . import Project

PIPFILE = "Pipfile"
LOCK = "Pipfile.lock"
_NOT_PACKAGES = frozenset({"packages", "source", "requires", "scripts", "pipenv", "pipfile"})


def changes(project: Project) -> list[str]:
    return [project.beside(PIPFILE), project.beside(LOCK)]


def declared(project: Project) -> Declared:
    """`[packages]` is production; `[dev-packages]` and every other category are not."""
    name = project.beside(PIPFILE)
    content = pyproject.load(project.root / name, name)
    others: list[Requirement] = []
    for category, table in content.items():
        if category not in _NOT_PACKAGES and isinstance(table, dict):
            others += requirements_of(table)
    return Declared(by_name(requirements_of(_packages(content)), project.python), by_name(others, project.python))


def _packages(content: Mapping[str, Any]) -> Mapping[str, Any]:
    table = content.get("packages")
    return table if isinstance(table, dict) else {}


def add(project: Project, requirements: Sequence[str]) -> None:
    """`upgrade` changes the Pipfile and the lock, keeps the other pins and installs nothing.

    It resolves in a virtual environment, here a throw-away one: https://pipenv.pypa.io/en/latest/configuration.html
    """
    with tempfile.TemporaryDirectory(prefix="deploy-overlay-", ignore_cleanup_errors=True) as folder:
        environ: dict[str, str | None] = {
            "WORKON_HOME": folder,
            "PIPENV_VENV_IN_PROJECT": "0",
            "PIPENV_IGNORE_VIRTUALENVS": "1",
            "PIPENV_DONT_USE_PYENV": "1",  # it would compile an interpreter that is missing
            "PIPENV_DONT_USE_ASDF": "1",
            "PIPENV_NOSPIN": "1",
            "PIPENV_COLORBLIND": "1",
            "PIPENV_PIPFILE": None,
            "VIRTUAL_ENV": None,
        }
        by_hand = ["pipenv", "install", *requirements]
        in_step = _lock_is_in_step(project, environ, by_hand)
        run_tool(project, ["pipenv", "upgrade", *requirements], interpreter=True, environ=environ, by_hand=by_hand)
        if not in_step:
            run_tool(project, ["pipenv", "lock"], interpreter=True, environ=environ, by_hand=by_hand)


def _lock_is_in_step(project: Project, environ: Mapping[str, str | None], by_hand: Sequence[str]) -> bool:
    """`upgrade` calls a lock current that it only added to: one that was missing or stale has to be made whole."""
    if not (project.root / project.beside(LOCK)).is_file():
        return False
    return run_tool(project, ["pipenv", "verify"], environ=environ, by_hand=by_hand, accepted=(0, 1)).status == 0


def install(project: Project) -> str:
    return "pipenv install --dev"


def prefix(project: Project) -> str:
    return "pipenv run "
