"""Uploads in a bucket of a server that speaks S3, on the oldest and the newest Django. Slow: it installs that server."""

from __future__ import annotations

import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.s3 import s3 as running_s3
from tests.template.conftest import Site
from tests.template.test_bucket import KEYS, applied, bucket

__all__ = ["applied", "bucket"]
UPLOAD = """
import django
django.setup()
import boto3
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage, storages

client = boto3.client("s3", endpoint_url=ENDPOINT, region_name="us-east-1")
first = default_storage.save("covers/ä b.png", ContentFile(b"first"))
second = default_storage.save("covers/ä b.png", ContentFile(b"second"))
assert first != second
print(default_storage.open(first).read().decode())
print(default_storage.size(second), default_storage.exists(first))
storages["reports"].save("x.txt", ContentFile(b"report"))
print(sorted(one["Key"] for one in client.list_objects_v2(Bucket="library-files")["Contents"])[-1])
print(default_storage.url(second))
default_storage.delete(first)
print(default_storage.exists(first))
"""
ALIAS = """
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "reports": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": "reports"}},
}
"""


@pytest.fixture
def s3(tmp_path: Path) -> Iterator[str]:
    with running_s3(tmp_path / "s3.log", "library-files") as address:
        yield address


@pytest.mark.parametrize("access", ["private", "public"])
def test_a_file_goes_into_the_bucket_and_comes_back_at_its_address(bucket: Site, access: str, s3: str) -> None:
    bucket.write(f'{ALIAS}AWS_S3_ADDRESSING_STYLE = "path"  # this machine has no names for buckets')

    done = bucket.run(
        "-c", UPLOAD.replace("ENDPOINT", repr(s3)), **KEYS, AWS_ENDPOINT_URL_S3=s3, AWS_REGION="us-east-1"
    )
    assert done.returncode == 0, done.stderr
    content, facts, alias, address, deleted = done.stdout.splitlines()[-5:]
    assert (content, facts, deleted) == ("first", "6 True", "False")
    assert alias.startswith("reports/x")
    assert ("X-Amz-Signature=" in address) == (access == "private")
    assert ("/public/covers/" in address) == (access == "public")
    assert urllib.request.urlopen(address, timeout=30).read() == b"second"
