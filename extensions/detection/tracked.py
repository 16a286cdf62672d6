"""Which files git keeps: what is built on this machine and ignored by git is not there on a platform."""

from __future__ import annotations

import os
import subprocess

from .project import Project

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
        done = subprocess.run(
            ["git", "-c", "core.fsmonitor=false", "ls-files", "-z", "--", *(f":(literal){path}" for path in there)],
            cwd=repository.root,
            env={**os.environ, "GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            errors="surrogateescape",
            timeout=TIMEOUT,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return there
    return [name for name in done.stdout.split("\0") if name] if done.returncode == 0 else there
