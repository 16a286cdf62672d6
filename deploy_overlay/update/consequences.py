"""Manual work that changed answers require, such as moving data or renaming an app."""

from __future__ import annotations

from ..base.answers import Answers
from ..base.message import DOCUMENTATION
from ..platforms import asked_for

MOVES = f"{DOCUMENTATION}moves/"


def consequences(before: Answers, answers: Answers) -> list[str]:
    """Sentences and a link to the steps; empty if no such answer has changed."""
    sentences = asked_for(before, answers)
    old, new = before.text("deploy_database"), answers.text("deploy_database")
    if old and old != new:
        sentences.insert(
            0, f"Your data is still in the old database ({old}). Move it to the new one ({new}) before you deploy."
        )
    return [*sentences, f"Steps: {MOVES}"] if sentences else []
