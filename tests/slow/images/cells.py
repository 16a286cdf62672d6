"""The projects whose images are built: every dependency manager, flat and nested, and what else changes the Dockerfile."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.support import Project, applied, clone, commit, make_project, run

from .base import base_images, starting_images
from .buildah import Buildah

MANAGERS = ("pip", "pip-tools", "pep621", "poetry", "pipenv", "uv", "pdm")
LAYOUTS = ("flat", "nested")


@dataclass(frozen=True)
class Cell:
    """How the project is made, and what is answered when the overlay is applied."""

    project: dict[str, Any]
    answers: dict[str, Any] = field(default_factory=dict)

    @property
    def sqlite(self) -> bool:
        return self.answers.get("deploy_database") == "sqlite"


CELLS: dict[str, Cell] = {
    f"{manager}-{layout}": Cell({"manager": manager, "layout": layout, "database": "postgresql"})
    for manager in MANAGERS
    for layout in LAYOUTS
} | {
    "sqlite": Cell({"manager": "uv"}, {"deploy_database": "sqlite"}),
    "front-end": Cell({"manager": "pip", "database": "postgresql", "variants": ["npm-front-end"]}),
}

# What `make test` builds: a manager with a program of its own, one without, and the volume of SQLite.
REPRESENTATIVE = ("uv-flat", "poetry-nested", "sqlite")


def prepared(cell: Cell, template: Path, folder: Path) -> Project:
    """A clone of the project with the overlay applied and committed: what the platform's builder gets."""
    project = make_project(folder / "library", **cell.project)
    code = "import sys; print('%d.%d' % sys.version_info[:2])"
    version = run([project.python, "-c", code], folder).stdout.strip()
    applied(project, template, deploy_name="shelf", django_python_version=version, **cell.answers)
    commit(project, "Add the deployment overlay")
    return clone(project, folder / "clone")


def base_name(project: Project) -> str:
    """The image that the first stage of the Dockerfile starts from, and so the last one."""
    return starting_images(project.root / "Dockerfile")[0]


@contextmanager
def fresh_store(project: Project, bases: Buildah, folder: Path) -> Iterator[Buildah]:
    """An empty store that has nothing but the images which the project's Dockerfile starts from; gone afterwards."""
    base_images(bases, project.root / "Dockerfile")
    store = Buildah(folder / "images", bases)
    try:
        yield store
    finally:
        store.discard()
