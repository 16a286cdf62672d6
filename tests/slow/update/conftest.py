"""Fixtures of the update tests."""

from pathlib import Path

import pytest

from tests.support import Project, git, make_project
from tests.support.versions import Versions


@pytest.fixture
def versions(template: Path, tmp_path: Path) -> Versions:
    """The template under test as v1.0.0, in a repository of this test's own."""
    root = tmp_path / "template"
    git(tmp_path, "clone", "--quiet", str(template), str(root))
    return Versions(root)


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return make_project(tmp_path / "library")
