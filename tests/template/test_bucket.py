"""Uploads in a bucket: which storage the production settings choose. tests/slow/template/test_bucket_of_s3.py uploads."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.support import apply_overlay, interpreter
from tests.support.installing import python_with
from tests.support.projects import DJANGO

from .conftest import PACKAGES, Site, small_project

STORAGES = "django-storages[s3]>=1.14.3"
S3 = "storages.backends.s3.S3Storage"
KEYS = {
    "AWS_STORAGE_BUCKET_NAME": "library-files",
    "AWS_ACCESS_KEY_ID": "the-key",
    "AWS_SECRET_ACCESS_KEY": "the-secret",
}
ALIASES = """
from pathlib import Path
STORAGES = {
    "default": {"BACKEND": "mysite.storage.Overwriting", "OPTIONS": {"location": "media"}},
    "reports": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": "reports"}},
    "memory": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "own": {"BACKEND": "mysite.storage.Own"},
}
"""
ADDRESS = """
import django
django.setup()
from django.core.files.storage import default_storage
print(default_storage.url("a/b.png"))
"""


def apply_with_bucket(root: Path, template: Path, access: str, on: str = "fly") -> Path:
    project = small_project(root / "library")
    uploads = {"store": "disk", "access": access, "path": "/media/"}
    done = apply_overlay(
        project, template, "--skip-tasks", deploy_platforms=[on], deploy_uploads="bucket", django_uploads=uploads
    )
    assert done.returncode == 0, done.stderr
    return project.root


@pytest.fixture(scope="session")
def applied(template: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("bucket")
    return {access: apply_with_bucket(folder / access, template, access) for access in ("private", "public")}


@pytest.fixture
def access() -> str:
    return "private"


@pytest.fixture
def bucket(django: str, access: str, applied: dict[str, Path], tmp_path: Path) -> Site:
    root = tmp_path / "library"
    shutil.copytree(applied[access], root)
    return Site(root, python_with(interpreter(*DJANGO[django]), f"django~={django}.0", STORAGES, *PACKAGES))


def test_private_uploads_have_signed_addresses(bucket: Site) -> None:
    settings = bucket.settings(**KEYS, AWS_REGION="eu-north-1", AWS_ENDPOINT_URL_S3="https://s3.example.com")

    default = settings["STORAGES"]["default"]
    assert default["BACKEND"] == S3
    assert default["OPTIONS"] == {
        "bucket_name": "library-files",
        "access_key": "the-key",
        "secret_key": "the-secret",
        "region_name": "eu-north-1",
        "endpoint_url": "https://s3.example.com",
        "signature_version": "s3v4",
        "addressing_style": "virtual",
        "file_overwrite": False,
        "default_acl": None,
        "querystring_auth": True,
    }
    assert settings["STORAGES"]["staticfiles"] == {"BACKEND": "deploy.static.StaticFiles"}
    address = bucket.run("-c", ADDRESS, **KEYS, AWS_REGION="eu-north-1").stdout
    assert "X-Amz-Signature=" in address and "the-secret" not in address


@pytest.mark.parametrize("access", ["public"])
def test_public_uploads_have_plain_addresses_in_a_folder_of_their_own(bucket: Site) -> None:
    address = bucket.run("-c", ADDRESS, **KEYS, AWS_ENDPOINT_URL_S3="https://fly.storage.tigris.dev").stdout.strip()

    assert address == "https://library-files.fly.storage.tigris.dev/public/a/b.png"


def test_every_storage_on_the_disk_moves_and_others_stay(bucket: Site) -> None:
    storages = bucket.write(ALIASES).settings(**KEYS)["STORAGES"]

    assert storages["default"]["BACKEND"] == S3, "the project's own class writes to a disk that is emptied"
    assert storages["reports"]["BACKEND"] == S3 and storages["reports"]["OPTIONS"]["location"] == "reports"
    assert storages["reports"]["OPTIONS"]["querystring_auth"] is True
    assert storages["memory"] == {"BACKEND": "django.core.files.storage.InMemoryStorage"}
    assert storages["own"] == {"BACKEND": "mysite.storage.Own"}


def test_the_old_name_of_the_storage_is_no_error(bucket: Site) -> None:
    bucket.write('DEFAULT_FILE_STORAGE = "django.core.files.storage.FileSystemStorage"')

    assert bucket.settings(**KEYS)["STORAGES"]["default"]["BACKEND"] == S3


def test_the_projects_other_settings_for_buckets_count(bucket: Site) -> None:
    bucket.write("AWS_QUERYSTRING_EXPIRE = 60\nAWS_S3_FILE_OVERWRITE = True\n")

    assert "X-Amz-Expires=60&" in bucket.run("-c", ADDRESS, **KEYS).stdout


def test_a_build_needs_no_keys(bucket: Site) -> None:
    done = bucket.run(
        "-m", "django", "collectstatic", "--noinput", DEPLOY_BUILD="1", SECRET_KEY=None, DATABASE_URL=None
    )

    assert done.returncode == 0, done.stderr


def test_without_its_keys_the_site_does_not_start(bucket: Site) -> None:
    done = bucket.run("-m", "django", "check", AWS_REGION="eu-north-1")

    assert done.returncode != 0 and "Traceback" not in done.stderr
    assert all(f"{name} (the bucket for uploaded files)" in done.stderr for name in KEYS)


def test_a_build_of_heroku_finds_the_bucket_of_the_add_on(django: str, template: Path, tmp_path: Path) -> None:
    """It has the config vars, and no DYNO: https://github.com/heroku/heroku-buildpack-python/issues/280"""
    root = apply_with_bucket(tmp_path, template, "public", "heroku")
    site = Site(root, python_with(interpreter(*DJANGO[django]), f"django~={django}.0", STORAGES, *PACKAGES))
    names = ("BUCKET_NAME", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION")
    variables = {f"BUCKETEER_{name}": "eu-west-1" if name == "AWS_REGION" else "given" for name in names}

    for where in ({"STACK": "heroku-24"}, {"DYNO": "release.1"}):
        done = site.run("-m", "django", "collectstatic", "--noinput", FLY_APP_NAME=None, **variables, **where)
        assert done.returncode == 0, done.stderr
