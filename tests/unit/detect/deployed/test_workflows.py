"""A project that runs workflows is asked whether it wants to be deployed by one."""

from __future__ import annotations

from pathlib import Path

import pytest

from deploy_overlay.base.files import Repository
from deploy_overlay.detect.deployed import runs_workflows

OURS = ".github/workflows/deploy.yml"


@pytest.mark.parametrize(
    ("path", "found"),
    [
        (".github/workflows/test.yml", True),
        (".github/workflows/test.yaml", True),
        (".gitlab-ci.yml", True),
        (".github/dependabot.yml", False),
        (".github/workflows/README.md", False),
        (OURS, False),
    ],
)
def test_workflows_of_the_projects_own(path: str, found: bool, tmp_path: Path) -> None:
    (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / path).write_text("on: push\n", encoding="utf-8")

    assert runs_workflows(Repository(tmp_path, frozenset({OURS}))) == found
