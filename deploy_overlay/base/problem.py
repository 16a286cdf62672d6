"""Why an answer is not accepted, and where the documentation says more."""

from __future__ import annotations

from typing import NamedTuple


class Problem(NamedTuple):
    """`text` is one sentence that names the cure, `anchor` the heading of its entry in docs/errors.md."""

    text: str
    anchor: str


def answer_anchor(question: str) -> str:
    """The heading under which docs/errors.md says what a question accepts."""
    return f"answer-{question.replace('_', '-')}"
