"""SQLite in production: many threads write at once, nobody is refused, and the README says how to back it up."""

from __future__ import annotations

import re
import shutil
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path

import pytest

from tests.support import NoPython, apply_overlay, interpreter
from tests.support.gunicorn import gunicorn
from tests.support.installing import python_with
from tests.support.programs import WINDOWS
from tests.support.projects import DJANGO

from .conftest import PACKAGES, Site, calls_of_start, small_project

NEW = {"transaction_mode": "IMMEDIATE", "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; "}
COUNTER = """
import time

from django.contrib.sessions.models import Session
from django.db import transaction
from django.http import HttpResponse
from django.urls import path
from django.utils import timezone


def visit(request):
    with transaction.atomic():  # reads, thinks, writes: with a plain BEGIN, whoever comes second is refused
        count = Session.objects.count()
        time.sleep(0.01)
        Session.objects.create(session_key=f"{time.time_ns()}-{count}", session_data="", expire_date=timezone.now())
    return HttpResponse(str(count))


urlpatterns = [path("", visit)]
"""


@pytest.fixture(scope="session")
def on_sqlite(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    project = small_project(tmp_path_factory.mktemp("sqlite") / "library")
    done = apply_overlay(
        project,
        template,
        deploy_platforms=["fly", "upsun", "compose"],
        deploy_domains="library.example.com",
        deploy_database="sqlite",
    )
    assert done.returncode == 0, done.stderr
    return project.root


@pytest.fixture(params=["4.2", "5.2", "6.1"])
def lite(request: pytest.FixtureRequest, on_sqlite: Path, tmp_path: Path) -> Site:
    try:
        python = interpreter(*DJANGO[request.param])
    except NoPython as error:
        pytest.skip(f"Django {request.param}: {error}")
    root = tmp_path / "library"
    shutil.copytree(on_sqlite, root)
    return Site(root, python_with(python, f"django~={request.param}.0", *PACKAGES))


def knows(site: Site) -> bool:
    """Whether this Django has what came with 5.1."""
    return site.run("-c", "import django; print(django.VERSION >= (5, 1))").stdout.strip() == "True"


def test_options_are_those_that_this_django_knows(lite: Site) -> None:
    options = lite.settings(DATABASE_URL=None)["DATABASES"]["default"]["OPTIONS"]

    assert options == {"timeout": 20, **(NEW if knows(lite) else {})}
    assert lite.check() == ""


def test_options_of_the_project_stay(lite: Site) -> None:
    own = {
        "timeout": 5,
        **({"transaction_mode": "EXCLUSIVE", "init_command": "PRAGMA cache_size=2000"} if knows(lite) else {}),
    }
    lite.write(
        f'DATABASES["default"]["OPTIONS"] = {own}\n'
        'DATABASES["archive"] = {"ENGINE": "django.db.backends.sqlite3", "NAME": "archive.db"}\n'
        'DATABASES["old"] = {"ENGINE": "django.db.backends.postgresql", "NAME": "old"}\n'
    )
    databases = lite.settings(DATABASE_URL=None)["DATABASES"]

    default = databases["default"]["OPTIONS"]
    assert default["timeout"] == 5
    assert databases["archive"]["OPTIONS"]["timeout"] == 20
    assert "OPTIONS" not in databases["old"]
    if knows(lite):
        assert default["transaction_mode"] == "EXCLUSIVE"
        assert default["init_command"].endswith("; PRAGMA cache_size=2000")


def test_a_database_of_another_kind_has_none_of_it(lite: Site) -> None:
    assert lite.settings()["DATABASES"]["default"].get("OPTIONS", {}) == {}  # DATABASE_URL says PostgreSQL


@pytest.mark.skipif(WINDOWS, reason="an image runs Linux")
def test_the_machine_with_the_volume_migrates_before_it_serves(on_sqlite: Path, tmp_path: Path) -> None:
    assert calls_of_start(on_sqlite, tmp_path) == [
        "install -d -o app -g app /data /data/media",
        "setpriv --reuid=app --regid=app --init-groups --no-new-privs "
        "sh -c python -m django migrate --noinput && exec gunicorn -c deploy/gunicorn.conf.py",
    ]


@pytest.mark.skipif(WINDOWS, reason="Gunicorn does not run on Windows")
@pytest.mark.parametrize("lite", ["5.2", "6.1"], indirect=True)
def test_many_who_write_at_once_are_all_answered(lite: Site, tmp_path: Path) -> None:
    (lite.root / "mysite" / "urls.py").write_text(COUNTER, encoding="utf-8")
    data = {"DEPLOY_DATA": str(tmp_path)}
    migrated = lite.run("-m", "django", "migrate", "--noinput", DATABASE_URL=None, **data)
    assert migrated.returncode == 0, migrated.stderr
    with closing(sqlite3.connect(tmp_path / "db.sqlite3")) as database:
        assert database.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    answers: list[int] = []

    with gunicorn(lite.root, lite.python, **data) as server:

        def visit() -> None:
            answers.extend(server.browser.get("/").status for _ in range(10))

        visitors = [threading.Thread(target=visit) for _ in range(16)]
        for visitor in visitors:
            visitor.start()
        for visitor in visitors:
            visitor.join()
        assert answers == [200] * 160, server.said()[-2000:]
    with closing(sqlite3.connect(tmp_path / "db.sqlite3")) as database:
        assert database.execute("SELECT count(*) FROM django_session").fetchone() == (160,)


def test_the_readme_says_how_to_copy_a_database_that_is_in_use(on_sqlite: Path, tmp_path: Path) -> None:
    """Its newest rows are not in the file itself: what the README gives is run here on one that somebody has open."""
    readme = (on_sqlite / "deploy" / "README.md").read_text(encoding="utf-8")
    assert readme.count("`deploy-overlay backup`") >= 2  # on Fly.io and on Upsun
    programs = re.findall(r'python3? -c "(import sqlite3.+?)"', readme)
    assert len(programs) == 1  # on Docker Compose, which the command does not reach
    with closing(sqlite3.connect(tmp_path / "db.sqlite3")) as database:
        database.execute("PRAGMA journal_mode=WAL")
        database.execute("CREATE TABLE book (title)")
        database.execute("INSERT INTO book VALUES ('new')")
        database.commit()
        for program in programs:
            here = re.sub(r"'[^']*/", f"'{tmp_path.as_posix()}/", program)
            subprocess.run([sys.executable, "-c", here], check=True)
            with closing(sqlite3.connect(tmp_path / "copy.sqlite3")) as copy:
                assert copy.execute("SELECT title FROM book").fetchall() == [("new",)]
            (tmp_path / "copy.sqlite3").unlink()
