"""Every platform keeps the contract, and so does one that is added as docs/add-a-platform.md says."""

from __future__ import annotations

import os
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
from tests.support.anchors import shows_one_of
from tests.support.installing import python_with
from tests.support.overlay import copier_program
from tests.support.platforms import needed_by
from tests.support.template import REPOSITORY, snapshot
from tests.template.conftest import PACKAGES

from . import contract

STATIC = [
    contract.check_files,
    contract.check_questions,
    contract.check_runtime,
    contract.check_declaration,
    contract.check_choice,
    contract.check_chosen,
]
PAGE = REPOSITORY / "docs" / "add-a-platform.md"
MADE_UP = "hutch"
BUILDS = {MADE_UP: "image", "barn": "source", "stall": "registry"}  # of the page's platforms
OWN = {"deploy_domains": "www.example.com", "deploy_registry": "ghcr.io/you"}
REHEARSED = (MADE_UP, "stall")  # the second is reached under the owner's domains alone
EVERY = [*contract.platforms(REPOSITORY), *BUILDS]
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```\n", re.DOTALL | re.MULTILINE)
COPY = re.compile(r"Copy the files of \w+ with `(\w+)`\s+replaced by `(\w+)`")
PLACE = re.compile(r"`(copier\.yml|[^`\n]*/[^`\n]*\.\w+)`")  # a file of the repository, in the text before a block


def followed(page: str, template: Path) -> None:
    """Do to a copy of the template what the page says: write files, change lines, copy a platform's files."""
    place, end = "", 0
    for block in BLOCK.finditer(page):
        text, end = page[end : block.start()], block.end()
        for old, new in COPY.findall(text):
            copied(template, old, new)
        place = (PLACE.findall(text) or [place])[-1]
        target = template / place
        if block[1] == "diff":
            changed(target, block[2])
        else:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(block[2], encoding="utf-8", newline="\n")


def changed(target: Path, block: str) -> None:
    lines = block.splitlines(keepends=True)
    old, new = ("".join(line[1:] for line in lines if line[0] in kinds) for kinds in (" -", " +"))
    text = target.read_text(encoding="utf-8")
    assert text.count(old) == 1, f"the page is not in step with {target.name}: {old}"
    target.write_text(text.replace(old, new), encoding="utf-8", newline="\n")


def copied(template: Path, old: str, new: str) -> None:
    """The files of a platform under another name, and its line in copier.yml."""

    def named(text: str) -> str:
        for form in (str.lower, str.upper, str.capitalize):
            text = text.replace(form(old), form(new))
        return text

    folders = ("deploy_overlay", "template", "tests", "docs")
    paths = [path for folder in folders for path in (template / folder).rglob("*") if path.is_file()]
    for path in paths:
        place = path.relative_to(template).as_posix()
        if old in place and "__pycache__" not in place:
            target = template / named(place)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(named(path.read_text(encoding="utf-8")), encoding="utf-8", newline="\n")
    line = f"!include deploy_overlay/platforms/{old}/questions.yml\n---\n"
    changed(
        template / "copier.yml",
        "".join(f" {one}\n" for one in line.splitlines()) + "".join(f"+{one}\n" for one in named(line).splitlines()),
    )


@pytest.fixture(scope="session")
def extended(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the template with the page's platforms in it."""
    template = snapshot(tmp_path_factory.mktemp("extended") / "template", whole=True)
    followed(PAGE.read_text(encoding="utf-8"), template)
    git(template, "add", "--all")
    git(template, "commit", "--quiet", "--message", "Hutch, Barn and Stall")
    git(template, "tag", "v1.1.0")
    return template


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

    recognised = contract.package(template, "platforms").recognised()
    look = contract.package(template, "detect").look
    found = look(tmp_path, {"django_root": "."}, platforms=recognised).fact("django_platforms")

    assert found.value == [name]
    assert [place.path for place in found.evidence] == [path]


@pytest.mark.parametrize("name", BUILDS)
def test_the_page_has_an_example_of_each_way_to_build(name: str, extended: Path) -> None:
    assert contract.declaration(extended, name).build == BUILDS[name]
    assert contract.platforms(extended)[: len(contract.platforms(REPOSITORY))] == contract.platforms(REPOSITORY)


@pytest.fixture
def python() -> Path:
    return python_with(interpreter("3.13", "3.12", "3.11"), "django~=5.2.0", "Pillow", *PACKAGES)


def applied(project: Project, template: Path, *names: str, beside: str = "") -> str:
    """The overlay for these platforms, with the answers that the one `beside` them would need too."""
    declared = [contract.declaration(template, name) for name in (*names, *filter(None, [beside]))]
    done = apply_overlay(project, template, deploy_platforms=list(names), **needed_by(declared))
    assert done.returncode == 0, done.stderr
    return done.stdout


@shows_one_of("answer-deploy-registry", "answer-deploy-registry-user", "platform-lacks")
@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"deploy_registry": "ghcr.io/you"}, "Add your domain: -d deploy_domains=www.example.com"),
        ({"deploy_domains": "www.example.com"}, "Name one: -d deploy_registry=ghcr.io/you"),
        (OWN | {"deploy_registry": "you"}, "host name"),
        (OWN | {"deploy_registry": "ghcr.io/You"}, "lower case"),
        (OWN | {"deploy_registry": "localhost:5000"}, "Stall cannot reach a registry on your machine"),
        (OWN | {"deploy_registry_user": "-p"}, "Use letters"),
    ],
)
def test_what_nobody_says_or_cannot_be_is_refused_in_one_sentence(
    given: dict[str, str], told: str, extended: Path, tmp_path: Path
) -> None:
    project = make_project(tmp_path / "library")
    before = tree(project.root)

    done = apply_overlay(project, extended, deploy_platforms=["stall"], **given)

    assert done.returncode == 1
    assert told in " ".join(done.stderr.split())
    assert "Traceback" not in done.stderr
    assert tree(project.root) == before


@pytest.mark.parametrize("name", [name for name in BUILDS if name not in REHEARSED])
def test_alone_it_brings_its_files(name: str, extended: Path, tmp_path: Path) -> None:
    project = make_project(tmp_path / "library")
    before = set(tree(project.root))

    applied(project, extended, name)

    contract.check_rendered(extended, name, project.root, before)


@pytest.mark.parametrize("name", [*contract.platforms(REPOSITORY), *REHEARSED])
def test_alone_it_brings_its_files_and_is_rehearsed(
    name: str, template: Path, extended: Path, python: Path, tmp_path: Path
) -> None:
    used = of(name, template, extended)
    project = make_project(tmp_path / "library")
    before = set(tree(project.root))

    applied(project, used, name)
    contract.check_rendered(used, name, project.root, before)
    report = rehearse(project, "--platform", name, template=used, python=python)

    assert not failed_checks(report)
    assert report["platforms"] == [name]


@pytest.mark.parametrize("name", [*contract.platforms(REPOSITORY), MADE_UP])
def test_dropped_later_it_takes_its_files_along_and_nothing_else(
    name: str, template: Path, extended: Path, tmp_path: Path
) -> None:
    used = of(name, template, extended)
    kept = next(other for other in contract.platforms(used) if other != name)
    alone, both = make_project(tmp_path / "alone" / "library"), make_project(tmp_path / "both" / "library")
    applied(alone, used, kept, beside=name)
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
        variables = contract.declaration(REPOSITORY, name).runs.sets
        done = run([python, "-c", program], project.root, environment(python, **variables))
        assert done.stdout.strip() == contract.declaration(REPOSITORY, name).name
    report = rehearse(project, python=python)

    assert not failed_checks(report)
    for name in names:
        assert any(
            check["name"] == f"{contract.declaration(REPOSITORY, name).name}: server" for check in report["checks"]
        )


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
