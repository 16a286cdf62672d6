"""A project that tells production by a variable of one platform runs on the others too."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support import apply_overlay

from .conftest import SETTINGS, small_project

SEEN = """
import json, os, subprocess, sys
from deploy import platforms
from deploy.environment import require
require()
here = platforms.current(os.environ)
started = [sys.executable, "-c", "import os; from deploy import platforms; print(platforms.current(os.environ))"]
child = subprocess.run(started, stdout=subprocess.PIPE, text=True).stdout
mark = os.environ.get(sys.argv[1])
print(json.dumps([here and here.__name__, child.split("'")[1:2], mark, here and here.hosts(os.environ)]))
"""
ROUTES = "eyJodHRwczovL2xpYnJhcnkuZXhhbXBsZS8iOiB7InR5cGUiOiAidXBzdHJlYW0iLCAidXBzdHJlYW0iOiAiYXBwOmh0dHAifX0="
UPSUN = {"PLATFORM_APPLICATION_NAME": "app", "PLATFORM_ROUTES": ROUTES, "PLATFORM_PROJECT_ENTROPY": "random"}
RENDER = {"RENDER": "true", "RENDER_EXTERNAL_HOSTNAME": "library.onrender.com"}
FLY = {"FLY_APP_NAME": "library"}
HEROKU = {"DYNO": "web.1", "HEROKU_APP_DEFAULT_DOMAIN_NAME": "library-1.herokuapp.com"}
GIVEN = {"SECRET_KEY": "long and random", "DATABASE_URL": "postgres://ada@db.example.com/library"}


@pytest.mark.parametrize("mark", ["DYNO", "FLY_APP_NAME"])
def test_the_mark_of_one_platform_makes_production_of_all_and_none_is_taken_for_another(
    mark: str, template: Path, tmp_path: Path
) -> None:
    settings = SETTINGS.replace("DEBUG = True", f'import os\nDEBUG = "{mark}" not in os.environ')
    project = small_project(tmp_path / "library", settings)
    chosen = ["fly", "heroku", "render", "upsun"]
    done = apply_overlay(project, template, "--skip-tasks", deploy_platforms=chosen)
    assert done.returncode == 0, done.stderr

    def seen(variables: dict[str, str]) -> list[object]:
        ran = subprocess.run(
            [sys.executable, "-c", SEEN, mark], cwd=project.root, env={**GIVEN, **variables}, capture_output=True,
            text=True, encoding="utf-8", check=True,
        )  # fmt: skip
        found: list[object] = json.loads(ran.stdout)
        return found

    for name, variables, host in (
        ("fly", FLY, "library.fly.dev"),
        ("heroku", HEROKU, "library-1.herokuapp.com"),
        ("render", RENDER, "library.onrender.com"),
        ("upsun", UPSUN, "library.example"),
    ):
        module = f"deploy.platforms.{name}"
        assert seen(variables) == [module, [module], variables.get(mark, "true"), [host]]
    assert seen({}) == [None, [], "true", None]
