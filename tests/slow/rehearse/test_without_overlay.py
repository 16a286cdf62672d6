"""A project without the overlay is asked the same questions of its own settings and processes, and nothing is written."""

import shutil

import pytest

from tests.support.repository import git

from .site import ANSWERS_FILE, Site

IN_ORDER = """
import os
import dj_database_url
DEBUG = False
SECRET_KEY = os.environ["SECRET_KEY"]
ALLOWED_HOSTS = ["localhost", "notes.example.org"]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_SSL_REDIRECT = SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
SECURE_HSTS_SECONDS = 3600
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]
MIDDLEWARE.insert(1, "whitenoise.middleware.WhiteNoiseMiddleware")
STATIC_ROOT = BASE_DIR / "staticfiles"
STORAGES = {"default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"}}
DATABASES = {"default": dj_database_url.parse(os.environ["DATABASE_URL"])}
"""


@pytest.fixture
def own(site: Site) -> Site:
    (site.root / ANSWERS_FILE).unlink()
    shutil.rmtree(site.root / "deploy")
    return site


def test_settings_of_a_tutorial_have_more_than_one_finding(own: Site) -> None:
    report = own.report()
    assert report.red[:2] == ["production settings", "empty database"]
    assert report.check("production settings")["detail"] == "DEBUG is on"
    assert report.code == 1
    # SQLite beside the code is a finding of its own, and the other checks are made on an empty file.
    assert report.check("release")["detail"].endswith("migrations on SQLite beside the code")
    assert report.check("pages")["status"] != "skip"
    assert "page assets" not in report.unmade


def test_no_host_is_allowed(own: Site) -> None:
    own.append("mysite/settings.py", f"{IN_ORDER}ALLOWED_HOSTS = []\n")
    assert "run this again with --host NAME" in own.report().check("pages")["cure"]


def test_settings_that_a_platform_could_run(own: Site) -> None:
    own.append("mysite/settings.py", IN_ORDER)
    before = git(own.root, "status", "--porcelain", "--ignored")
    report = own.report()
    assert report.red == [], [report.check(n) for n in report.red]
    assert git(own.root, "status", "--porcelain", "--ignored") == before


def test_a_file_that_git_lfs_keeps_is_not_said_to_be_outside_of_the_site(own: Site) -> None:
    own.append("mysite/settings.py", IN_ORDER)
    own.write("film.webm", "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n")
    report = own.report()
    assert "outside" not in report.check("code")["detail"]
    assert any("film.webm" in sentence for sentence in report.document["unproven"])
