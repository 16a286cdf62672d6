"""Turns the sample project into the repositories that people have: layouts, managers, Djangos, databases, settings."""

import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from .draft import Draft
from .locking import lock_files
from .manifests import Wanted, manifest
from .programs import USUAL, available, interpreter
from .repository import adopt
from .shapes import django_settings, postgresql, split_settings, surroundings
from .variants import VARIANTS

SAMPLE = Path(__file__).resolve().parent.parent / "projects" / "shelf"
# Folder of manage.py, and folder of the dependency files.
LAYOUTS: dict[str, tuple[str, str]] = {
    "flat": (".", "."),
    "nested": ("shelf", "."),
    "monorepo": ("backend", "backend"),
    "deep": ("services/web", "services/web"),
}
MANAGERS = ("pip", "pip-tools", "pep621", "poetry", "poetry-classic", "pipenv", "uv", "pdm")
# https://docs.djangoproject.com/en/stable/faq/install/#what-python-version-can-i-use-with-django, the usual ones first
DJANGO: dict[str, tuple[str, ...]] = {
    "4.2": ("3.12", "3.11", "3.10"),
    "5.2": (*USUAL, "3.10"),
    "6.0": ("3.13", "3.12", "3.14"),
    "6.1": ("3.13", "3.12", "3.14"),
}
# What a project has that nobody asked for another; continuous integration goes through all of them.
USUAL_DJANGO = os.environ.get("DEPLOY_OVERLAY_DJANGO", "5.2")
DATABASES = ("sqlite", "postgresql")
SETTINGS = ("single", "split")


@dataclass(frozen=True)
class Project:
    """A repository with a Django project in it, and the interpreter that it is developed with.

    `requirements` is the file below `dependency_root` that pip and pip-tools install from.
    """

    root: Path
    django_root: Path
    dependency_root: Path
    manager: str
    python: Path
    requirements: str = "requirements.txt"


def make_project(
    folder: Path,
    *,
    layout: str = "flat",
    manager: str = "pip",
    django: str = USUAL_DJANGO,
    database: str = "sqlite",
    settings: str = "single",
    variants: Sequence[str] = (),
) -> Project:
    """A committed repository in `folder` (made here) with the sample in this shape; locks are the manager's own.

    The words are the keys of LAYOUTS, MANAGERS, DJANGO, DATABASES, SETTINGS and VARIANTS. Raises NoPython when this
    machine has no Python for this Django and cannot get one.
    """
    django_folder, dependency_folder = LAYOUTS[layout]
    python = interpreter(*DJANGO[django])
    django_root = folder / django_folder
    shutil.copytree(
        SAMPLE, django_root, ignore=shutil.ignore_patterns("__pycache__", "db.sqlite3", "media", "requirements.txt")
    )
    draft = Draft(folder, django_root, django_root / "shelf" / "settings.py", "shelf")
    draft.require(f"Django>={django},<{_next(django)}", "Pillow>=11.0")

    django_settings(draft, django)
    surroundings(draft, layout)
    if database == "postgresql":
        postgresql(draft)
    if settings == "split":
        split_settings(draft)
    for variant in variants:
        VARIANTS[variant](draft)

    versions = DJANGO[django]
    wanted = Wanted(
        tuple(draft.production),
        tuple(draft.development),
        python=next(version for version in versions if available(version) == python),
        oldest_python=min(versions, key=lambda version: tuple(map(int, version.split(".")))),
    )
    written = manifest(manager, wanted)
    for name, text in {**written, **lock_files(manager, written, python)}.items():
        (folder / dependency_folder / name).write_text(text, encoding="utf-8", newline="\n")
    adopt(folder)
    return Project(folder, django_root, folder / dependency_folder, manager, python)


def _next(django: str) -> str:
    major, minor = map(int, django.split("."))
    return f"{major}.{minor + 1}" if minor < 2 else f"{major + 1}.0"
