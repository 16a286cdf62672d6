"""`backup` and `restore` over the simulated platforms, with real PostgreSQL behind them.

Slow, as it runs PostgreSQL servers and the platforms' programs.
"""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.platforms.faults import leaked
from tests.platforms.heroku_scene import heroku
from tests.platforms.simulated.heroku import Heroku
from tests.platforms.simulated.world import World
from tests.support.anchors import shows
from tests.support.postgres import Server, password_of, server, sql

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="PostgreSQL refuses to run for administrators")

BOOKS = (
    "CREATE TABLE books_book (id serial PRIMARY KEY, title text)",
    "INSERT INTO books_book (title) SELECT 'book ' || n FROM generate_series(1, 1200) n",
    "CREATE TABLE django_migrations (id serial PRIMARY KEY, name text)",
    "INSERT INTO django_migrations (name) VALUES ('0001_initial')",
)


@pytest.fixture(scope="module")
def postgresql() -> Iterator[Server]:
    with server(0) as running:
        yield running


def site(postgresql: Server, *statements: str) -> str:
    url = postgresql.database(owner=f"site_{os.urandom(4).hex()}")
    sql(url, *statements) if statements else None
    return url


def with_database(platform: Heroku, app: str, url: str) -> str:
    platform.apps[app].config["DATABASE_URL"] = url
    platform.secrets.append(password_of(url))
    return url


def dumps(world: World) -> list[Path]:
    return sorted(world.home.rglob("*.dump"))


def check_clean(world: World, platform: Heroku) -> None:
    """No password is anywhere but where it belongs, and nothing that was begun is left."""
    assert leaked(world, platform) == []
    assert not list(world.folder.rglob("*.partial"))
    status = subprocess.run(
        ["git", "status", "--porcelain"], cwd=world.repository.root, capture_output=True, text=True, check=True
    )
    assert status.stdout == ""


def test_a_backup_of_production_is_restored_into_staging(postgresql: Server, tmp_path: Path) -> None:
    with heroku(tmp_path) as (world, platform):
        assert world.command("provision").status == 0
        assert world.command("provision", "--environment", "staging").status == 0
        with_database(platform, "shelf", site(postgresql, *BOOKS))
        staging = with_database(platform, "shelf-staging", site(postgresql, "CREATE TABLE old (id integer)"))

        made = world.command("backup")
        (file,) = dumps(world)
        print(made.output)
        restored = world.command("restore", str(file), "--environment", "staging")
        print(restored.output)

        assert made.status == restored.status == 0, made.output + restored.output
        assert "2 tables, 1,201 rows" in made.output
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert f"restore {file} --environment staging" in made.output
        assert sql(staging, "SELECT count(*) FROM books_book") == ["1200"]
        assert sql(staging, "SELECT to_regclass('old') IS NULL") == ["t"]
        check_clean(world, platform)


def test_a_backup_for_machines(postgresql: Server, tmp_path: Path) -> None:
    with heroku(tmp_path) as (world, platform):
        assert world.command("provision").status == 0
        with_database(platform, "shelf", site(postgresql, *BOOKS))

        made = world.command("backup", "--json", "--file", str(tmp_path / "copies" / "shelf.dump"))

        assert made.status == 0, made.output
        data = json.loads(made.printed)
        assert data["file"] == str(tmp_path / "copies" / "shelf.dump")
        assert data["tables"] == {"books_book": 1200, "django_migrations": 1}
        assert data["bytes"] == (tmp_path / "copies" / "shelf.dump").stat().st_size


@shows("nobody-said-yes")
def test_production_asks_for_its_name_and_is_backed_up_first(postgresql: Server, tmp_path: Path) -> None:
    with heroku(tmp_path) as (world, platform):
        assert world.command("provision").status == 0
        url = with_database(platform, "shelf", site(postgresql, *BOOKS))
        assert world.command("backup").status == 0
        (file,) = dumps(world)
        sql(url, "UPDATE books_book SET title = 'after' WHERE id = 1")

        refused = world.command("restore", str(file))
        wrong = world.command("restore", str(file), "--confirm", "shelf-staging")
        assert (refused.status, wrong.status) == (1, 1)
        assert sql(url, "SELECT title FROM books_book WHERE id = 1") == ["after"]
        assert dumps(world) == [file]

        restored = world.command("restore", str(file), "--confirm", "shelf")
        print(restored.output)
        assert restored.status == 0, restored.output
        assert sql(url, "SELECT title FROM books_book WHERE id = 1") == ["book 1"]

        (before,) = [one for one in dumps(world) if one != file]
        back = world.command("restore", str(before), "--confirm", "shelf")
        assert back.status == 0, back.output
        assert sql(url, "SELECT title FROM books_book WHERE id = 1") == ["after"]
        check_clean(world, platform)


def test_a_name_typed_at_the_terminal(postgresql: Server, tmp_path: Path) -> None:
    with heroku(tmp_path) as (world, platform):
        assert world.command("provision").status == 0
        url = with_database(platform, "shelf", site(postgresql, *BOOKS))
        assert world.command("backup").status == 0
        sql(url, "DELETE FROM books_book")

        child = world.at_terminal("restore", str(dumps(world)[0]))
        child.expect("Type shelf to go on")
        child.sendline("shelf")
        child.expect("is restored: 2 tables, 1,201 rows")
        child.expect_exact("deploy-overlay restore ")
        child.wait()

        assert sql(url, "SELECT count(*) FROM books_book") == ["1200"]


@shows("dump-not-written")
@pytest.mark.parametrize("where", ["here.dump", "deploy/here.dump", "ignored/here.dump", "{elsewhere}/here.dump"])
def test_a_backup_does_not_go_into_a_repository(where: str, tmp_path: Path) -> None:
    """Not into this one, also where git ignores it: a platform may be sent the folder. Nor into another one."""
    elsewhere = tmp_path / "elsewhere"
    subprocess.run(["git", "init", "--quiet", str(elsewhere)], check=True)
    with heroku(tmp_path / "world") as (world, platform):
        world.repository.write(".gitignore", "ignored/\n")

        ended = world.command("backup", "--file", where.format(elsewhere=elsewhere))

        assert ended.status == 1
        assert platform.asked == []
        assert not list(tmp_path.rglob("here.dump"))


@shows("nothing-there-yet")
@pytest.mark.parametrize("verb", ["backup", "restore"])
def test_nothing_is_there_yet(verb: str, tmp_path: Path) -> None:
    file = tmp_path / "some.dump"
    file.write_bytes(b"PGDMP")
    with heroku(tmp_path / "world") as (world, _):
        ended = world.command(verb, *([str(file)] if verb == "restore" else []), "--environment", "staging")

        assert ended.status == 1
        assert "--environment staging" in ended.output


@shows("database-not-postgres")
def test_a_site_on_sqlite(tmp_path: Path) -> None:
    with heroku(tmp_path, deploy_database="sqlite") as (world, _):
        assert world.command("backup").status == 1
