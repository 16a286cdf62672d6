"""Answers that replace a fact are checked against the project."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from deploy_overlay.detect import Facts, Failure
from tests.unit.detect.conftest import django_project

FRONTEND = {
    **dict.fromkeys(("root", "manager", "script", "install", "build", "tool"), "x"),
    "node": "24",
    "files": [],
    "modules": False,
}

Build = Callable[..., Facts]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("django_python_version", "3.12"),
        ("django_settings_module", "site_.settings"),
        ("django_wsgi", ""),
        ("django_wsgi", "site_.wsgi:application"),
        ("django_dependency_manager", "uv"),
        ("django_dependency_root", "."),
        ("django_dependency_files", ["requirements.txt"]),
        ("django_database", "mysql"),
        ("django_required_env", []),
        ("django_frontend", {}),
        ("django_workers", []),
    ],
)
def test_what_can_be_true_is_taken(facts: Build, name: str, value: Any) -> None:
    files = {**django_project(), "requirements.txt": "Django==5.2\n"}

    facts(files, **{name: value}).check_answers()


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("django_python_version", "3.9", "3.10 or newer"),
        ("django_python_version", "3.11", "use 3.12 or newer"),
        ("django_python_version", "python3", "such as 3.13"),
        ("django_settings_module", "shop.settings", "such as mysite.settings"),
        ("django_settings_module", "mysite/settings.py", "dotted Python name"),
        ("django_wsgi", "mysite.wsgi", "package.module:name"),
        ("django_dependency_manager", "npm", "choose from pip"),
        ("django_dependency_root", "backend", "is not a folder"),
        ("django_dependency_files", ["lost.txt"], "lost.txt"),
        ("django_dependency_files", "requirements.txt", "[requirements.txt]"),
        ("django_database", "mongodb", "choose from postgresql"),
        ("django_required_env", "SECRET", "takes a list"),
        ("django_frontend", "ui", "takes a front-end build"),
        ("django_frontend", {"root": "ui"}, "build: npm run build"),
        ("django_frontend", FRONTEND, "has no package.json"),
        ("django_workers", "celery", "command: celery --app mysite worker"),
    ],
)
def test_what_cannot_be_true_is_refused(facts: Build, name: str, value: Any, words: str) -> None:
    files = {**django_project(), "requirements.txt": "Django==6.0\n"}

    with pytest.raises(Failure) as refusal:
        facts(files, **{name: value}).check_answers()

    assert words in str(refusal.value)
    assert name in str(refusal.value)


def test_a_python_does_not_make_up_for_an_old_django(facts: Build) -> None:
    with pytest.raises(Failure, match=r"installs Django 4\.1"):
        facts({**django_project(), "requirements.txt": "Django==4.1\n"}, django_python_version="3.11").check_answers()


def test_a_python_that_the_project_does_not_allow_is_refused(facts: Build) -> None:
    manifest = '[project]\nname = "x"\nversion = "1"\nrequires-python = ">=3.13"\ndependencies = ["Django==6.0"]\n'
    files = {name: text for name, text in django_project().items() if name != "requirements.txt"}

    with pytest.raises(Failure, match="is not allowed by"):
        facts({**files, "pyproject.toml": manifest, "uv.lock": ""}, django_python_version="3.12").check_answers()
