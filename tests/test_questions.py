"""What is asked, what is stored, and what a person sees at the prompts."""

from __future__ import annotations

import sys
from pathlib import Path

import pexpect
import pyte
import pytest
from pytest_copier.plugin import CopierFixture

from tests.support import environment, git, make_project, snapshot
from tests.support.overlay import copier_program

COLUMNS, ROWS = 80, 50
# What prompt_toolkit writes when a prompt takes input (bracketed paste), and after it was drawn (line wrap on again).
PROMPT_IS_UP, CURSOR_IS_BACK = "\x1b[?2004h", "\x1b[?7h"
FACTS = {
    "django_asgi", "django_configuration", "django_database", "django_debug_env", "django_dependency_files",
    "django_dependency_manager", "django_dependency_root", "django_dev_apps", "django_python_path", "django_python_version",
    "django_required_env", "django_root", "django_secret_key_env", "django_services", "django_settings_assigned",
    "django_settings_module", "django_system_libraries", "django_wsgi", "django_frontend", "django_workers",
    "django_build_commands",
}  # fmt: skip
CHOICES = {"deploy_database", "deploy_domains", "deploy_name", "deploy_platforms", "deploy_updates", "fly_region"}
OWN = {"deploy_kept_files", "deploy_own_answers", "deploy_package"}


@pytest.fixture(scope="session")
def copier_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """For pytest-copier: the working tree as a template, instead of a copy of everything in the folder."""
    return snapshot(tmp_path_factory.mktemp("template"))


def test_facts_and_choices_are_stored_and_nothing_else(copier: CopierFixture, tmp_path: Path) -> None:
    project = make_project(tmp_path / "library", layout="nested")

    result = copier.copy(project.root, deploy_platforms=["fly"])

    stored = {name for name in result.answers if not name.startswith("_")}
    assert stored == FACTS | CHOICES | OWN
    assert result.answers["django_root"] == "shelf"
    assert result.answers["deploy_name"] == "library"


def test_a_fact_that_is_given_wins_over_what_is_seen(copier: CopierFixture, tmp_path: Path) -> None:
    project = make_project(tmp_path / "library")

    result = copier.copy(project.root, deploy_platforms=["fly"], django_python_version="3.11")

    assert result.answers["django_python_version"] == "3.11"
    assert "FROM python:3.11-slim" in (project.root / "Dockerfile").read_text(encoding="utf-8")


@pytest.mark.skipif(sys.platform == "win32", reason="a pseudo-terminal is needed")
def test_a_person_answers_five_questions_by_pressing_enter(template: Path, tmp_path: Path) -> None:
    project = make_project(tmp_path / "library")
    child = pexpect.spawn(
        copier_program(),
        ["copy", "--trust", str(template), "."],
        cwd=str(project.root),
        env=environment(project.python, TERM="xterm"),
        dimensions=(ROWS, COLUMNS),
        encoding="utf-8",
        timeout=60,
    )

    screen = pyte.Screen(COLUMNS, ROWS)
    stream = pyte.Stream(screen)
    asked, before = [], ""
    while child.expect_exact([PROMPT_IS_UP, pexpect.EOF]) == 0:
        before = before or child.before
        stream.feed(child.before + child.after)
        child.expect_exact(CURSOR_IS_BACK)
        stream.feed(child.before + child.after)
        asked.append([line.rstrip() for line in screen.display if "🎤" in line][-1])
        child.send("\r")
    child.close()

    assert child.exitstatus == 0
    assert len(asked) == len(set(asked)) <= 5, asked
    # What was seen, told before the first question and once.
    assert before.count("Django root") == 1
    assert "manage.py" in before
    assert git(project.root, "status", "--porcelain", "--", "Dockerfile").startswith("??")
