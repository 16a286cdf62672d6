"""What an update's other answers ask for where files are not all of it: data that has to move, an app that has to be renamed."""

from __future__ import annotations

from ..base.answers import Answers
from ..base.message import DOCUMENTATION
from ..platforms import asked_for

MOVES = f"{DOCUMENTATION}moves/"


def consequences(before: Answers, answers: Answers) -> list[str]:
    """Sentences, and where the steps are written; empty where the answers that bear on it are as they were."""
    sentences = asked_for(before, answers)
    old, new = before.text("deploy_database"), answers.text("deploy_database")
    if old and old != new:
        sentences.insert(
            0, f"The data stays where it is ({old}): carry it over before visitors meet the new database ({new})."
        )
    return [*sentences, f"Step by step: {MOVES}"] if sentences else []
