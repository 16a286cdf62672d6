"""Rows and uploads are carried to production by the very commands that the page has, with the platforms' programs left away.

Slow, as it installs a project and starts PostgreSQL.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy_overlay.rehearse.postgres import running_postgres
from deploy_overlay.rehearse.stage import Stage
from tests.support import Project, apply_overlay, environment, install, make_project, run
from tests.support.documents import blocks
from tests.support.template import REPOSITORY

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="lines for a POSIX shell")

PAGE = (REPOSITORY / "docs" / "deploy" / "data.md").read_text(encoding="utf-8")
SETTINGS = {"SECRET_KEY": "x" * 50}
ENTER = """
from django.contrib.auth.models import Group, User
from books.models import Author, Book
for number in range(3):
    User.objects.create_user(f"filler{number}").delete()  # so that keys differ between the databases
ada = User.objects.create_superuser("ada", password="of-ada")
ada.groups.add(Group.objects.create(name="readers"))
author = Author.objects.create(name="Ada Lovelace")
Book.objects.create(title="Notes", author=author, owner=ada, description="long " * 5000)
"""
THERE = """
from django.contrib.auth import authenticate
from django.contrib.auth.models import User
from django.db import connection
from books.models import Author, Book
assert connection.vendor == "postgresql"
ada = authenticate(username="ada", password="of-ada")
assert ada and ada.is_superuser and [group.name for group in ada.groups.all()] == ["readers"]
book = Book.objects.get()
assert book.owner == ada and len(book.description) == 25000 and book.author.name == "Ada Lovelace"
User.objects.create_user("grace"), Author.objects.create(name="Grace Hopper")  # the next keys are free
"""


def command_of(row: str) -> str:
    """The command in a row of a table, as a shell gets it."""
    line = next(line for line in PAGE.splitlines() if line.startswith(f"| {row} |"))
    return str(re.findall(r"`([^`]+)`", line)[0]).replace("\\|", "|")


def there(line: str) -> str:
    """What runs on the platform: the part in quotes."""
    return shlex.split(line.replace("<", " ").replace("|", " "))[-1 if "<" not in line else -2]


@pytest.fixture(scope="module")
def postgresql() -> Iterator[str]:
    with tempfile.TemporaryDirectory(prefix="data-") as folder:
        place = Path(folder)
        stage = Stage(place, place, place, "deploy", place / "log", Path(sys.executable))
        with running_postgres(stage, dict(os.environ), print) as server:
            yield server.url


@pytest.fixture(scope="module")
def project(template: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Project, Path]:
    """The sample, which has SQLite on the owner's machine, with rows; and the Python of production."""
    made = make_project(tmp_path_factory.mktemp("data") / "library")
    done = apply_overlay(made, template, deploy_platforms=["fly", "heroku", "upsun"], deploy_database="postgres")
    assert done.returncode == 0, done.stderr
    python = install(made)
    run([python, "manage.py", "migrate"], made.root, environment(python))
    run([python, "manage.py", "shell", "-c", ENTER], made.root, environment(python))
    (line,) = next(block.lines for block in blocks("data.md", PAGE) if "dumpdata" in block.text)
    run([python, *shlex.split(line)[1:]], made.root, environment(python))
    return made, python


def database(server: str, name: str, python: Path, root: Path) -> str:
    """A new one, migrated as the first release does."""
    code = "import psycopg, sys; psycopg.connect(sys.argv[1], autocommit=True).execute(sys.argv[2])"
    run([python, "-c", code, server, f"CREATE DATABASE {name}"], root, environment(python))
    url = f"{server.rpartition('/')[0]}/{name}"
    run([python, "-m", "django", "migrate", "--settings", "deploy.settings"], root, production(python, url))
    return url


def production(python: Path, url: str) -> dict[str, str]:
    return environment(python, DATABASE_URL=url, **SETTINGS)


@pytest.mark.parametrize("platform", ["Fly.io", "Upsun"])
def test_rows_come_by_standard_input(platform: str, project: tuple[Project, Path], postgresql: str) -> None:
    made, python = project
    url = database(postgresql, f"rows_{platform.partition('.')[0].lower()}", python, made.root)
    line = command_of(platform)
    assert line.endswith("< data.json")
    words = shlex.split(there(line))
    assert Path(words[0]).name == "python"

    done = subprocess.run(
        [python, *words[1:]],
        cwd=made.root,
        env={**production(python, url), "DJANGO_SETTINGS_MODULE": "deploy.settings"},
        stdin=(made.root / "data.json").open(),
        capture_output=True,
        text=True,
    )

    assert done.returncode == 0, done.stderr
    run(
        [python, "manage.py", "shell", "--settings", "deploy.settings", "-c", THERE], made.root, production(python, url)
    )


def test_rows_come_from_the_owners_machine(project: tuple[Project, Path], postgresql: str) -> None:
    """On Heroku; what the page exports is given here."""
    made, python = project
    url = database(postgresql, "rows_heroku", python, made.root)
    block = next(block for block in blocks("data.md", PAGE) if "heroku config:get" in block.text)
    exported = {name for line in block.lines for name in re.findall(r"^export (\w+)=", line)}
    given = {name: value for name, value in production(python, url).items() if name in exported}
    assert given.keys() == {"DATABASE_URL", "SECRET_KEY"}

    run([python, *shlex.split(block.lines[-1])[1:]], made.root, environment(python, **given))

    run(
        [python, "manage.py", "shell", "--settings", "deploy.settings", "-c", THERE], made.root, production(python, url)
    )


@pytest.mark.parametrize(("row", "folder"), [("Fly.io, volume", "/data/media"), ("Upsun, volume", "deploy-data/media")])
def test_uploads_are_unpacked_where_the_site_reads_them(row: str, folder: str, tmp_path: Path) -> None:
    """With a shell in the place of the platform's program, and a folder of ours in that of the volume."""
    here, volume = tmp_path / "here", tmp_path / "volume"
    (here / "media" / "covers").mkdir(parents=True)
    (here / "media" / "covers" / "notes é.png").write_bytes(b"\x89PNG")
    if folder.startswith("/"):
        volume.mkdir()  # the image has it
    packing, _, _ = command_of(row).partition(" | ")
    assert folder in there(command_of(row))
    unpacking = there(command_of(row)).replace(folder, shlex.quote(str(volume)))

    subprocess.run(["bash", "-c", f"{packing} | ({unpacking})"], cwd=here, check=True)

    assert (volume / "covers" / "notes é.png").read_bytes() == b"\x89PNG"
