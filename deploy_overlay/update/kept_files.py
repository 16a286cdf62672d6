"""Finds the project's own files at paths where a new version of the template, or a new platform, has a file too.

Copier would merge the two with conflict markers. The user's file stays, as at the first copy.
"""

from __future__ import annotations

from ..base import git
from ..base.answers import Answers
from ..base.overlay_files import TEMPLATE
from ..base.template_files import left_by_overlay, rendered_paths, written_by_overlay
from ..platforms import unmarked


def newly_kept(answers: Answers) -> list[str]:
    """Paths for `deploy_kept_files` that are not in it yet; not files that the overlay once wrote."""
    left = (*answers.texts("deploy_kept_files"), *answers.texts("django_dependency_files"))
    kept = {path.casefold() for path in left}
    ours, _ = left_by_overlay(answers.root, TEMPLATE, unmarked())
    return [
        path
        for path in rendered_paths(TEMPLATE, answers.deploy_folder)
        if not path.startswith(f"{answers.deploy_folder}/")
        and path.casefold() not in kept
        and path not in ours
        and _is_the_users(answers, path)
    ]


def _is_the_users(answers: Answers, path: str) -> bool:
    place = answers.root / path
    return place.is_dir() or (
        place.is_file()
        and not written_by_overlay(place)
        and not git.ever_ours(answers.root, path)
        and not git.came_with(answers.root, path, answers.answers_file)
    )
