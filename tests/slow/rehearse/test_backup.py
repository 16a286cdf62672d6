"""The nightly dump is rehearsed: one is made of the rehearsal's PostgreSQL, into a bucket that stands in for the owner's."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.support import usual_python
from tests.support.installing import python_with

from .conftest import PACKAGES
from .site import REPOSITORY, Site, make_site

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the platform runs on Linux")

RENDERED = REPOSITORY / "tests" / "examples" / "compose-whole" / "rendered" / "deploy"


@pytest.fixture
def backed_up(tmp_path: Path) -> Site:
    packages = (*PACKAGES, "psycopg[binary]>=3.2", "boto3>=1.34")
    site = make_site(tmp_path / "site", python_with(usual_python(), *packages), packages)
    for name in ("backup.py", "platforms/compose.py"):
        text = (RENDERED / name).read_text(encoding="utf-8") if (RENDERED / name).is_file() else COMPOSE
        site.write(f"deploy/{name}", text)
    site.append("deploy/settings.py", 'ALLOWED_HOSTS += ["notes.example.com"]\n')
    site.answer(
        deploy_platforms=["compose"],
        deploy_domains="notes.example.com",
        deploy_database="postgres",
        django_database="postgresql",
        deploy_backups="bucket",
        compose_postgres="18",
    )
    return site


COMPOSE = next((REPOSITORY / "template" / "project").glob("*deploy_folder*/platforms/compose.py")).read_text("utf-8")


def test_a_dump_is_made_and_read_back(backed_up: Site) -> None:
    # Nothing is written to the owner's bucket, and nobody outside is told.
    report = backed_up.report(BACKUP_BUCKET="the-owners", BACKUP_HEARTBEAT_URL="http://127.0.0.1:9/")

    assert report.code == 0, report.told
    assert report.check("process backup")["detail"].startswith("dumped the database into a bucket and read it back, ")


def test_without_what_it_needs_the_site_is_not_ready(backed_up: Site) -> None:
    backed_up.replace("requirements.txt", "boto3>=1.34\n", "")

    check = backed_up.report().only_red("process backup")

    assert "No module named 'boto3'" in check["detail"]


def test_what_is_not_backed_up_is_told(backed_up: Site) -> None:
    backed_up.answer(deploy_backups="none")

    report = backed_up.report()

    assert report.code == 0, report.told
    assert "The database is not backed up" in report.check("missing")["detail"]
