"""Fixtures of the hooks' tests."""

from pathlib import Path

import pytest

from deploy_overlay.base.log import Log
from tests.hooks.repository import Repository


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return Repository(tmp_path / "project")


@pytest.fixture
def log(tmp_path: Path) -> Log:
    return Log(tmp_path / "test.log")
