"""Every platform keeps the contract, and so does one that is added as docs/add-a-platform.md says."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.end_to_end.test_managers import CELLS
from tests.support import environment, failed_checks, git, make_project, rehearse, run, tree, usual_python
from tests.support.installing import python_with
from tests.support.overlay import rendered
from tests.support.platforms import needed_by
from tests.support.template import REPOSITORY
from tests.template.conftest import PACKAGES, small_project

from . import contract
from .added import BUILDS, MADE_UP, applied, extended_template

STATIC = [
    contract.check_files,
    contract.check_questions,
    contract.check_runtime,
    contract.check_declaration,
    contract.check_choice,
    contract.check_chosen,
]
EVERY = [*contract.platforms(REPOSITORY), *BUILDS]
# tests/end_to_end rehearses each of the others.
REHEARSED = [MADE_UP, *(name for name in contract.platforms(REPOSITORY) if name not in CELLS.values())]


@pytest.fixture(scope="session")
def extended(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return extended_template(tmp_path_factory.mktemp("extended") / "template")


def of(name: str, template: Path, extended: Path) -> Path:
    return extended if name in BUILDS else template


@pytest.mark.parametrize("check", STATIC)
@pytest.mark.parametrize("name", EVERY)
def test_every_platform_keeps_the_contract(name: str, check: Callable[[Path, str], None], extended: Path) -> None:
    check(of(name, REPOSITORY, extended), name)


@pytest.mark.parametrize("need", contract.NEEDS)
@pytest.mark.parametrize("name", EVERY)
def test_what_a_project_needs_is_there_or_said(name: str, need: str, extended: Path) -> None:
    contract.check_need(of(name, REPOSITORY, extended), name, need)


@pytest.mark.parametrize("name", EVERY)
def test_a_file_that_was_there_is_not_passed_over(name: str, extended: Path, tmp_path: Path) -> None:
    answers = {
        "deploy_package": "deploy",
        "deploy_folder": "deploy",
        "deploy_name": "library",
        "deploy_database": "postgres",
        "django_root": ".",
        "django_dependency_manager": "pip",
        "django_dependency_root": ".",
        "django_dependency_files": ["requirements.txt"],
        "django_python_version": "3.13",
        "django_frontend": {},
    }
    contract.check_kept(of(name, REPOSITORY, extended), name, tmp_path, answers)


@pytest.mark.parametrize("name", EVERY)
def test_a_project_on_it_is_recognised(name: str, extended: Path, tmp_path: Path) -> None:
    """By the file that every site there has."""
    template = of(name, REPOSITORY, extended)
    path = next((path for path, file in contract.declaration(template, name).files.items()), "")
    if not path:
        pytest.skip("its files are all in the overlay's folder, so a project without the overlay has none of them")
    content = {"Procfile": "web: gunicorn library.wsgi\n"}.get(path, "[site]\n")
    (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / path).write_text(content, encoding="utf-8")
    git(tmp_path, "init", "--quiet")
    git(tmp_path, "add", "--all")

    recognizers = contract.package(template, "platforms").recognizers()
    look = contract.package(template, "detect").look
    found = look(tmp_path, {"django_root": "."}, platforms=recognizers).fact("django_platforms")

    assert found.value == [name]
    assert [place.path for place in found.evidence] == [path]


@pytest.mark.parametrize("name", BUILDS)
def test_the_page_has_an_example_of_each_way_to_build(name: str, extended: Path) -> None:
    assert contract.declaration(extended, name).build == BUILDS[name]
    assert contract.platforms(extended)[: len(contract.platforms(REPOSITORY))] == contract.platforms(REPOSITORY)


@pytest.fixture
def python() -> Path:
    return python_with(usual_python(), "django~=5.2.0", "Pillow", *PACKAGES)


@pytest.mark.parametrize("name", EVERY)
def test_alone_it_brings_its_files(name: str, template: Path, extended: Path, tmp_path: Path) -> None:
    used = of(name, template, extended)
    project = small_project(tmp_path / "library")
    before = set(tree(project.root))

    rendered(project, used, deploy_platforms=[name], **needed_by([contract.declaration(used, name)]))

    contract.check_rendered(used, name, project.root, before)


@pytest.mark.parametrize("name", REHEARSED)
def test_it_is_rehearsed(name: str, template: Path, extended: Path, python: Path, tmp_path: Path) -> None:
    used = of(name, template, extended)
    project = make_project(tmp_path / "library")

    applied(project, used, name)
    report = rehearse(project, "--platform", name, template=used, python=python)

    assert not failed_checks(report)
    assert report["platforms"] == [name]


def test_a_site_on_several_knows_where_it_runs(template: Path, python: Path, tmp_path: Path) -> None:
    """tests/slow/platforms/test_contract.py rehearses it on all of them."""
    names = contract.platforms(REPOSITORY)
    declared = [contract.declaration(REPOSITORY, name) for name in names]
    root = rendered(small_project(tmp_path / "library"), template, deploy_platforms=names, **needed_by(declared))

    program = "import os, deploy.platforms as p; print(p.current(os.environ).__name__)"
    for name, one in zip(names, declared, strict=True):
        done = run([python, "-c", program], root, environment(python, **one.runs.sets))
        assert done.stdout.strip() == f"deploy.platforms.{name}"


@pytest.mark.parametrize("name", BUILDS)
def test_the_page_works_word_for_word(name: str, extended: Path) -> None:
    """The page's own test, run in the extended copy as its reader would."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", f"tests/platforms/test_{name}.py"]
    alone = {
        name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")
    }  # no worker of this run
    done = subprocess.run(
        command, cwd=extended, env=alone, capture_output=True, text=True, encoding="utf-8", check=False
    )

    assert done.returncode == 0, done.stdout + done.stderr
