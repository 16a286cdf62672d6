"""The folders of npm packages that can belong to the site."""

from __future__ import annotations

from collections.abc import Iterator

from ...base.files import join
from ..layout import side_folder
from ..project import Project

MAX_DEPTH = 3


def package_folders(project: Project) -> list[tuple[str, bool]]:
    """Folders with a package.json or deno.json, POSIX, relative to the git root; and whether it is a folder of static files."""
    found: list[tuple[str, bool]] = project.once("folders of npm packages", lambda: list(_folders(project)))
    return found


def _folders(project: Project) -> Iterator[tuple[str, bool]]:
    repository = project.repository
    for folder in repository.folders():
        names = repository.listing(folder)
        if folder.count("/") >= MAX_DEPTH or side_folder(folder):
            continue
        if {"package.json", "deno.json", "deno.jsonc"} & set(names.files):
            yield folder, False
        # Not searched, because it has many files, except for an app's build.
        if "static" in names.folders and repository.is_file(join(folder, "static", "package.json")):
            yield join(folder, "static"), True
