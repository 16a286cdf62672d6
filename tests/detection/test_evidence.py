"""The lines that tell a person what was seen, and where."""

from __future__ import annotations

from collections.abc import Callable

from detection import Facts
from detection.evidence import evidence_lines

from .conftest import SETTINGS, django_project

Build = Callable[..., Facts]


def test_each_line_names_its_place(facts: Build) -> None:
    body = SETTINGS + 'import os\nX = os.environ["X"]\n'
    files = {**django_project("backend", body=body), "backend/.python-version": "3.12\n"}

    lines = evidence_lines(facts(files))

    assert lines == [
        "Django root   backend/        (backend/manage.py)",
        "Settings      site_.settings  (backend/site_/wsgi.py:5)",
        "Dependencies  pip             (backend/requirements.txt)",
        "Python        3.12            (backend/.python-version:1)",
        "Database      sqlite          (backend/site_/settings.py:9)",
        "Must be set   X               (backend/site_/settings.py:11)",
    ]


def test_doubt_answers_and_refusals(facts: Build) -> None:
    files = {
        **django_project(),
        "site_/settings_prod.py": "from .settings import *\n",
        "site_/settings_production.py": "from .settings import *\n",
        "requirements.txt": "django==3.2\n",
    }

    lines = evidence_lines(facts(files, django_database="mysql"))

    assert any(line.startswith("Settings") and " ? " in line for line in lines)
    assert any(line.endswith("(given as an answer)") for line in lines)
    assert not any(line.startswith("Python") for line in lines)  # too old a Django has its own sentence
