"""Answers from -d options are text until Copier has asked their questions."""

from deploy_overlay.platforms.questions import parsed


def test_only_answers_to_questions_of_type_yaml_are_parsed() -> None:
    given = {"django_frontend": "{root: admin_ui}", "django_workers": "[]", "django_database": "[sqlite]"}

    assert parsed(given) == {
        "django_frontend": {"root": "admin_ui"},
        "django_workers": [],
        "django_database": "[sqlite]",
    }
