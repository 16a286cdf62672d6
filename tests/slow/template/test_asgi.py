"""What is rendered for a site that is served over ASGI. Slow, as the overlay is applied for it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.support import apply_overlay
from tests.template.conftest import Site, small_project


@pytest.fixture
def channels(site: Site, template: Path, tmp_path: Path) -> Site:
    """A site with the settings of one that uses Channels."""
    project = small_project(tmp_path / "channels")
    done = apply_overlay(project, template, "--skip-tasks", deploy_platforms=["fly"], django_services=["channels"])
    assert done.returncode == 0, done.stderr
    shutil.copy(project.root / "deploy" / "settings.py", site.root / "deploy" / "settings.py")
    return site


def test_no_connection_outlives_its_request(channels: Site) -> None:
    """https://docs.djangoproject.com/en/stable/ref/databases/#persistent-connections"""
    database = channels.settings()["DATABASES"]["default"]

    assert database["CONN_MAX_AGE"] == 0 and "pool" not in database.get("OPTIONS", {})


def test_a_pool_keeps_as_many_connections_as_its_owner_says(channels: Site) -> None:
    """Django refuses a pool beside persistent connections."""
    database = channels.settings(DATABASE_POOL="6")["DATABASES"]["default"]

    assert database["OPTIONS"]["pool"] == {"min_size": 1, "max_size": 6} and database["CONN_MAX_AGE"] == 0
