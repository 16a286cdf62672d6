"""Which files git keeps: what is built on this machine and ignored by git is not there on a platform."""

from __future__ import annotations

import subprocess

from ...base.git import ask_git
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
        done = ask_git(
            repository.root, "ls-files", "-z", "--", *(f":(literal){path}" for path in there), timeout=TIMEOUT
        )
    except (OSError, subprocess.TimeoutExpired):
        return there
    return [name for name in done.stdout.split("\0") if name] if done.returncode == 0 else there
