"""A stage of a Dockerfile that is named for development says nothing of production."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from deploy_overlay.detect import Facts, Failure
from deploy_overlay.detect.deployed.docker_stages import without_development
from tests.unit.detect.conftest import django_project

Build = Callable[..., Facts]
BASE = "FROM python:3.12-slim AS base\nRUN pip install -r requirements.txt\n"
PRODUCTION = "FROM base AS production\nCMD gunicorn site_.wsgi\n"


@pytest.mark.parametrize("name", ["development", "local-dev", "test", "jupyter-notebook"])
def test_what_is_installed_for_development_alone_is_not_missed_in_production(facts: Build, name: str) -> None:
    text = f"{BASE}{PRODUCTION}FROM base AS {name}\nRUN pip install django-silk\n"
    assert facts({**django_project(), "Dockerfile": text}).fact("django_dependency_manager").value == "pip"


def test_a_notebook_is_a_tool(facts: Build) -> None:
    files = {"Dockerfile-nb": "FROM base\nRUN uv pip install --force-reinstall jupyter\n"}
    assert facts({**django_project(), **files}).fact("django_dependency_manager").value == "pip"


def test_what_production_installs_is_missed(facts: Build) -> None:
    text = f"{BASE}FROM base AS development\n{PRODUCTION}RUN pip install paramiko\n"
    with pytest.raises(Failure, match="paramiko"):
        facts({**django_project(), "Dockerfile": text}).fact("django_dependency_manager")


def test_settings_of_a_stage_for_development_are_not_productions(facts: Build) -> None:
    project = django_project() | {"site_/quick.py": "from .settings import *\n"}
    text = f"{BASE}{PRODUCTION}FROM base AS dev\nENV DJANGO_SETTINGS_MODULE=site_.quick\n"
    assert facts({**project, "Dockerfile": text}).fact("django_settings_module").value == "site_.settings"


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("FROM a AS dev\nRUN 1\nFROM dev AS production\nRUN 2\n", ["RUN 1", "RUN 2"]),  # built on it
        ("FROM a AS test\nRUN 1\nFROM b\nCOPY --from=test /x /x\n", ["RUN 1", "COPY --from=test /x /x"]),
        ("FROM a AS test\nRUN 1\nFROM b\nCOPY --from=0 /x /x\n", ["RUN 1", "COPY --from=0 /x /x"]),
        ("FROM a AS test\nRUN 1\nFROM b\nRUN --mount=type=bind,from=test,target=/x 2\n", ["RUN 1"]),
        ("FROM a AS python-build-stage\nRUN 1\nFROM b AS python-run-stage\nRUN 2\n", ["RUN 1", "RUN 2"]),
        ("FROM a AS dev\nRUN 1\n", ["RUN 1"]),  # there is no other
        ("ARG X\nFROM a AS dev\nRUN 1\nFROM b\nRUN 2\n", ["RUN 2"]),
    ],
)
def test_which_stages_are_left(text: str, left: list[str]) -> None:
    found = [line for _, line in without_development(list(enumerate(text.split("\n"), 1)))]
    assert [line for line in found if line.startswith(("RUN 1", "RUN 2", "COPY"))] == left
