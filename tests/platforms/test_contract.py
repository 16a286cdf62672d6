"""Every platform keeps the contract, and so does one that is added as docs/add-a-platform.md says."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support import (
    Project,
    apply_overlay,
    commit,
    environment,
    failed_checks,
    git,
    interpreter,
    make_project,
    rehearse,
    run,
    tree,
)
from tests.support.installing import python_with
from tests.support.overlay import copier_program
from tests.support.template import REPOSITORY, snapshot
from tests.template.conftest import PACKAGES

from . import contract

STATIC = [contract.check_files, contract.check_questions, contract.check_runtime, contract.check_status]
PAGE = REPOSITORY / "docs" / "add-a-platform.md"
MADE_UP = "hutch"
# A paragraph that begins with a path, and the block after it.
FILE = re.compile(r"^(`[^\n]+(?:\n[^\n]+)*)\n\n```(?!diff)\w+\n(.*?)^```", re.DOTALL | re.MULTILINE)


def followed(page: str, template: Path) -> None:
    """Do to a copy of the template what the page says: write its files, change its lines."""
    for paragraph, block in FILE.findall(page):
        target = template / paragraph.split("`")[1]
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(block, encoding="utf-8", newline="\n")
    shared = template / "questions" / "deploy.yml"
    for block in re.findall(r"^```diff\n(.*?)^```", page, re.DOTALL | re.MULTILINE):
        lines = block.splitlines(keepends=True)
        old, new = ("".join(line[1:] for line in lines if line[0] in kinds) for kinds in (" -", " +"))
        text = shared.read_text(encoding="utf-8")
        assert text.count(old) == 1, f"the page is not in step with questions/deploy.yml: {old}"
        shared.write_text(text.replace(old, new), encoding="utf-8", newline="\n")


@pytest.fixture(scope="session")
def extended(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the template with the page's platform in it."""
    template = snapshot(tmp_path_factory.mktemp("extended") / "template", whole=True)
    followed(PAGE.read_text(encoding="utf-8"), template)
    git(template, "add", "--all")
    git(template, "commit", "--quiet", "--message", "Hutch")
    git(template, "tag", "v1.1.0")
    return template


def of(name: str, template: Path, extended: Path) -> Path:
    return extended if name == MADE_UP else template


@pytest.mark.parametrize("check", STATIC)
@pytest.mark.parametrize("name", [*contract.platforms(REPOSITORY), MADE_UP])
def test_every_platform_keeps_the_contract(name: str, check: Callable[[Path, str], None], extended: Path) -> None:
    check(of(name, REPOSITORY, extended), name)


@pytest.fixture
def python() -> Path:
    return python_with(interpreter("3.13", "3.12", "3.11"), "django~=5.2.0", "Pillow", *PACKAGES)


def applied(project: Project, template: Path, *names: str) -> str:
    done = apply_overlay(project, template, deploy_platforms=list(names))
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("name", [*contract.platforms(REPOSITORY), MADE_UP])
def test_alone_it_brings_its_files_and_is_rehearsed(
    name: str, template: Path, extended: Path, python: Path, tmp_path: Path
) -> None:
    used = of(name, template, extended)
    project = make_project(tmp_path / "library")
    before = set(tree(project.root))

    applied(project, used, name)
    contract.check_rendered(used, name, project.root, before)
    report = rehearse(project, python, "--platform", name)

    assert not failed_checks(report)
    assert report["platform"] == contract.hooks(used, name).NAME


@pytest.mark.parametrize("name", [*contract.platforms(REPOSITORY), MADE_UP])
def test_dropped_later_it_takes_its_files_along_and_nothing_else(
    name: str, template: Path, extended: Path, tmp_path: Path
) -> None:
    used = of(name, template, extended)
    kept = next(other for other in contract.platforms(used) if other != name)
    alone, both = make_project(tmp_path / "alone" / "library"), make_project(tmp_path / "both" / "library")
    applied(alone, used, kept)
    applied(both, used, kept, name)
    commit(both, "Both")

    change = ["--trust", "--defaults", "-r", ":current:", "-d", f"deploy_platforms=[{kept}]"]
    run([copier_program(), "update", *change], both.root, environment(both.python))

    left, wanted = tree(both.root), tree(alone.root)
    differing = {path for path in {*left, *wanted} if left.get(path) != wanted.get(path)}
    # Answers name a platform's own questions.
    assert differing <= {".copier-answers.yml"}


def test_several_at_once_make_one_site_that_knows_where_it_runs(template: Path, python: Path, tmp_path: Path) -> None:
    names = contract.platforms(REPOSITORY)
    project = make_project(tmp_path / "library")
    applied(project, template, *names)

    program = "import os, deploy.platforms as p; print(getattr(p.current(os.environ), 'NAME', None))"
    for name in names:
        variables = contract.runtime(REPOSITORY, name).rehearsal()
        done = run([python, "-c", program], project.root, environment(python, **variables))
        assert done.stdout.strip() == contract.hooks(REPOSITORY, name).NAME
    report = rehearse(project, python)

    assert not failed_checks(report)
    for name in names:
        assert any(check["name"] == f"{contract.hooks(REPOSITORY, name).NAME}: server" for check in report["checks"])


def test_the_page_works_word_for_word(extended: Path) -> None:
    """The page's own test, run in the extended copy as its reader would."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", f"tests/platforms/test_{MADE_UP}.py"]
    done = subprocess.run(command, cwd=extended, capture_output=True, text=True, encoding="utf-8", check=False)

    assert done.returncode == 0, done.stdout + done.stderr
