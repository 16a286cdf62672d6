"""What ends in files and commands has a form, so that it cannot be configuration or code there."""

from __future__ import annotations

from typing import Any

import pytest

from deploy_overlay.base.answer_forms import form_problem
from deploy_overlay.platforms.questions import words

FRONTEND = {
    "root": "ui",
    "manager": "npm",
    "node": "24",
    "script": "build:css",
    "install": "npm ci",
    "build": "npm run build:css && echo $HOME",
    "tool": "",
    "files": ["ui/package.json"],
    "modules": False,
    "image": "node:24-slim",
}
WORKER = {"service": "celery", "name": "worker", "command": "celery --app shelf worker -Q 'a,b'"}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("django_root", "."),
        ("django_root", "backend/my site"),
        ("django_root", "büro/cafe\N{COMBINING ACUTE ACCENT}"),
        ("django_python_path", ["../apps", "apps"]),
        ("django_settings_module", "config.settings.production"),
        ("django_wsgi", ""),
        ("django_wsgi", "config.wsgi:application"),
        ("django_required_env", ["SECRET_KEY", "db_url"]),
        ("django_debug_env", "DJANGO_ENV=production"),
        ("django_build_commands", ["collectstatic --noinput", "tailwind build"]),
        ("django_frontend", FRONTEND),
        ("django_frontend", {**FRONTEND, "script": "build:css build:größe"}),
        ("django_frontend", {}),
        ("django_workers", [WORKER]),
        ("deploy_kept_files", [".github/workflows/deploy.yml", ".python-version"]),
        ("fly_cluster", ""),
        ("a_question_of_another_version", "$(anything)"),
    ],
)
def test_what_projects_have_is_taken(name: str, value: Any) -> None:
    assert form_problem(name, value, ["fly_cluster"]) is None


@pytest.mark.parametrize(
    "text",
    [
        "x\nRUN touch y",
        'x"; touch y',
        "x'; touch y",
        "x$(touch y)",
        "x`touch y`",
        "x\\",
        "x #y",
        "x: y",
        "{{ 7 * 7 }}",
        "x\N{RIGHT-TO-LEFT OVERRIDE}y",
        "x\N{LINE SEPARATOR}y",
        "x\0y",
        "x\udcff",
        "-rf",
        "x" * 10_000,
        None,
        7,
        ["x"],
    ],
)
@pytest.mark.parametrize(
    "name",
    [
        "django_root",
        "django_required_env",
        "django_debug_env",
        "django_build_commands",
        "deploy_package",
        "fly_cluster",
    ],
)
def test_what_would_be_code_is_refused_on_one_visible_line(name: str, text: Any) -> None:
    problem = form_problem(name, [text] if name in ("django_required_env", "django_build_commands") else text, words())

    assert problem is not None
    assert str(problem).startswith(name)
    assert str(problem).isprintable()
    assert len(str(problem)) < 400


@pytest.mark.parametrize("key", [key for key in FRONTEND if key != "modules"])
def test_each_part_of_a_front_end_stays_on_its_line(key: str) -> None:
    hostile: Any = ["x\nRUN touch y"] if key == "files" else "x\nRUN touch y"

    assert form_problem("django_frontend", {**FRONTEND, key: hostile})


@pytest.mark.parametrize(
    "script", ["build  css", " build", "build ", "build -x", "--help", "build;x", "build $(x)", "a&&b"]
)
def test_scripts_of_a_front_end_are_names(script: str) -> None:
    assert form_problem("django_frontend", {**FRONTEND, "script": script})


@pytest.mark.parametrize("value", ["x", ["x"], [{"name": "x"}], None, [None], {"root": "ui"}, [[]]])
@pytest.mark.parametrize("name", ["django_workers", "django_frontend"])
def test_what_is_no_worker_and_no_front_end_is_refused(name: str, value: Any) -> None:
    assert form_problem(name, value)


@pytest.mark.parametrize("key", WORKER)
def test_each_part_of_a_worker_stays_on_its_line(key: str) -> None:
    assert form_problem("django_workers", [{**WORKER, key: "x\nweb: y"}])
