"""Messages of validators: whole with -d, and at a prompt as many words as its one line has room for."""

from __future__ import annotations

import pytest
from prompt_toolkit.application import create_app_session, set_app
from prompt_toolkit.application.dummy import DummyApplication

from deploy_overlay.ask.show import COLUMNS, fit_prompt, shortened

NAME = "django_settings_module"
MESSAGE = f"{NAME}=nowhere is not in this project: use a dotted name such as mysite.settings."


def test_with_an_option_the_message_is_whole() -> None:
    assert fit_prompt(MESSAGE, NAME) == MESSAGE


@pytest.mark.parametrize(
    ("name", "message", "expected"),
    [
        (NAME, MESSAGE, "is not in this project"),
        (
            "django_dependency_root",
            "django_dependency_root=x is not a folder here: use a path such as it.",
            "is not a folder here",
        ),
        (
            "django_python_version",
            "django_python_version=x is not a version: use one such as 3.13.",
            "is not a version",
        ),
        (
            "django_root",
            "django_root cannot be 'a b': it takes a folder, such as backend.",
            "it takes a folder, such as ...",
        ),
        ("django_root", "django_root=x is too deep.", "is too deep."),
    ],
)
def test_at_a_prompt_the_line_is_not_cut(name: str, message: str, expected: str) -> None:
    with create_app_session(), set_app(DummyApplication()):
        shown = fit_prompt(message, name)

    assert shown == expected
    assert len(f"Validation error for question '{name}': {shown}") < COLUMNS


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
