"""The nightly dump of a SQLite database as it is rendered, into a server that speaks S3. Slow, as it runs that server."""

from __future__ import annotations

import os
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from deploy_overlay.provision.sqlite import read
from tests.support import usual_python
from tests.support.installing import python_with
from tests.support.s3 import s3
from tests.template.conftest import small_project

from .test_backup import BUCKET, NAME, Site, applied


@pytest.fixture(scope="module")
def rendered(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    project = small_project(tmp_path_factory.mktemp("backup") / "library")
    applied(project, template, deploy_database="sqlite")
    return project.root


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    folder.mkdir()
    return folder


@pytest.fixture
def site(rendered: Path, data: Path, tmp_path: Path) -> Iterator[Site]:
    with s3(tmp_path / "s3.log", BUCKET) as address:
        environ = {
            "PATH": os.environ["PATH"],
            "DEPLOY_DATA": str(data),
            "BACKUP_BUCKET": BUCKET,
            "BACKUP_ACCESS_KEY_ID": "the-key",
            "BACKUP_SECRET_ACCESS_KEY": "the-secret-of-the-bucket",
            "BACKUP_ENDPOINT_URL": address,
        }
        yield Site(rendered, python_with(usual_python(), "boto3>=1.34"), environ, address)


def fill(data: Path) -> sqlite3.Connection:
    """As a site that is at work has it: the newest rows are in another file."""
    visitor = sqlite3.connect(data / "db.sqlite3", isolation_level=None)
    visitor.execute("PRAGMA journal_mode = WAL")
    visitor.execute("CREATE TABLE book (title text)")
    visitor.executemany("INSERT INTO book VALUES (?)", [(os.urandom(400).hex(),) for _ in range(2000)])
    return visitor


@pytest.mark.parametrize("variables", [{}, {"DATABASE_URL": "sqlite:///{data}/db.sqlite3"}], ids=["folder", "address"])
def test_a_dump_arrives_whole_while_the_site_is_at_work(
    variables: dict[str, str], site: Site, data: Path, tmp_path: Path
) -> None:
    given = {name: value.format(data=data) for name, value in variables.items()}
    with closing(fill(data)) as visitor:
        visitor.execute("INSERT INTO book VALUES ('newest')")

        done = site.run("now", **given)

        assert done.returncode == 0, done.stderr.decode()
        assert re.search(rb"^20\S+Z\.sqlite3 is in the bucket and readable: \d+ bytes", done.stdout)
    assert [f"{NAME}/{name}" for name in site.names()] == site.stored()
    assert site.run("check").returncode == 0
    (tmp_path / "got.sqlite3").write_bytes(site.run("get", "newest").stdout)
    assert dict(read(tmp_path / "got.sqlite3").contents.tables) == {"book": 2001}
    assert [one.name for one in data.iterdir() if not one.name.startswith("db.sqlite3")] == []


@pytest.mark.parametrize("what", ["absent", "damaged", "no SQLite", "a full disk"])
def test_what_fails_is_no_backup_and_says_so(what: str, site: Site, data: Path) -> None:
    file, code = data / "db.sqlite3", ""
    if what != "absent":
        fill(data).close()
    if what == "damaged":
        whole = file.read_bytes()
        file.write_bytes(whole[:4096] + b"\xff" * 4096 + whole[8192:])
    elif what == "no SQLite":
        file.write_bytes(b"x" * 10_000)
    elif what == "a full disk":
        code = "def full(**_):\n    raise OSError(28, 'No space left on device')\n"
        code += "backup.tempfile.NamedTemporaryFile = full\n"

    done = site.start([str(site.python), "-c", f"{MAIN}{code}print(backup.main(['now']))"])

    assert done.stdout.startswith(b"NO BACKUP: "), done.stdout + done.stderr
    assert b"Traceback" not in done.stderr
    assert site.stored() == []
    assert [one.name for one in data.iterdir() if not one.name.startswith("db.sqlite3")] == []


MAIN = """
import importlib.util
spec = importlib.util.spec_from_file_location("backup", "deploy/backup.py")
backup = importlib.util.module_from_spec(spec)
spec.loader.exec_module(backup)
"""


def test_a_dump_that_the_bucket_changed_is_deleted(site: Site, data: Path) -> None:
    fill(data).close()
    code = "read = backup.Dump.read\nbackup.Dump.read = lambda self, size=-1: read(self, size)[::-1]\n"

    done = site.start([str(site.python), "-c", f"{MAIN}{code}print(backup.main(['now']))"])

    assert b"NO BACKUP: the dump in the bucket differs from the one that was sent" in done.stdout, done.stderr
    assert site.stored() == []
