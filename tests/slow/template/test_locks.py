"""A migration that waits for a table gives up in time, on a real PostgreSQL. Slow, as it starts one and waits for locks."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from deploy_overlay.rehearse.postgres import running_postgres
from deploy_overlay.rehearse.stage import Stage
from tests.support import NoPython, interpreter, run
from tests.support.anchors import note, shows
from tests.support.installing import python_with
from tests.support.projects import DJANGO
from tests.template.conftest import PACKAGES, Site

FIRST_FILE = "migrations/0001_initial.py"
MODELS = """
from django.db import models

class Note(models.Model):
    id = models.AutoField(primary_key=True)
    text = models.TextField()
"""
FIRST = """
from django.db import migrations, models

class Migration(migrations.Migration):
    initial = True
    operations = [migrations.CreateModel("Note", [("id", models.AutoField(primary_key=True)), ("text", models.TextField())])]
"""
NEXT = """
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models

class Migration(migrations.Migration):
    dependencies = [("notes", "0001_initial")]
    atomic = {atomic}
    operations = [{operation}]
"""
FIELD = 'migrations.AddField("note", "stars", models.IntegerField(null=True))'
CONCURRENTLY = 'AddIndexConcurrently("note", models.Index(fields=["text"], name="by_text"))'
OWN_LIMIT = "migrations.RunSQL(\"SET LOCAL lock_timeout = '300ms'\"), "
# Keeps a transaction open that has written to the table, until its standard input ends.
WRITER = """
import sys, psycopg
with psycopg.connect(sys.argv[1]) as connection:
    connection.execute("INSERT INTO notes_note (text) VALUES ('new')")
    print("writing", flush=True)
    sys.stdin.read()
"""
WAITING = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
SITE = """
import django
django.setup()
from django.core.management import call_command
from django.db import connection
call_command("migrate", verbosity=0)
with connection.cursor() as cursor:  # the same connection, as a pooler would give it to the site
    cursor.execute("SHOW lock_timeout")
    print(cursor.fetchone()[0], len(connection.execute_wrappers))
"""


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with tempfile.TemporaryDirectory(prefix="locks-") as folder:
        place = Path(folder)
        stage = Stage(place, place, place, "deploy", place / "log", Path(sys.executable))
        with running_postgres(stage, dict(os.environ), print) as found:
            yield found.url


@dataclass
class Notes:
    """A site with a table of notes in a database of its own; `psycopg` is a Python that has psycopg 3."""

    site: Site
    psycopg: Path
    url: str

    def next(self, operations: str, *, atomic: bool = True) -> None:
        """The migration that comes next."""
        path = self.site.root / "mysite" / "notes" / "migrations" / "0002_next.py"
        path.write_text(NEXT.format(atomic=atomic, operation=operations), encoding="utf-8")

    def migrate(self, **variables: str) -> tuple[subprocess.CompletedProcess[str], float]:
        """What the release command does, and how long it took in seconds."""
        begun = time.monotonic()
        bounded = f"{self.url}?options=-c%20statement_timeout%3D60s"  # no test waits for ever
        done = self.site.run("-m", "django", "migrate", "--noinput", DATABASE_URL=bounded, **variables)
        return done, time.monotonic() - begun

    @contextmanager
    def used(self) -> Iterator[subprocess.Popen[str]]:
        """A transaction that has written to the table and stays open while the block runs."""
        with subprocess.Popen(
            [self.psycopg, "-c", WRITER, self.url], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as writer:
            assert writer.stdout is not None and writer.stdout.readline() == "writing\n"
            yield writer
            writer.communicate()

    def waiting(self, **variables: str) -> threading.Thread:
        """The release command, which waits for a lock by now."""
        thread = threading.Thread(target=self.migrate, kwargs=variables)
        thread.start()
        until = time.monotonic() + 60
        while self.ask(WAITING) != "1" and time.monotonic() < until:
            time.sleep(0.1)
        return thread

    def ask(self, sql: str) -> str:
        code = "import psycopg, sys; print(psycopg.connect(sys.argv[1], autocommit=True).execute(sys.argv[2]).fetchone()[0])"
        return run([self.psycopg, "-c", code, self.url, sql], self.site.root).stdout.strip()

    def has(self, name: str) -> bool:
        return self.ask(f"SELECT count(*) FROM django_migrations WHERE name = '{name}'") == "1"


@pytest.fixture(params=["4.2 psycopg2", "6.1"])
def notes(request: pytest.FixtureRequest, overlaid: Path, server: str, tmp_path: Path) -> Notes:
    django, _, driver = request.param.partition(" ")
    usual = python_with(interpreter(*DJANGO["5.2"]), "django~=5.2.0", *PACKAGES)
    packages = [*PACKAGES[:-1], "psycopg2-binary"] if driver else PACKAGES
    try:
        python = python_with(interpreter(*DJANGO[django]), f"django~={django}.0", *packages)
    except NoPython as error:
        pytest.skip(f"Django {django}: {error}")
    root = tmp_path / "library"
    shutil.copytree(overlaid, root)
    site = Site(root, python).write('INSTALLED_APPS += ["mysite.notes"]\n')
    app = root / "mysite" / "notes"
    for name, text in {"__init__.py": "", "models.py": MODELS, "migrations/__init__.py": "", FIRST_FILE: FIRST}.items():
        (app / name).parent.mkdir(parents=True, exist_ok=True)
        (app / name).write_text(text, encoding="utf-8")
    name = f"notes_{uuid.uuid4().hex}"
    code = "import psycopg, sys; psycopg.connect(sys.argv[1], autocommit=True).execute(sys.argv[2])"
    run([usual, "-c", code, server, f"CREATE DATABASE {name}"], root)
    made = Notes(site, usual, f"{server.rpartition('/')[0]}/{name}")
    first, _ = made.migrate()
    assert first.returncode == 0, first.stderr
    return made


@shows("table-in-use")
def test_it_gives_up_and_says_what_to_do(notes: Notes) -> None:
    notes.next(FIELD)

    with notes.used():
        done, seconds = notes.migrate()
        assert notes.ask("SELECT count(*) FROM notes_note") == "0"  # which would wait behind the migration

    note(done.stderr)
    assert done.returncode == 1
    assert 5 < seconds < 30
    assert done.stderr.startswith("CommandError: The migration gave up after 5s, ")
    assert 'ALTER TABLE "notes_note" ADD COLUMN "stars"' in done.stderr
    assert not notes.has("0002_next")

    assert notes.migrate()[0].returncode == 0  # deployed again
    assert notes.has("0002_next")


def test_without_a_limit_it_waits(notes: Notes) -> None:
    """What the limit is for: with 0 the site's own query has to wait too."""
    notes.next(FIELD)

    with notes.used() as writer:
        waiting = notes.waiting(DEPLOY_LOCK_TIMEOUT="0")
        with pytest.raises(AssertionError, match="lock timeout"):
            notes.ask("SET lock_timeout = '1s'; SELECT count(*) FROM notes_note")
        writer.communicate()
    waiting.join()

    assert notes.has("0002_next")


def test_statements_outside_of_a_transaction_give_up_too(notes: Notes) -> None:
    notes.next(FIELD, atomic=False)

    with notes.used():
        done, _ = notes.migrate(DEPLOY_LOCK_TIMEOUT="300ms")

    assert "gave up after 300ms" in done.stderr
    assert not notes.has("0002_next")


def test_an_index_that_is_built_beside_the_site_waits_for_as_long_as_it_takes(notes: Notes) -> None:
    """It blocks nobody, and giving up would leave half an index."""
    notes.next(CONCURRENTLY, atomic=False)

    with notes.used() as writer:
        waiting = notes.waiting(DEPLOY_LOCK_TIMEOUT="300ms")
        time.sleep(1)  # longer than the limit
        assert notes.ask(WAITING) == "1"
        writer.communicate()
    waiting.join()

    assert notes.has("0002_next")


def test_a_limit_of_the_migrations_own_stays(notes: Notes) -> None:
    notes.next(OWN_LIMIT + FIELD)

    with notes.used():
        done, seconds = notes.migrate(DEPLOY_LOCK_TIMEOUT="1h")

    assert done.returncode == 1
    assert seconds < 30


def test_nothing_of_it_stays_on_the_connection(notes: Notes) -> None:
    """A pooler gives it to the site."""
    notes.next(FIELD)

    done = notes.site.run("-c", SITE, DATABASE_URL=notes.url)

    assert done.stdout.split() == ["0", "1"], done.stderr
    assert notes.has("0002_next")
