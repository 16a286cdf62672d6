"""The page of questions is written from the questions."""

from __future__ import annotations

import re

from deploy_overlay.detect import FACTS
from deploy_overlay.platforms.questions import asked
from docs.questions import PAGE, page


def test_the_page_is_in_step() -> None:
    """`make questions` brings it there."""
    text = PAGE.read_text(encoding="utf-8")
    assert page(text) == text


def test_what_is_changed_by_hand_is_written_again() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert page(text.replace("| `deploy_name` |", "| `deploy_nome` |")) == text


def test_every_question_is_there_once_and_nothing_that_is_derived() -> None:
    named = re.findall(r"^\| `([a-z_]+)`", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(named) == sorted(name for name, question in asked().items() if question.get("when") is not False)
    assert set(FACTS) - {"django_version", "django_platforms"} <= set(named)
