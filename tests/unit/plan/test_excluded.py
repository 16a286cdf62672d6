"""Which files of the template a project does not get."""

from __future__ import annotations

from typing import Any

import pytest

from deploy_overlay.plan.excluded import excluded
from deploy_overlay.platforms import platforms

ANSWERS: dict[str, Any] = {"deploy_platforms": ["fly"], "deploy_kept_files": [], "deploy_database": "postgres"}


def left_out(**answers: Any) -> set[str]:
    return set(excluded(ANSWERS | {"django_wsgi": "shop.wsgi:application"} | answers, platforms()))


@pytest.mark.parametrize(
    ("answers", "kept_out", "there"),
    [
        ({}, {"/deploy/wsgi.py", "/deploy/start.sh", "/deploy/Dockerfile", "/Procfile"}, {"/Dockerfile", "/fly.toml"}),
        ({"deploy_kept_files": ["Dockerfile"]}, {"/Dockerfile", "/.dockerignore"}, {"/deploy/Dockerfile"}),
        ({"deploy_database": "sqlite"}, {"/deploy/asgi.py"}, {"/deploy/start.sh"}),
        ({"django_configuration": "Production"}, {"/deploy/asgi.py"}, {"/deploy/wsgi.py"}),
        ({"django_root": "web", "django_services": ["channels"]}, {"/web/deploy/wsgi.py"}, {"/web/deploy/asgi.py"}),
        ({"deploy_platforms": ["heroku"]}, {"/Dockerfile", "/fly.toml", "/bin"}, {"/Procfile", "/deploy/platforms/heroku.py"}),
        ({"deploy_updates": ["github"]}, {"/renovate.json"}, {"/.github"}),
        ({}, {"/deploy/committed.py"}, {"/deploy/static.py"}),
        ({"django_static_root": "assets"}, set(), {"/deploy/committed.py"}),
    ],
)  # fmt: skip
def test_what_a_project_does_not_get(answers: dict[str, Any], kept_out: set[str], there: set[str]) -> None:
    usual = {"django_build_commands": ["collectstatic --noinput"], "django_dependency_files": ["requirements.txt"]}
    found = left_out(**usual | answers)

    assert kept_out <= found
    assert not there & found


def test_nothing_is_left_of_what_is_uninstalled() -> None:
    assert left_out(deploy_uninstall="remove") == {"*"}
