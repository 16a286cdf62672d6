"""Uploaded files reach a site: those of a folder of this machine, and those of an old site's bucket. Slow, as it runs both."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.platforms.faults import leaked
from tests.platforms.fly_scene import fly
from tests.platforms.heroku_scene import heroku
from tests.platforms.moving_scene import OLD, moving
from tests.platforms.shells import into
from tests.platforms.simulated.world import World
from tests.support.anchors import shows
from tests.support.django_site import DjangoSite
from tests.support.installing import python_with
from tests.support.postgres import NEWEST, Server, server
from tests.support.programs import usual_python
from tests.support.s3 import s3

pytestmark = pytest.mark.skipif(
    sys.platform == "win32", reason="the stand-ins for platforms' programs are shell scripts"
)
ON_VOLUME = {"django_uploads": {"store": "disk", "access": "public", "path": "/media/"}, "deploy_uploads": "volume"}
FILES = {"covers/a b.png": b"\x89PNG" * 40_000, "covers/ü.txt": b"", "notes/deep/n.pdf": b"%PDF"}


@pytest.fixture
def site(tmp_path: Path) -> DjangoSite:
    return DjangoSite(tmp_path / "site", tuple(FILES))


@pytest.fixture
def media(tmp_path: Path) -> Path:
    for name, content in {**FILES, ".DS_Store": b"x", "covers/.hidden/x": b"x"}.items():
        path = tmp_path / "media" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return tmp_path / "media"


@pytest.fixture
def online(site: DjangoSite, tmp_path: Path) -> Iterator[World]:
    with fly(tmp_path / "world", deploy_database="sqlite", **ON_VOLUME) as (world, _):
        ended = world.run("deploy")
        assert ended.status == 0, ended.output
        world.programs.insert(0, into(tmp_path / "shells", "fly", {"*exec*": site}, tmp_path / "world" / "bin" / "fly"))
        yield world


def test_a_folder_is_copied_once(site: DjangoSite, media: Path, online: World) -> None:
    shown = online.command("uploads", "push", str(media), "--dry-run")
    assert shown.status == 0 and "3 files, 160 kB" in shown.output and site.uploads == {}

    copied = online.command("uploads", "push", str(media), "--yes")

    assert copied.status == 0 and "3 files" in copied.output, copied.output
    assert site.uploads == FILES
    (media / "covers" / "ü.txt").write_bytes(b"now it has something")
    again = online.command("uploads", "push", str(media), "--yes")
    told = " ".join(again.output.split())
    assert "1 file, 20 bytes, 1 of which replaces the site's; 2 are there already" in told
    assert site.uploads == FILES | {"covers/ü.txt": b"now it has something"}


@shows("nobody-said-yes", "uploads-not-there")
def test_nothing_is_copied_unasked(site: DjangoSite, media: Path, online: World, tmp_path: Path) -> None:
    assert online.command("uploads", "push", str(media), DEPLOY_OVERLAY_YES="").status == 1
    (tmp_path / "empty").mkdir()
    assert online.command("uploads", "push", str(tmp_path / "empty")).status == 1
    assert online.command("uploads", "push", str(tmp_path / "none")).status == 1
    assert site.uploads == {}


@shows("uploads-not-stored")
def test_a_site_that_cannot_store_them_says_why(site: DjangoSite, media: Path, online: World) -> None:
    (site.folder / "data" / "media").write_text("a file where the folder would be", encoding="utf-8")

    ended = online.command("uploads", "push", str(media), "--yes")

    assert ended.status == 1 and "The site cannot store uploads" in ended.output, ended.output


@shows("uploads-not-kept")
def test_where_nothing_keeps_them(media: Path, tmp_path: Path) -> None:
    given = ON_VOLUME | {"deploy_uploads": "none"}
    with fly(tmp_path / "world", **given) as (world, _):
        ended = world.command("uploads", "push", str(media))

        assert ended.status == 1 and "deploy_uploads=bucket" in ended.output


@shows("platform-without-verb")
def test_a_platform_that_is_not_reached(media: Path, tmp_path: Path) -> None:
    with heroku(tmp_path / "world", **ON_VOLUME | {"deploy_uploads": "bucket"}) as (world, _):
        ended = world.command("uploads", "push", str(media))

        assert ended.status == 1 and "deploy/data/#copy-uploads" in ended.output


# A move


PUT = """
import boto3, json, sys
client = boto3.client("s3", endpoint_url=sys.argv[1], region_name="us-east-1", aws_access_key_id="a", aws_secret_access_key="b")
for name, content in json.load(sys.stdin).items():
    client.put_object(Bucket="old", Key=name, Body=content.encode("latin-1"))
"""


@pytest.fixture(scope="module")
def servers() -> Iterator[tuple[Server, Server]]:
    with server(0) as older, server(NEWEST) as newer:
        yield older, newer


@pytest.fixture
def bucket(tmp_path: Path) -> Iterator[str]:
    """Its address; it has static files beside what was uploaded."""
    with s3(tmp_path / "s3.log", "old") as address:
        objects = {f"media/{name}": content for name, content in FILES.items()} | {"static/site.css": b"body {}"}
        text = json.dumps({name: content.decode("latin-1") for name, content in objects.items()})
        python = python_with(usual_python(), "boto3>=1.34")
        subprocess.run([python, "-c", PUT, address], input=text, text=True, check=True)
        yield address


def test_files_of_the_old_bucket_are_on_the_volume_of_the_new_site(
    site: DjangoSite, bucket: str, servers: tuple[Server, Server], tmp_path: Path
) -> None:
    secret = "secret-of-the-old-bucket-7d2"
    older, newer = servers
    with moving(tmp_path / "world", "fly", older.database(), newer.database(), **ON_VOLUME) as move:
        move.app.config |= {
            "AWS_STORAGE_BUCKET_NAME": "old", "AWS_ACCESS_KEY_ID": "the-key", "AWS_SECRET_ACCESS_KEY": secret,
            "AWS_S3_ENDPOINT_URL": bucket,
        }  # fmt: skip
        move.old.secrets.append(secret)
        shells = into(tmp_path / "shells", "fly", {"*exec*": site}, tmp_path / "world" / "tunnel" / "fly")
        move.world.programs.insert(0, shells)
        words = ("move", "--app", OLD, "--yes", "--skip-rehearsal")

        trial = move.world.command(*words, "--trial")
        assert trial.status == 0, trial.output
        assert "are copied from the bucket old into the new site's volume" in " ".join(trial.output.split())
        assert site.uploads == FILES and not move.app.maintenance
        (site.folder / "data" / "media" / "notes" / "deep" / "n.pdf").unlink()

        ended = move.world.command(*words)

        assert ended.status == 0, ended.output
        assert "1 file, 4 bytes; 2 are there already" in ended.output
        assert site.uploads == FILES and move.app.maintenance
        assert leaked(move.world, move) == []


@shows("bucket-not-readable")
def test_a_bucket_that_cannot_be_read_is_told_before_anything_is_closed(
    bucket: str, servers: tuple[Server, Server], tmp_path: Path
) -> None:
    older, newer = servers
    with moving(tmp_path, "fly", older.database(), newer.database(), **ON_VOLUME) as move:
        move.app.config |= {
            "AWS_STORAGE_BUCKET_NAME": "gone", "AWS_ACCESS_KEY_ID": "the-key", "AWS_SECRET_ACCESS_KEY": "secret-7d2",
            "AWS_S3_ENDPOINT_URL": bucket,
        }  # fmt: skip

        ended = move.world.command("move", "--app", OLD, "--yes", "--skip-rehearsal")

        assert ended.status == 1 and "The bucket gone cannot be read: 404 NoSuchBucket" in ended.output
        assert not move.app.maintenance and move.new.apps == {}
