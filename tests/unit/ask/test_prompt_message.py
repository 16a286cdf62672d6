"""Messages of validators: whole with -d, and at a prompt as many words as its one line has room for."""

from __future__ import annotations

import pytest
from prompt_toolkit.application import create_app_session, set_app
from prompt_toolkit.application.dummy import DummyApplication

from deploy_overlay.ask.show import COLUMNS, fit_prompt, shortened

NAME = "django_settings_module"
MESSAGE = f"{NAME}=nowhere is not a module of this project: use a dotted name such as mysite.settings."


def test_with_an_option_the_message_is_whole() -> None:
    assert fit_prompt(MESSAGE, NAME) == MESSAGE


def test_at_a_prompt_the_line_is_not_cut() -> None:
    with create_app_session(), set_app(DummyApplication()):
        shown = fit_prompt(MESSAGE, NAME)

    assert shown == "is not a module of ..."
    assert len(f"Validation error for question '{NAME}': {shown}") < COLUMNS


@pytest.mark.parametrize(
    ("text", "room", "expected"),
    [
        ("Use 3.13.", 20, "Use 3.13."),
        ("one two three", 10, "one ..."),
        ("a line\nand another", 40, "a line and another"),
    ],
)
def test_words_stay_whole(text: str, room: int, expected: str) -> None:
    assert shortened(text, room) == expected
