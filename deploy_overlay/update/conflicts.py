"""Finds unresolved conflicts that were committed after an earlier update; they must be resolved first."""

from __future__ import annotations

from ..base import overlay_files as rendered
from ..base.answers import Answers
from ..base.files import read_plain
from ..base.message import Failure

# What Copier and git write, in this order: https://git-scm.com/docs/git-merge#_how_conflicts_are_presented
_MARKS = (b"<<<<<<< ", b"=======", b">>>>>>> ")


def check_resolved(answers: Answers) -> None:
    """Raises Failure if a file of the overlay has a complete conflict."""
    for path in rendered.paths(answers):
        line = _first_conflict(read_plain(answers.root / path))
        if line:
            raise Failure(
                f"{path}:{line} has an unresolved conflict: resolve it, commit, and run this again. "
                "Nothing was changed.",
                anchor="unresolved-conflict",
            )


def _first_conflict(content: bytes) -> int:
    """Number of the line where a conflict begins, or 0."""
    begun, seen = 0, 0
    for number, line in enumerate(content.splitlines(), 1):
        if seen < len(_MARKS) and line.startswith(_MARKS[seen]):
            begun = begun or number
            seen += 1
    return begun if seen == len(_MARKS) else 0
