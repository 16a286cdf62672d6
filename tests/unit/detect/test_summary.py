"""The summary of the facts, and where each comes from."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from deploy_overlay.detect import Facts, Failure
from deploy_overlay.detect.summary import WIDTH, summarize
from tests.unit.detect.conftest import SETTINGS, django_project

Build = Callable[..., Facts]


def test_each_line_names_its_place(facts: Build) -> None:
    body = SETTINGS + 'import os\nX = os.environ["X"]\n'
    files = {**django_project("backend", body=body), "backend/.python-version": "3.12\n"}

    lines = summarize(facts(files))

    assert [line.split()[-1] for line in lines] == [
        "(backend/manage.py)",
        "(backend/site_/wsgi.py:5)",
        "(backend/requirements.txt)",
        "(backend/.python-version:1)",
        "(backend/site_/settings.py:9)",
    ]
    assert lines[-1].startswith("  Database ") and "SQLite, 1 variable to set" in lines[-1]


def test_what_is_not_clear_says_that_it_is_asked_and_an_answer_that_it_is_one(facts: Build) -> None:
    files = {
        **django_project(),
        "site_/settings_prod.py": "from .settings import *\n",
        "site_/settings_production.py": "from .settings import *\n",
    }

    lines = summarize(facts(files, django_database="mysql"))

    assert any(line.startswith("  Settings") and "unclear, asked below" in line for line in lines)
    assert any(line.endswith("(set by an answer)") for line in lines)


def test_variables_that_the_platform_or_the_overlay_fills_are_not_to_be_set(facts: Build) -> None:
    from deploy_overlay.plan.variables import filled

    names = ("SECRET_KEY", "PGHOST", "PGPORT", "PGDATABASE", "PGUSER", "PGPASSWORD", "DB_NAME", "STRIPE_KEY")
    body = SETTINGS + "import os\n" + "".join(f'{name} = os.environ["{name}"]\n' for name in names)

    assert any("1 variable to set" in line for line in summarize(facts(django_project(body=body)), filled))


def test_what_an_earlier_run_stored_is_not_called_an_answer_of_this_one(tmp_path: Path) -> None:
    from deploy_overlay.detect.visit import Visit

    for name, text in django_project().items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    answered = {"django_database": "mysql", "django_python_version": "3.12"}

    lines = Visit(tmp_path, stored={"django_database": "mysql"}).summarize(answered, list)

    assert next(line for line in lines if "MySQL" in line).endswith("(from an earlier run)")
    assert next(line for line in lines if "3.12" in line).endswith("(set by an answer)")


def test_no_line_is_wider_than_a_terminal_and_a_cut_place_keeps_its_line(facts: Build) -> None:
    folder = "services/the-one-with-the-long-name/backend-of-the-site"
    lines = summarize(facts(django_project(folder)))

    assert max(map(len, lines)) <= WIDTH
    assert lines[1].endswith("site_/wsgi.py:5)")


def test_a_project_that_is_refused_is_refused_here(facts: Build) -> None:
    with pytest.raises(Failure):
        summarize(facts({**django_project(), "requirements.txt": "django==3.2\n"}))
