"""Which files git has. Ignored files, such as build output, are not on a platform."""

from __future__ import annotations

from ...base import git
from ...base.message import Failure
from ..project import Project

TIMEOUT = 30


def tracked(project: Project, paths: list[str]) -> list[str]:
    """Files in git at or below the paths (POSIX, relative to the git root).

    If git fails, all files on the disk count.
    """
    found: list[str] = project.once(("tracked", tuple(paths)), lambda: _tracked(project, paths))
    return found


def _tracked(project: Project, paths: list[str]) -> list[str]:
    repository = project.repository
    there = [path for path in paths if repository.is_file(path) or repository.is_folder(path)]
    if not there:
        return []
    try:
        answer = git.ask(
            repository.root, "ls-files", "-z", "--", *(f":(literal){path}" for path in there), timeout=TIMEOUT
        )
    except Failure:
        return there
    return [name for name in answer.text.split("\0") if name] if answer.status == 0 else there
