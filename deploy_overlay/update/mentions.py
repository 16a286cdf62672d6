"""Finds the user's files that start the rehearsal of version 0.1.0, which was a module of the rendered package."""

from __future__ import annotations

import re

from ..base import git
from ..base.answers import Answers
from ..base.release import whole_command

RENDERED = "rehearse.py"  # in the overlay's folder
MOST = 10  # places that are shown


def old_rehearsal(answers: Answers) -> list[tuple[str, str]]:
    """Rows of a table: every place that mentions it, and the command to use instead."""
    if (answers.root / answers.deploy_folder / RENDERED).exists():
        return []
    module, file = f"{answers.deploy_package}.rehearse", f"{answers.deploy_package}/{RENDERED}"
    places = _find_mentions(answers, rf"(^|[^A-Za-z0-9_.]){re.escape(module)}($|[^A-Za-z0-9_])|{re.escape(file)}")
    if not places:
        return []
    more = [f"and {len(places) - MOST} more"] if len(places) > MOST else []
    line = whole_command(answers.values, "rehearse", answers_file=answers.answers_file)
    return [*((place, "") for place in [*places[:MOST], *more]), ("now:", ""), (line, "")]


def _find_mentions(answers: Answers, pattern: str) -> list[str]:
    """`path:line` in tracked text files, except the overlay's."""
    ours = (f":(exclude,literal){answers.deploy_folder}", f":(exclude,literal){answers.answers_file}")
    found = git.output(answers.root, "grep", "--line-number", "-I", "-E", "-z", "-e", pattern, "--", ":/", *ours) or b""
    # A path and a line number, each followed by NUL, then the line: `git grep --null`
    rows = (row.split("\0") for row in found.decode("utf-8", "replace").splitlines())
    return [f"{row[0]}:{row[1]}" for row in rows if len(row) >= 3]
