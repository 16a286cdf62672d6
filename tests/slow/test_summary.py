"""The summary on the screen: what it costs is told by one set of prices, and it fits a screen.

Slow, as each applies the overlay.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.support import apply_overlay, make_project
from tests.support.template import REPOSITORY

ROWS, COLUMNS = 24, 80
PLATFORMS = ("fly", "heroku", "upsun")


def test_the_questions_and_the_readme_of_a_project_have_the_same_prices(template: Path, tmp_path: Path) -> None:
    project = make_project(tmp_path / "library")
    answers = {"deploy_platforms": ["fly", "heroku", "upsun"], "deploy_database": "postgres"}
    done = apply_overlay(project, template, **answers)
    assert done.returncode == 0, done.stderr
    text = (project.root / "deploy" / "README.md").read_text(encoding="utf-8")
    told = done.stdout.partition("Monthly costs")[2].splitlines()
    costs = [line.partition(": ")[2] for line in told if re.search(r"\$\d|euros", line)]
    sums = [one for line in costs for one in re.findall(r"\$[0-9.]*[0-9]|(?<= )[0-9]+\b(?! GB)", line)]

    assert len(sums) == 8
    assert not [one for one in sums if one not in text]


def test_a_price_stands_in_the_declarations_and_nowhere_else() -> None:
    """Files that people and Copier read have it from there."""
    files = [*(REPOSITORY / "questions").glob("*.yml"), *(REPOSITORY / "template").rglob("*.jinja")]
    files += [
        path for end in ("yml", "jinja") for path in (REPOSITORY / "deploy_overlay" / "platforms").rglob(f"*.{end}")
    ]

    assert len(files) > 20
    for path in files:
        assert not re.search(r"\$\d|\d euros|€", path.read_text(encoding="utf-8")), path


@pytest.mark.parametrize("platform", PLATFORMS)
@pytest.mark.parametrize("manager", ["pip", "poetry"])
def test_a_screen_holds_it(platform: str, manager: str, template: Path, tmp_path: Path) -> None:
    """With its title on top, below it the empty line that Copier adds and the shell's prompt."""
    project = make_project(tmp_path / "library", manager=manager, database="postgresql")

    done = apply_overlay(project, template, deploy_platforms=[platform])

    told = done.stdout.strip().splitlines()
    assert told[0].startswith("deploy-overlay: configured for ")
    # The address of the template is a long folder here, and a command is in one piece.
    assert [line for line in told if len(line) > COLUMNS and "uv tool install" not in line] == []
    assert len(told) <= ROWS - 2
    assert "4. deploy" in done.stdout and "Monthly costs, once you create it" in done.stdout


@pytest.mark.parametrize("how", ["--quiet", "variable"])
def test_quiet_says_nothing_where_all_is_well(how: str, template: Path, tmp_path: Path) -> None:
    from tests.support import environment

    project = make_project(tmp_path / "library", manager="poetry")
    options = ["--quiet"] if how == "--quiet" else []
    variables = {} if options else {"DEPLOY_OVERLAY_QUIET": "1"}

    done = apply_overlay(
        project, template, *options, env=environment(project.python, **variables), deploy_platforms=["fly"]
    )

    assert done.returncode == 0, done.stderr
    assert not done.stdout.strip()
    assert "deploy-overlay:" not in done.stderr
    assert done.stderr == "" or not options
    log = next((project.root / ".git" / "deploy-overlay").glob("*-after-copy.log"))
    assert "configured for Fly.io" in log.read_text(encoding="utf-8")


def test_what_is_not_started_is_named(template: Path, tmp_path: Path) -> None:
    project = make_project(tmp_path / "library", variants=["celery"])
    done = apply_overlay(project, template, deploy_platforms=["fly"])
    assert done.returncode == 0, done.stderr

    told = [line for line in done.stdout.splitlines() if "not started" in line or "not created" in line]
    assert told == [
        'worker is not started: deploy-overlay set "deploy_runs=[worker]"',
        'Redis is not created: deploy-overlay set "deploy_redis=platform"',
    ]
    readme = (project.root / "deploy" / "README.md").read_text(encoding="utf-8")
    assert 'deploy-overlay set "deploy_runs=[worker]"' in readme
