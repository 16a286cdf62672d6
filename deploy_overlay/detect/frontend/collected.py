"""The folders from which Django reads built files: those in the settings, and apps' `static`."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from typing import Any

from ...base.evidence import Evidence
from ...base.files import join
from ..production import production_names
from ..project import Project
from ..settings import GAP, RepoPath, parts

# Settings whose folders Django reads built files from.
READ_FROM = ("STATICFILES_DIRS", "WEBPACK_LOADER", "DJANGO_VITE", "DJANGO_VITE_ASSETS_PATH", "MANIFEST_LOADER",
             "WHITENOISE_ROOT", "NPM_ROOT_PATH")  # fmt: skip


def read_from(project: Project) -> list[tuple[str, Evidence]]:
    """The folders, relative to the git root, that the settings read built files from."""

    def compute() -> list[tuple[str, Evidence]]:
        read = production_names(project)
        found: dict[str, Evidence] = {}
        if read is None:
            return []
        for name in READ_FROM:
            place = read.places.get(name) or Evidence(read.path, None, name)
            for value in (read.names.get(name), *(value for value, _, _ in read.possible.get(name, []))):
                for path in _paths(value):
                    found.setdefault(path, place)
        return list(found.items())

    result: list[tuple[str, Evidence]] = project.once("folders of built files", compute)
    return result


def _paths(value: Any) -> Iterator[str]:
    for part in parts(value):
        if isinstance(part, RepoPath):
            yield posixpath.normpath(part.path)
        elif isinstance(part, str) and part.startswith(GAP + "/") and GAP not in part[1:]:
            yield posixpath.normpath(part[2:])


def inside(path: str, folder: str) -> bool:
    """Whether a path lies in a folder, and is not that folder."""
    return path != folder and (folder == "." or path.startswith(folder + "/"))


def is_collected(project: Project, path: str) -> bool:
    """Whether Django collects this path: it is in a folder of the settings, or in an app's `static`."""
    if path == "." or path.startswith("..") or "node_modules" in path.split("/"):
        return False
    for folder, _ in read_from(project):
        if folder != "." and (
            path == folder or inside(path, folder) or (inside(folder, path) and path != project.root)
        ):
            return True
    parts = path.split("/")
    for position, part in enumerate(parts):
        app = "/".join(parts[:position])
        if part == "static" and app and project.repository.is_file(join(app, "__init__.py")):
            return True
    return False
