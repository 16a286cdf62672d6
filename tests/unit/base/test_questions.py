"""What is said of an answer that is given with -d, before Copier makes anything of it."""

from __future__ import annotations

import pytest

from deploy_overlay.base.questions import answer_problem

QUESTIONS = {
    "deploy_platforms": {"type": "str", "multiselect": True, "choices": ["fly", "heroku"]},
    "deploy_name": {"type": "str"},
}


def rule(name: str, value: object) -> str:
    if name == "deploy_platforms":
        return "" if value else "Select one with space."
    return "" if value == "shelf" else "Use only a-z."


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("deploy_platforms", "[]", 'deploy_platforms takes a list, such as: -d "deploy_platforms=[fly, heroku]"'),
        ("deploy_platforms", "fly", 'deploy_platforms takes a list, such as: -d "deploy_platforms=[fly]"'),
        (
            "deploy_platforms",
            "[fly, heroku, fly]",
            'deploy_platforms names something twice. Write it as: -d "deploy_platforms=[fly, heroku]"',
        ),
        # A validator speaks below a prompt that names the question; an option has none.
        ("deploy_name", "Müller", "deploy_name cannot be 'Müller'. Use only a-z."),
    ],
)
def test_a_refusal_names_the_question_and_what_to_write(name: str, value: str, said: str) -> None:
    assert str(answer_problem(QUESTIONS, name, value, rule, replayed=False)) == said


@pytest.mark.parametrize(("name", "value"), [("deploy_platforms", "[fly, heroku]"), ("deploy_name", "shelf")])
def test_what_fits_is_taken(name: str, value: str) -> None:
    assert answer_problem(QUESTIONS, name, value, rule, replayed=False) is None
