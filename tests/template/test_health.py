"""Health over HTTP: /healthz says that the process answers, /readyz that visitors can be served."""

from __future__ import annotations

import socket
import time
from contextlib import ExitStack

import pytest

from tests.support.browser import Answer
from tests.support.gunicorn import Gunicorn, gunicorn
from tests.support.programs import WINDOWS

from .conftest import SETTINGS, Site

MIGRATION = """
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True
    operations = [migrations.CreateModel("Book", [("id", models.BigAutoField(primary_key=True))])]
"""
FILE = "sqlite:///db.sqlite3"
ASGI = """
import asyncio
import django
django.setup()
from django.test import AsyncClient

async def both():
    client = AsyncClient(headers={"host": "library.fly.dev"})
    return [(await client.get(path)).status_code for path in ("/healthz", "/readyz")]

print(asyncio.run(both()))
"""

GOING = """
import os, time
import django
django.setup()
from django.core.management import call_command
from django.db import connection
from django.test import Client

client = Client()
call_command("migrate", verbosity=0)
first = client.get("/readyz").status_code
connection.close()
os.rename("db.sqlite3", "away")
os.mkdir("db.sqlite3")
time.sleep(1.1)  # it asks once a second
print(first, client.get("/readyz").status_code, client.get("/healthz").status_code)
"""


def with_migration(site: Site) -> Site:
    """The site with an app that has one migration."""
    migrations = site.root / "books" / "migrations"
    migrations.mkdir(parents=True)
    for folder in (migrations, migrations.parent):
        (folder / "__init__.py").touch()
    (migrations / "0001_initial.py").write_text(MIGRATION, encoding="utf-8")
    return site.write('INSTALLED_APPS += ["books"]\n')


@pytest.mark.skipif(WINDOWS, reason="Gunicorn does not run on Windows")
def test_a_site_is_ready_once_its_migrations_are_applied(site: Site) -> None:
    with_migration(site)
    with gunicorn(site.root, site.python, DATABASE_URL=FILE) as server:
        before = server.browser.get("/readyz", **{"X-Forwarded-Proto": "http", "Host": "172.19.0.2"})
        assert (before.status, before.text) == (503, "not ready\n")
        assert "migrations are not applied" in server.said()
        assert server.browser.get("/healthz").status == 200

        done = site.run("-m", "django", "migrate", "--noinput", DATABASE_URL=FILE)
        assert done.returncode == 0, done.stderr
        answer = ready(server)
        assert (answer.status, answer.text) == (200, "ok\n")
        for path in ("/readyz", "/healthz"):
            headers = server.browser.get(path).headers
            assert headers["X-Content-Type-Options"] == "nosniff"
            assert headers["Cache-Control"] == "no-store"


def ready(server: Gunicorn) -> Answer:
    """The first answer that says so: each worker asks its database once a second."""
    until = time.monotonic() + 20
    while (answer := server.browser.get("/readyz")).status == 503 and time.monotonic() < until:
        time.sleep(0.2)
    return answer


def test_a_site_is_not_ready_any_more_when_its_database_goes(site: Site) -> None:
    done = site.run("-c", GOING, DATABASE_URL=FILE)

    assert done.stdout.split()[-3:] == ["200", "503", "200"], done.stderr


@pytest.mark.skipif(WINDOWS, reason="Gunicorn does not run on Windows")
@pytest.mark.parametrize("site", ["5.2"], indirect=True)
def test_a_database_that_hangs_holds_one_thread_and_makes_a_site_unready_not_dead(site: Site) -> None:
    hanging = socket.create_server(("127.0.0.1", 0))  # takes connections and never says a word
    url = f"postgres://ada:word@127.0.0.1:{hanging.getsockname()[1]}/library"
    with gunicorn(site.root, site.python, "--workers=1", DATABASE_URL=url) as server, ExitStack() as stack:
        stack.callback(hanging.close)
        for _ in range(12):
            probe = stack.enter_context(socket.create_connection(("127.0.0.1", server.port), timeout=10))
            probe.sendall(b"GET /readyz HTTP/1.1\r\nHost: x\r\n\r\n")
        for _ in range(5):
            assert server.browser.get("/healthz").status == 200
        assert server.browser.get("/readyz").status == 503


def test_under_asgi_too(site: Site) -> None:
    with_migration(site)

    before = site.run("-c", ASGI, DATABASE_URL=FILE)
    assert site.run("-m", "django", "migrate", "--noinput", DATABASE_URL=FILE).returncode == 0
    after = site.run("-c", ASGI, DATABASE_URL=FILE)

    assert before.stdout.strip().endswith("[200, 503]"), before.stderr
    assert after.stdout.strip().endswith("[200, 200]"), after.stderr


PAGES = """
from django.http import HttpResponse
from django.urls import include, path, re_path

urlpatterns = [{own} re_path("^(?P<page>.*)$", lambda request, page: HttpResponse("any page"))]
"""
OWN = {
    "paths": 'path("healthz", lambda request: HttpResponse("own")), path("readyz", lambda request: HttpResponse("own")),',
    "patterns": 're_path("^healthz/?$", lambda request: HttpResponse("own")), '
    'path("", include([re_path("^readyz$", lambda request: HttpResponse("own"))])),',
}
ASKED = """
import django
django.setup()
from django.test import Client

visitor = Client(headers={"host": "library.fly.dev", "x-forwarded-proto": "https"})
checks = [
    Client(headers={"host": "172.19.0.2:8000"}),
    Client(headers={"host": "172.19.0.2:8000", "x-forwarded-proto": "https"}),
    Client(headers={"host": "library.fly.dev"}),
]
print(*(client.get(path).content.decode().strip() for path in ("/healthz", "/readyz") for client in (visitor, *checks)), sep=", ")
"""


@pytest.mark.parametrize("site", ["5.2"], indirect=True)
@pytest.mark.parametrize("own", ["", *OWN])
def test_a_page_of_the_project_stays_and_checks_of_the_platform_are_answered(own: str, site: Site) -> None:
    (site.root / "mysite" / "urls.py").write_text(PAGES.format(own=OWN.get(own, "")), encoding="utf-8")
    page = "own" if own else "ok"

    done = site.run("-c", ASKED, DATABASE_URL="sqlite://")

    ready = "not ready"  # no migration is applied
    shown = page if own else ready
    assert done.stdout.splitlines()[-1:] == [", ".join([page, *["ok"] * 3, shown, *[ready] * 3])], done.stderr


def test_a_project_without_a_database_is_ready(site: Site) -> None:
    program = (
        "import django; django.setup(); from django.test import Client; print(Client().get('/readyz').status_code)"
    )
    settings = SETTINGS.replace('DATABASES = {"default"', 'NO_DATABASES = {"default"')
    (site.root / "mysite" / "settings.py").write_text(settings, encoding="utf-8")
    environment = site.root / "deploy" / "environment.py"
    required = environment.read_text(encoding="utf-8").replace('    "DATABASE_URL":', '    "SECRET_KEY":')
    environment.write_text(required, encoding="utf-8")

    done = site.run("-c", program, DATABASE_URL=None)

    assert done.stdout.strip() == "200", done.stderr
