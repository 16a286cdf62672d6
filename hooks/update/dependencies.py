"""Dependencies in an update: what a version or an answer newly needs is added, what the user took out stays out."""

from __future__ import annotations

import posixpath

from ..answers import Answers
from ..bring_in import project_of
from ..dependencies import manager
from ..failure import Failure
from ..log import Log
from ..manifests.requirement import canonical
from . import history


def production_at(answers: Answers, commit: str, log: Log) -> frozenset[str] | None:
    """Canonical names of the packages that production had in a commit, None where that cannot be told."""
    if not commit:
        return None
    files = answers.texts("django_dependency_files")
    folders = {answers.dependency_root, *(posixpath.dirname(path) or "." for path in files)}
    listed = history.text(answers.root, "ls-tree", "--name-only", "-z", commit, *_inside(folders)).split("\0")
    paths = sorted({path for path in listed if path.endswith((".txt", ".in", ".pip", ".toml", ".lock", "Pipfile"))})
    if not paths:
        return frozenset()
    with history.as_committed(answers.root, commit, paths) as folder:
        if folder is None:
            return None
        try:
            project = project_of(answers, log, folder)
            return frozenset(manager(answers.text("django_dependency_manager")).declared(project).production)
        except Failure:
            return None


def taken_out(before: Answers, now: frozenset[str], log: Log) -> frozenset[str]:
    """Packages that production had at the last copy or update and has no more: the user's decision, which stands."""
    commit = history.last_applied(before.root, before.answers_file)
    had = production_at(before, commit, log)
    return frozenset() if had is None else had - frozenset(map(canonical, now))


def _inside(folders: set[str]) -> list[str]:
    return [f"{folder}/" for folder in sorted(folders) if folder != "."] + (["./"] if "." in folders else [])
