"""What every platform has to keep, where it takes several runs of Copier: it is dropped later, or lacks what it needs."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.platforms import contract
from tests.platforms.added import BUILDS, MADE_UP, applied, extended_template
from tests.support import (
    apply_overlay,
    commit,
    environment,
    failed_checks,
    make_project,
    rehearse,
    run,
    tree,
    usual_python,
)
from tests.support.anchors import shows_one_of
from tests.support.installing import python_with
from tests.support.overlay import copier_program
from tests.support.template import REPOSITORY
from tests.template.conftest import PACKAGES

OWN = {"deploy_domains": "www.example.com", "deploy_registry": "ghcr.io/you"}


@pytest.fixture(scope="session")
def extended(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return extended_template(tmp_path_factory.mktemp("extended") / "template")


@pytest.fixture
def python() -> Path:
    return python_with(usual_python(), "django~=5.2.0", "Pillow", *PACKAGES)


@pytest.mark.parametrize("name", [*contract.platforms(REPOSITORY), MADE_UP])
def test_dropped_later_it_takes_its_files_along_and_nothing_else(
    name: str, template: Path, extended: Path, tmp_path: Path
) -> None:
    used = extended if name in BUILDS else template
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


def test_one_that_is_added_with_domains_and_a_registry_is_rehearsed(
    extended: Path, python: Path, tmp_path: Path
) -> None:
    project = make_project(tmp_path / "library")

    applied(project, extended, "stall")
    report = rehearse(project, "--platform", "stall", template=extended, python=python)

    assert not failed_checks(report)
    assert report["platforms"] == ["stall"]


def test_several_at_once_make_one_site(template: Path, python: Path, tmp_path: Path) -> None:
    names = contract.platforms(REPOSITORY)
    project = make_project(tmp_path / "library")
    applied(project, template, *names)

    report = rehearse(project, python=python)

    assert not failed_checks(report)
    for name in names:
        title = contract.declaration(REPOSITORY, name).name
        assert any(check["name"] == f"{title}: server" for check in report["checks"])


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
