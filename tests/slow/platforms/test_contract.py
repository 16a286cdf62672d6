"""What every platform has to keep, where it takes several runs of Copier: it is dropped later, or lacks what it needs."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.platforms import contract
from tests.platforms.added import check_dropped, extended_template
from tests.support import apply_overlay, make_project, tree
from tests.support.anchors import shows_one_of
from tests.support.template import REPOSITORY

OWN = {"deploy_domains": "www.example.com", "deploy_registry": "ghcr.io/you"}


@pytest.fixture(scope="session")
def extended(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return extended_template(tmp_path_factory.mktemp("extended") / "template")


@pytest.mark.parametrize("name", contract.platforms(REPOSITORY))
def test_dropped_later_it_takes_its_files_along_and_nothing_else(name: str, template: Path, tmp_path: Path) -> None:
    check_dropped(name, template, tmp_path)


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
