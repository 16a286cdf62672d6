"""Committed files in the project's STATIC_ROOT, such as the output of a build, which nothing else collects."""

from __future__ import annotations

from ...base.evidence import Evidence, Fact
from ...base.files import join
from ..project import Project
from ..repository import tracked
from ..settings import GAP, RepoPath
from .names import production_names


def django_static_root(project: Project) -> Fact:
    """The folder from the git root if it holds committed files and is not a source itself; else ""."""
    read = production_names(project)
    if read is None:
        return Fact("")
    folder = _folder(project, read.names.get("STATIC_ROOT"))
    if not folder or folder in (".", project.root) or not project.repository.is_folder(folder):
        return Fact("")
    sources = read.names.get("STATICFILES_DIRS")
    listed = sources if isinstance(sources, list | tuple) else ()
    folders = [
        _folder(project, entry[1] if isinstance(entry, tuple | list) and len(entry) == 2 else entry) for entry in listed
    ]
    if folder in folders or not tracked(project, [folder]):
        return Fact("")
    place = read.places.get("STATIC_ROOT", Evidence(folder, None, "the project's STATIC_ROOT"))
    return Fact(folder, (place,))


def _folder(project: Project, value: object) -> str:
    """The repository's folder that a setting names; "" for other values."""
    if isinstance(value, RepoPath):
        return value.path
    if isinstance(value, str) and value and GAP not in value and not value.startswith("/"):
        return join(project.root, value)
    return ""
