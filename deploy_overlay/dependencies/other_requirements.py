"""What the project asks for beside production's packages: groups, extras, and lists for development."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from ..base.message import Failure
from ..base.requirement_tables import pipfile_requirements, pyproject_requirements
from ..base.requirements import Requirement, contents
from . import Project
from .manifests import pyproject, text_file

PYPROJECT, PIPFILE = "pyproject.toml", "Pipfile"
_FOLDERS = ("requirements", "requirement", "reqs", "deps")
_ENDINGS = (".in", ".txt", ".pip")
_MOST_FILES = 40


def other_requirements(project: Project) -> Iterator[Requirement]:
    """Each with its place, nearest first: the manifest, then requirements files that production does not install from.

    A file that cannot be read says nothing.
    """
    for name, read in ((PYPROJECT, pyproject_requirements), (PIPFILE, pipfile_requirements)):
        path = project.beside(name)
        if (project.root / path).is_file():
            try:
                found = read(
                    pyproject.load(project.root / path, path), path, text_file.read(project.root / path, path).text
                )
            except Failure:
                continue
            yield from (requirement for requirement in found if requirement.group)
    for path in _files(project):
        try:
            yield from contents(text_file.read(project.root / path, path).text, path).requirements
        except Failure:
            continue


def where(requirement: Requirement) -> str:
    """The list that it stands in, as people call it: `the group dev of pyproject.toml`, `requirements-dev.txt`."""
    path, group = requirement.place.path, requirement.group
    if not group:
        return path
    called = {"development": "dev-dependencies"}.get(group, group)  # uv's own table
    return f"the {called} of {path}"


def _files(project: Project) -> list[str]:
    folders = {project.folder, ".", *(posixpath.dirname(path) or "." for path in project.files)}
    folders |= {posixpath.normpath(posixpath.join(folder, name)) for folder in folders for name in _FOLDERS}
    found = []
    for folder in sorted(folders):
        inside = folder.rpartition("/")[2] in _FOLDERS
        for file in sorted((project.root / folder).glob("*")):
            named = inside or any(word in file.name.lower() for word in ("require", "reqs"))
            path = posixpath.normpath(posixpath.join(folder, file.name))
            if named and file.suffix in _ENDINGS and file.is_file() and path not in project.files:
                found.append(path)
    return found[:_MOST_FILES]
