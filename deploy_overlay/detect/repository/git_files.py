"""Which files git keeps: what is built on this machine and ignored by git is not there on a platform."""

from __future__ import annotations

from ...base import git
from ...base.message import Failure
from ..project import Project

TIMEOUT = 30


def tracked(project: Project, paths: list[str]) -> list[str]:
    """Those files at or below the paths (POSIX, relative to the git root) that are in the repository.

    Where git cannot tell, files count as kept: the answer is then about what is on the disk.
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
