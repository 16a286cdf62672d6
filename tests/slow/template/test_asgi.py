"""What is rendered for a site that is served over ASGI. Slow, as the overlay is applied for it."""

from __future__ import annotations

import shutil
from pathlib import Path

from tests.support import apply_overlay
from tests.template.conftest import Site, small_project


def test_under_asgi_no_connection_outlives_its_request(site: Site, template: Path, tmp_path: Path) -> None:
    """https://docs.djangoproject.com/en/stable/ref/databases/#persistent-connections"""
    channels = small_project(tmp_path / "channels")
    done = apply_overlay(channels, template, "--skip-tasks", deploy_platforms=["fly"], django_services=["channels"])
    assert done.returncode == 0, done.stderr
    shutil.copy(channels.root / "deploy" / "settings.py", site.root / "deploy" / "settings.py")

    assert site.settings()["DATABASES"]["default"]["CONN_MAX_AGE"] == 0
