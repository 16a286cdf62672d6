"""The nightly dump as it is rendered: a real PostgreSQL, and a server that speaks S3. Slow, as it runs both."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest

from deploy_overlay.base.postgres import CLIENTS, installed_programs
from tests.support import Project, apply_overlay, usual_python
from tests.support.installing import python_with
from tests.support.postgres import Server, password_of, server, sql
from tests.support.s3 import s3
from tests.template.conftest import small_project

BUCKET, NAME = "dumps", "library"
MANY = "SELECT n, md5(n::text) AS text FROM generate_series(1, 2000) n"
MODULE = """
import importlib.util, json, sys
from datetime import datetime, timedelta, timezone
spec = importlib.util.spec_from_file_location("backup", "deploy/backup.py")
backup = importlib.util.module_from_spec(spec)
spec.loader.exec_module(backup)
"""


@dataclass(frozen=True)
class Site:
    root: Path
    python: Path
    environ: dict[str, str]
    address: str

    def command(self, *arguments: str) -> list[str]:
        return [str(self.python), "deploy/backup.py", *arguments]

    def run(self, *arguments: str, **variables: str) -> subprocess.CompletedProcess[bytes]:
        return self.start(self.command(*arguments), **variables)

    def module(self, code: str, **variables: str) -> str:
        done = self.start([str(self.python), "-c", MODULE + code], **variables)
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout.decode()

    def start(self, command: Sequence[str], **variables: str) -> subprocess.CompletedProcess[bytes]:
        environ = {**self.environ, **variables}
        return subprocess.run(command, cwd=self.root, env=environ, capture_output=True, timeout=120, check=False)

    def names(self, **variables: str) -> list[str]:
        return self.run("list", **variables).stdout.decode().split()

    def stored(self) -> list[str]:
        """Every key of the bucket, whatever it is."""
        code = """
stored = backup.bucket_of(backup.os.environ).list_objects_v2(Bucket="dumps").get("Contents", ())
print(json.dumps([one["Key"] for one in stored]))
"""
        found: list[str] = json.loads(self.module(code))
        return found


@pytest.fixture(scope="module")
def postgres() -> Iterator[Server]:
    with server(0) as running:
        yield running


@pytest.fixture(scope="module")
def rendered(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    project = small_project(tmp_path_factory.mktemp("backup") / "library")
    applied(project, template)
    return project.root


def applied(project: Project, template: Path, **more: str) -> None:
    answers = {"deploy_platforms": ["compose"], "deploy_domains": "library.example.com", "deploy_backups": "bucket"}
    answers |= more
    done = apply_overlay(project, template, "--skip-tasks", deploy_name=NAME, **answers)
    assert done.returncode == 0, done.stderr


@pytest.fixture
def site(rendered: Path, postgres: Server, tmp_path: Path) -> Iterator[Site]:
    url = postgres.database(owner=f"owner_{os.urandom(4).hex()}")
    sql(url, f"CREATE TABLE book AS {MANY}")
    programs = max(installed_programs(CLIENTS), key=lambda one: one.major)
    with s3(tmp_path / "s3.log", BUCKET) as address:
        environ = {
            "PATH": f"{programs.folder}:{os.environ['PATH']}",
            "DATABASE_URL": url,
            "BACKUP_BUCKET": BUCKET,
            "BACKUP_ACCESS_KEY_ID": "the-key",
            "BACKUP_SECRET_ACCESS_KEY": "the-secret-of-the-bucket",
            "BACKUP_ENDPOINT_URL": address,
        }
        yield Site(rendered, python_with(usual_python(), "boto3>=1.34"), environ, address)


def test_a_dump_arrives_whole_and_is_restored(site: Site, postgres: Server, tmp_path: Path) -> None:
    done = site.run("now")

    assert done.returncode == 0, done.stderr.decode()
    assert re.search(rb"^20\S+Z\.dump is in the bucket and readable: \d+ bytes", done.stdout)
    assert [f"{NAME}/{name}" for name in site.names()] == site.stored()
    assert site.run("check").returncode == 0
    fetched = site.run("get", "newest")
    assert fetched.returncode == 0 and fetched.stdout[:5] == b"PGDMP"
    assert site.run("get", site.names()[0]).stdout == fetched.stdout
    (tmp_path / "got.dump").write_bytes(fetched.stdout)
    empty = postgres.database(owner=f"other_{os.urandom(4).hex()}")
    restore = ["pg_restore", "--no-owner", f"--dbname={empty}", str(tmp_path / "got.dump")]
    assert site.start(restore).returncode == 0
    assert sql(empty, "SELECT count(*), max(text) FROM book") == sql(
        site.environ["DATABASE_URL"], "SELECT count(*), max(text) FROM book"
    )


def test_a_large_dump_goes_part_by_part(site: Site) -> None:
    """More than a part, of what cannot be made smaller."""
    sql(
        site.environ["DATABASE_URL"],
        "CREATE TABLE noise AS SELECT gen_random_uuid() AS one, gen_random_uuid() AS two FROM generate_series(1, 200000)",
    )
    done = site.module(
        "backup.PART = 5 * 1024 * 1024\nprint(backup.back_up(backup.os.environ))\n"
        "client = backup.bucket_of(backup.os.environ)\n"
        "print(client.list_objects_v2(Bucket='dumps')['Contents'][0]['ETag'])"
    )
    assert re.search(r'-[2-9]\d*"', done), "it was sent in one part"
    assert site.run("get", "newest").stdout[:5] == b"PGDMP"


def test_no_secret_is_in_an_argument(site: Site, tmp_path: Path) -> None:
    seen = tmp_path / "arguments"
    fake = tmp_path / "programs"
    fake.mkdir()
    for name in ("pg_dump", "pg_restore"):
        (fake / name).write_text(f'#!/bin/sh\necho "$0 $@" >> {seen}\ncat /dev/null\n', encoding="utf-8")
        (fake / name).chmod(0o755)
    site.run("now", PATH=f"{fake}:{site.environ['PATH']}")

    said = seen.read_text(encoding="utf-8")
    assert "pg_dump" in said and "dbname" in said
    assert password_of(site.environ["DATABASE_URL"]) not in said and "the-secret" not in said


@pytest.mark.parametrize("what", ["pg_dump", "pg_restore"])
def test_what_fails_is_no_backup_and_says_so(what: str, site: Site, tmp_path: Path) -> None:
    """A dump at whose end something went wrong, though it can be read back; and one that cannot."""
    fake = tmp_path / "programs"
    fake.mkdir()
    real = shutil.which(what, path=site.environ["PATH"])
    script = f'#!/bin/sh\n{real} "$@"\necho broken {what} >&2\nexit 3\n'
    (fake / what).write_text(script, encoding="utf-8")
    (fake / what).chmod(0o755)

    done = site.run("now", PATH=f"{fake}:{site.environ['PATH']}")

    assert done.returncode == 1
    assert f"broken {what}".encode() in done.stderr and b"NO BACKUP: " in done.stderr
    assert b"Traceback" not in done.stderr
    assert site.stored() == []
    assert site.run("check").returncode == 1


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"BACKUP_BUCKET": ""}, "set BACKUP_BUCKET"),
        ({"BACKUP_BUCKET": "elsewhere"}, "the bucket: "),
        ({"BACKUP_ENDPOINT_URL": "http://127.0.0.1:9"}, "the bucket: Could not connect"),
        ({"DATABASE_URL": "postgres://nobody:word@127.0.0.1:9/none"}, "pg_dump ended with exit code 1"),
        ({"PATH": "/nowhere"}, "pg_dump is not installed"),
    ],
)
def test_bad_environment_are_one_sentence(changed: dict[str, str], said: str, site: Site) -> None:
    done = site.run("now", **changed)

    assert done.returncode == 1
    assert f"NO BACKUP: {said}" in done.stderr.decode() and b"Traceback" not in done.stderr


def test_old_dumps_go_and_what_is_not_ours_stays(site: Site) -> None:
    """All of a day, and one of each of 7 days, 4 weeks and 12 months."""
    code = """
client, environ = backup.bucket_of(backup.os.environ), backup.os.environ
now = datetime.now(timezone.utc).replace(microsecond=0)
for day in range(1, 500):
    client.put_object(Bucket="dumps", Key="library/" + (now - timedelta(days=day)).strftime(backup.FORM), Body=b"x")
for other in ("library/notes.txt", "library-staging/2020-01-01T000000Z.dump", "else/2020-01-01T000000Z.dump"):
    client.put_object(Bucket="dumps", Key=other, Body=b"x")
recent = ["library/" + (now - timedelta(hours=hours)).strftime(backup.FORM) for hours in (2, 5)]
for key in recent:
    client.put_object(Bucket="dumps", Key=key, Body=b"x")
backup.back_up(environ)
pages = client.get_paginator("list_objects_v2").paginate(Bucket="dumps")
print(json.dumps([recent, [one["Key"] for page in pages for one in page["Contents"]]]))
"""
    recent, keys = json.loads(site.module(code))

    others = {"library/notes.txt", "library-staging/2020-01-01T000000Z.dump", "else/2020-01-01T000000Z.dump"}
    assert others <= {*keys}
    assert {*recent} <= {*keys}, "of the last day none goes"
    mine = sorted({*keys} - others - {*recent})
    assert 7 + 11 <= len(mine) <= 7 + 4 + 12 + 1, mine
    assert len({name.partition("/")[2][:7] for name in mine}) >= 12
    assert sorted([*mine, *recent]) == [f"{NAME}/{name}" for name in site.names()]


def test_an_environment_beside_production_has_a_folder_of_its_own(site: Site) -> None:
    assert site.run("now", DEPLOY_OVERLAY_ENVIRONMENT="staging").returncode == 0
    assert site.names() == ["no", "dump"]
    assert all(key.startswith("library-staging/") for key in site.stored())


def test_a_key_that_may_not_delete_still_backs_up(site: Site) -> None:
    code = """
from botocore.exceptions import ClientError
client = backup.bucket_of(backup.os.environ)
def refuse(**_):
    raise ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "DeleteObject")
client.delete_object = refuse
for day in range(60, 70):
    begun = datetime.now(timezone.utc) - timedelta(days=day)
    client.put_object(Bucket="dumps", Key="library/" + begun.strftime(backup.FORM), Body=b"x")
print(backup.make(client, backup.os.environ, datetime.now(timezone.utc))[0])
"""
    assert site.module(code).strip().endswith(".dump")
    assert len(site.names()) == 11


def test_when_one_is_due(site: Site) -> None:
    code = """
at = lambda text: datetime.fromisoformat(text).replace(tzinfo=timezone.utc)
print(json.dumps([
    backup.is_due(at("2026-05-02T03:16:00"), None),
    backup.is_due(at("2026-05-02T03:16:00"), at("2026-05-01T03:17:30")),
    backup.is_due(at("2026-05-02T03:17:00"), at("2026-05-01T03:17:30")),
    backup.is_due(at("2026-05-02T03:18:00"), at("2026-05-02T03:17:10")),
    backup.is_due(at("2026-05-02T12:00:00"), at("2026-05-01T12:00:00")),
]))"""
    assert json.loads(site.module(code)) == [True, False, True, False, True]


def test_the_process_makes_the_first_dump_at_once_and_ends_when_asked(site: Site) -> None:
    heard: list[str] = []
    with heartbeat(heard) as url, started(site, BACKUP_HEARTBEAT_URL=url) as process:
        wait(lambda: heard, process)
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=10) == 0
        assert b"is in the bucket and readable" in process.communicate()[1]
    assert len(site.names()) == 1
    # The next one has a dump of this night already.
    with started(site) as process:
        assert process.stderr is not None
        line = process.stderr.readline()
        assert line.startswith(b"newest dump: 20"), line
        time.sleep(3)  # it has nothing to do: that is what has to be seen
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=10) == 0
    assert len(site.names()) == 1


def test_a_process_that_fails_says_so_and_goes_on(site: Site) -> None:
    with started(site, DATABASE_URL="postgres://nobody:word@127.0.0.1:9/none") as process:
        assert process.stderr is not None
        said = b""
        while b"NO BACKUP" not in said:
            said += process.stderr.readline()
        assert b"Retrying in an hour" in said
        assert process.poll() is None
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=10) == 0
    assert site.run("check").returncode == 1


@contextmanager
def started(site: Site, **variables: str) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(
        site.command(), cwd=site.root, env={**site.environ, **variables}, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


@contextmanager
def heartbeat(heard: list[str]) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            heard.append(self.path)
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Nothing."""

    listening = HTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=listening.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{listening.server_address[1]}/ping"
    finally:
        listening.shutdown()
        listening.server_close()


def wait(condition: object, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + 60
    while not condition():  # type: ignore[operator]
        assert process.poll() is None and time.monotonic() < until
        time.sleep(0.1)
