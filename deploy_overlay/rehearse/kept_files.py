"""Checks the user's files that the overlay did not replace: whether they have what production needs."""

from __future__ import annotations

from ..base.answers import Answers
from ..base.platform import Unjudged
from ..platforms import gaps
from .results import Outcome, Results, failed


def check_kept_files(answers: Answers, results: Results) -> Outcome | None:
    """A failure with everything that they lack; None if nothing is known to be missing.

    A file that cannot be judged is left open.
    """
    lacking = []
    for path, text in gaps(answers):
        if isinstance(text, Unjudged):
            results.add_unproven(f"{path}, which {text}")
        else:
            lacking.append(f"{path} {text}")
    if not lacking:
        return None
    return failed("\n".join(lacking), f"Change {'them' if len(lacking) > 1 else 'it'} as described, and commit.")
