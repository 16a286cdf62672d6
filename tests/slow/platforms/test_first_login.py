"""The first deployment ends by offering a superuser, with the terminal of whoever deploys, and no other run does.

Slow, as each creates and deploys a whole site on a simulated platform.
"""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pexpect
import pytest

from tests.platforms.faults import leaked
from tests.platforms.fly_scene import fly
from tests.platforms.heroku_scene import heroku
from tests.platforms.owner import another_clone, commit
from tests.platforms.shells import into
from tests.platforms.simulated.world import World
from tests.platforms.upsun_scene import upsun
from tests.support.asking import CURSOR_IS_BACK
from tests.support.django_site import DjangoSite
from tests.support.sqlite_site import SqliteSite

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="a pseudo-terminal is POSIX")

SCENES: dict[str, Callable[..., contextlib.AbstractContextManager[tuple[World, Any]]]] = {
    "fly": fly,
    "heroku": heroku,
    "upsun": upsun,
}
LINES = {
    "fly": 'fly ssh console -a shelf --pty -C "python -m django createsuperuser"',
    "heroku": "heroku run -a shelf -- python -m django createsuperuser --settings deploy.settings",
    "upsun": 'upsun ssh --environment . ".venv/bin/python -m django createsuperuser"',
}
COMMANDS = {
    "fly": "python -m django createsuperuser",
    "heroku": "python -m django createsuperuser --settings deploy.settings",
    "upsun": ".venv/bin/python -m django createsuperuser",
}
QUESTIONS = {
    "create": "and deploy?",
    "rows": "Copy the rows of db.sqlite3",
    "uploads": "to its uploads?",
    "superuser": "Create a superuser now",
    "browser": "in the browser?",
}
KEYS = {"create": "y", "rows": "n", "uploads": "n", "superuser": "y", "browser": "n"}
PROMPT_IS_DOWN = "\x1b[?2004l"
PASSWORD = "the-password-of-ada-3c9"
VALUE = "mail-password-of-the-file-5f1"


@pytest.fixture(params=SCENES)
def scene(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[str, World, Any]]:
    with SCENES[request.param](tmp_path, django_required_env=["MAIL_PASSWORD"]) as (world, platform):
        platform.secrets += [VALUE]
        yield request.param, world, platform


@dataclass
class Deployed:
    """How a deployment at a terminal ended: its status, what was on the screen, and which questions were asked."""

    status: int | None = None
    screen: str = ""
    asked: list[str] = field(default_factory=list)


def deploy(world: World, line: str, **answers: str) -> Deployed:
    """At a terminal, where each question gets a key of KEYS, unless it is given.

    The program that creates the superuser gets a name and a password, and the end of its input.
    """
    keys = {QUESTIONS[name]: key for name, key in (KEYS | answers).items()}
    child = world.at_terminal("deploy", "--skip-rehearsal", MAIL_PASSWORD=VALUE)
    ended = Deployed()
    begun = f"$ {line}"
    while True:
        found = child.expect_exact([*keys, begun, pexpect.EOF])
        ended.screen += str(child.before) + ("" if child.after is pexpect.EOF else str(child.after))
        if found == len(keys) + 1:
            break
        if found == len(keys):
            child.send(f"ada\n{PASSWORD}\n\0")  # up to which the stand-in reads
            continue
        ended.asked.append([*QUESTIONS][found])
        child.expect_exact(CURSOR_IS_BACK)
        child.send([*keys.values()][found])
        # What is drawn again after the answer is not asked a second time.
        child.expect_exact(PROMPT_IS_DOWN)
        ended.screen += str(child.before)
    child.close()
    ended.status = child.exitstatus
    return ended


def test_the_first_deployment_offers_a_superuser_once(scene: tuple[str, World, Any]) -> None:
    name, world, platform = scene
    platform.secrets += [PASSWORD]

    first = deploy(world, LINES[name])

    assert first.status == 0, first.screen
    assert first.asked == ["create", "superuser", "browser"]
    assert platform.typed.lines == [(COMMANDS[name], f"ada\n{PASSWORD}\n")]
    assert "Superuser created successfully." in first.screen
    assert leaked(world, platform) == []  # nothing that was typed came by the command or its log

    commit(world)
    again = deploy(world, LINES[name])

    assert again.status == 0, again.screen
    assert again.asked == ["create", "browser"]
    assert f"create a superuser  {LINES[name]}" in again.screen
    assert len(platform.typed.lines) == 1


@pytest.mark.parametrize("key", ["n", "\x03"], ids=["no", "Ctrl-C"])
def test_who_does_not_want_one_is_not_asked_again(scene: tuple[str, World, Any], key: str) -> None:
    name, world, platform = scene

    first = deploy(world, LINES[name], superuser=key)

    assert first.status == 0 and "is online at" in first.screen, first.screen
    assert first.asked == ["create", "superuser", "browser"]
    assert platform.typed.lines == []
    commit(world)
    assert deploy(world, LINES[name]).asked == ["create", "browser"]


def test_a_superuser_that_fails_leaves_the_deployment_a_success(scene: tuple[str, World, Any]) -> None:
    name, world, platform = scene
    platform.typed.status = 3

    first = deploy(world, LINES[name])

    assert first.status == 0 and "is online at" in first.screen, first.screen
    assert "createsuperuser failed (exit status 3). The site is deployed all the same." in first.screen
    assert first.screen.rpartition("To try again:")[2].split("\n")[1].strip() == LINES[name]
    assert len(platform.typed.lines) == 1
    commit(world)
    assert deploy(world, LINES[name]).asked == ["create", "browser"]


@pytest.mark.parametrize("terminal", [False, True], ids=["no terminal", "--yes"])
def test_nothing_is_asked_where_nobody_answers(scene: tuple[str, World, Any], terminal: bool) -> None:
    name, world, platform = scene
    words = ("deploy", "--yes", "--skip-rehearsal")
    if terminal:
        child = world.at_terminal(*words, MAIL_PASSWORD=VALUE)
        child.expect_exact(pexpect.EOF)
        child.close()
        status, screen = child.exitstatus, str(child.before)
    else:
        ended = world.command(*words, MAIL_PASSWORD=VALUE, DEPLOY_OVERLAY_YES="")
        status, screen = ended.status, ended.output

    assert status == 0, screen
    assert QUESTIONS["superuser"] not in screen
    assert f"create a superuser  {LINES[name]}" in screen
    assert platform.typed.lines == []
    commit(world)
    assert deploy(world, LINES[name]).asked == ["create", "browser"]


def test_a_site_that_another_clone_deployed_has_had_its_first_login(scene: tuple[str, World, Any]) -> None:
    name, world, _ = scene
    assert world.command("deploy", "--yes", "--skip-rehearsal", MAIL_PASSWORD=VALUE).status == 0
    another_clone(world)
    commit(world)

    ended = deploy(world, LINES[name])

    assert ended.status == 0, ended.screen
    assert ended.asked == ["create", "browser"]


def test_a_site_that_did_not_answer_at_first_has_its_offer_when_it_does(tmp_path: Path) -> None:
    with heroku(tmp_path) as (world, platform):
        there, platform.site = platform.site, "http://127.0.0.1:9"
        silent = world.command("deploy", "--yes", "--skip-rehearsal", DEPLOY_OVERLAY_TIMEOUT="3")
        assert silent.status == 1 and platform.apps["shelf"].pushed, silent.output
        platform.site = there

        ended = deploy(world, LINES["heroku"])

        assert ended.status == 0, ended.screen
        assert ended.asked == ["create", "superuser", "browser"]


def test_a_site_without_users_needs_no_superuser(tmp_path: Path) -> None:
    with heroku(tmp_path) as (world, _):
        world.repository.write("config/__init__.py", "")
        commit(world, "config/settings.py", 'INSTALLED_APPS = ["django.contrib.staticfiles"]\n')

        ended = deploy(world, LINES["heroku"])

        assert ended.status == 0, ended.screen
        assert ended.asked == ["create", "browser"]
        assert "createsuperuser" not in ended.screen


def with_local_rows(world: World, *more: str) -> Path:
    """A SQLite database of Django's in the project, with books."""
    world.repository.write(".gitignore", "*.sqlite3*\n")
    commit(world, "local.txt", "its database is not committed")
    file = world.repository.root / "db.sqlite3"
    with contextlib.closing(sqlite3.connect(file, isolation_level=None)) as connection:
        for statement in (*MIGRATED, "INSERT INTO books (title) VALUES ('one'), ('two')", *more):
            connection.execute(statement)
    return file


MIGRATED = (
    "CREATE TABLE django_migrations (id integer PRIMARY KEY AUTOINCREMENT, app text, name text)",
    "INSERT INTO django_migrations (app, name) VALUES ('shelf', '0001_initial')",
    "CREATE TABLE books (id integer PRIMARY KEY AUTOINCREMENT, title text)",
)


def test_without_a_terminal_the_command_that_copies_the_local_rows_is_told_once(tmp_path: Path) -> None:
    told = "The data in db.sqlite3 was not copied. To copy it:"
    with heroku(tmp_path) as (world, _):
        with_local_rows(world)

        first = world.command("deploy", "--yes", "--skip-rehearsal")
        commit(world)
        second = world.command("deploy", "--yes", "--skip-rehearsal")

        assert (first.status, second.status) == (0, 0), first.output + second.output
        assert told in first.output and "deploy-overlay restore db.sqlite3" in first.output
        assert "db.sqlite3" not in second.output


@pytest.mark.parametrize("rows", ["none", "those of migrations"])
def test_a_local_database_without_rows_is_nothing_to_copy(rows: str, tmp_path: Path) -> None:
    with heroku(tmp_path) as (world, _):
        file = with_local_rows(world, "DELETE FROM books")
        if rows == "none":
            file.write_bytes(b"")

        first = world.command("deploy", "--yes", "--skip-rehearsal")

        assert first.status == 0 and "db.sqlite3" not in first.output


@pytest.mark.parametrize("key", ["y", "n"])
def test_the_first_deployment_offers_the_local_rows_with_their_users(key: str, tmp_path: Path) -> None:
    site = SqliteSite(tmp_path / "site")
    site.run(*MIGRATED)
    with fly(tmp_path / "world", deploy_database="sqlite", django_required_env=["MAIL_PASSWORD"]) as (world, _):
        file = with_local_rows(world)
        shells = into(tmp_path / "shells", "fly", {"*exec*": site}, tmp_path / "world" / "bin" / "fly")
        world.programs.insert(0, shells)
        before = file.read_bytes()

        first = deploy(world, LINES["fly"], rows=key)

        assert first.status == 0, first.screen
        assert first.asked == (
            ["create", "rows", "browser"] if key == "y" else ["create", "rows", "superuser", "browser"]
        )
        assert site.run("SELECT title FROM books") == ([("one",), ("two",)] if key == "y" else [])
        assert file.read_bytes() == before
        commit(world)
        assert deploy(world, LINES["fly"]).asked == ["create", "browser"]


def test_rows_of_a_site_that_has_some_are_not_replaced_by_an_offer(tmp_path: Path) -> None:
    site = SqliteSite(tmp_path / "site")
    site.run(*MIGRATED, "INSERT INTO books (title) VALUES ('of a visitor')")
    with fly(tmp_path / "world", deploy_database="sqlite", django_required_env=["MAIL_PASSWORD"]) as (world, _):
        with_local_rows(world)
        shells = into(tmp_path / "shells", "fly", {"*exec*": site}, tmp_path / "world" / "bin" / "fly")
        world.programs.insert(0, shells)

        first = deploy(world, LINES["fly"], rows="y")

        assert first.status == 0 and "has rows already" in first.screen, first.screen
        assert first.asked == ["create", "rows", "superuser", "browser"]
        assert site.run("SELECT title FROM books") == [("of a visitor",)]


@pytest.mark.parametrize("key", ["y", "n"])
def test_with_the_rows_the_files_that_they_name_are_offered(key: str, tmp_path: Path) -> None:
    site, local = DjangoSite(tmp_path / "site"), DjangoSite(tmp_path / "local", ("covers/a.png",))
    uploads = {"django_uploads": {"store": "disk", "access": "public", "path": "/media/"}, "deploy_uploads": "volume"}
    given = {"deploy_database": "sqlite", "django_required_env": ["MAIL_PASSWORD"], **uploads}
    with fly(tmp_path / "world", **given) as (world, _):
        root = world.repository.root
        world.repository.write(".gitignore", "*.sqlite3*\nmedia/\n")
        commit(world, "local.txt", "its data is not committed")
        shutil.copy(local.folder / "data" / "db.sqlite3", root / "db.sqlite3")
        (root / "media" / "covers").mkdir(parents=True)
        (root / "media" / "covers" / "a.png").write_bytes(b"\x89PNG")
        shells = into(tmp_path / "shells", "fly", {"*exec*": site}, tmp_path / "world" / "bin" / "fly")
        world.programs.insert(0, shells)

        first = deploy(world, LINES["fly"], rows="y", uploads=key)

        assert first.status == 0, first.screen
        assert first.asked == ["create", "rows", "uploads", "browser"]
        assert site.uploads == ({"covers/a.png": b"\x89PNG"} if key == "y" else {})
