"""Uploads in a bucket of a server that speaks S3, on the oldest and the newest Django. Slow: it installs that server."""

from __future__ import annotations

import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator

import pytest

from tests.support import interpreter
from tests.support.installing import python_with
from tests.support.serving import free_port
from tests.template.conftest import Site
from tests.template.test_bucket import KEYS, applied, bucket

__all__ = ["applied", "bucket"]
PATIENCE = 60.0  # seconds until the server answers
UPLOAD = """
import django
django.setup()
import boto3
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage, storages

client = boto3.client("s3", endpoint_url=ENDPOINT, region_name="us-east-1")
client.create_bucket(Bucket="library-files")
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


@pytest.fixture(scope="module")
def s3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server of S3 on this machine."""
    python = python_with(interpreter("3.13", "3.12", "3.11"), "moto[server]>=5")
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    with (tmp_path_factory.mktemp("s3") / "log").open("wb") as log:
        server = subprocess.Popen(
            [str(python), "-m", "moto.server", "-p", str(port)], stdout=log, stderr=subprocess.STDOUT
        )
        try:
            _wait(address, server)
            yield address
        finally:
            server.terminate()
            server.wait(timeout=20)


def _wait(address: str, server: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until and server.poll() is None:
        try:
            urllib.request.urlopen(address, timeout=5).close()
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise AssertionError("the server of S3 did not answer")


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
    if access == "private":  # this server asks nobody for a signature, so a plain address proves nothing
        assert urllib.request.urlopen(address, timeout=30).read() == b"second"
