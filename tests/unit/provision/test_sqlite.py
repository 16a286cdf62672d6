"""The SQLite database of a site, copied and replaced by a program that runs in the site."""

from __future__ import annotations

import contextlib
import os
import shlex
import sqlite3
import stat
import sys
import time
from pathlib import Path

import pytest

from deploy_overlay.adapter.cli import Cli, Tool
from deploy_overlay.adapter.inside import BOOTSTRAP, Inside
from deploy_overlay.base.log import Log
from deploy_overlay.base.message import Failure
from deploy_overlay.provision import sqlite
from deploy_overlay.provision.inside import sqlite as inside_sqlite
from deploy_overlay.provision.sqlite import SqliteDatabase
from tests.support.sqlite_site import SqliteSite

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the platform's program is a script")
TOOL = Tool(("moon",), "Moon", ("version",), (1,), ("whoami",), "moon login", {})


def database(site: SqliteSite, before: str = "", line: str = '"$@"') -> SqliteDatabase:
    """By a program of a platform that runs what it is told in the site; `line` is how."""
    program = site.folder / "moon"
    text = f'#!/bin/sh\n{before}\nshift\nset -- sh -c "{site.start} $1"\n{line}\n'
    program.write_text(text, encoding="utf-8")
    program.chmod(0o755)
    log = Log(site.folder / "log")
    log.path.touch()
    cli = Cli(TOOL, str(program), site.folder, log)
    return SqliteDatabase(
        Inside(
            cli, lambda line: ("ssh", line), f"python {BOOTSTRAP}", asleep="no moon", wake="Wake it with `moon wake`"
        )
    )


@pytest.fixture
def site(tmp_path: Path) -> SqliteSite:
    return SqliteSite(tmp_path / "site")


@pytest.mark.parametrize("journal", ["wal", "delete"])
def test_a_copy_is_whole_and_comes_back_while_the_site_is_at_work(
    journal: str, site: SqliteSite, tmp_path: Path
) -> None:
    site.fill(20_000, journal=journal)
    reached = database(site, before="echo 'Connecting to the moon ...'; echo a notice >&2")
    file = tmp_path / "copies" / "books.sqlite3"
    with contextlib.closing(sqlite3.connect(site.path, isolation_level=None)) as visitor:
        visitor.execute("INSERT INTO books (title) VALUES ('newest')")

        copy = reached.dump(file)

        assert copy.contents.tables == {"books": 20_001} and copy.size == file.stat().st_size
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert [one.name for one in file.parent.iterdir()] == [file.name]
        visitor.execute("DELETE FROM books WHERE id < 20000")
        visitor.execute("CREATE TABLE later (id integer)")
        plan = reached.look(file)
        assert dict(plan.before.tables) == {"books": 2, "later": 0}

        there = plan.carry_out()

        assert there.tables == {"books": 20_001}
        assert visitor.execute("SELECT count(*), max(id) FROM books").fetchone() == (20_001, 20_001)
        visitor.execute("INSERT INTO books (title) VALUES ('after')")
        assert visitor.execute("SELECT max(id) FROM books").fetchone() == (20_002,)
    assert site.run("PRAGMA journal_mode") == [(journal,)]
    assert site.left == []


def test_pages_of_another_size(site: SqliteSite, tmp_path: Path) -> None:
    site.fill(10)
    other = SqliteSite(tmp_path / "other")
    other.run("PRAGMA page_size = 1024", "CREATE TABLE books (id integer PRIMARY KEY)", "INSERT INTO books VALUES (7)")

    with contextlib.closing(sqlite3.connect(site.path)) as visitor:
        visitor.execute("SELECT * FROM books").fetchall()
        there = database(site).look(other.path).carry_out()

        assert there.tables == {"books": 1}
        assert visitor.execute("SELECT id FROM books").fetchall() == [(7,)]
    assert site.run("PRAGMA integrity_check") == [("ok",)]


def test_a_site_that_writes_all_the_time(site: SqliteSite, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    site.fill(10)
    monkeypatch.setattr(sqlite, "TEXT", sqlite.TEXT.replace("LOCKED = 30 ", "LOCKED = 0.2 "))
    reached = database(site)
    file = reached.dump(tmp_path / "books.sqlite3").path
    plan = reached.look(file)
    with contextlib.closing(sqlite3.connect(site.path, isolation_level=None)) as visitor:
        visitor.execute("BEGIN IMMEDIATE")
        visitor.execute("INSERT INTO books (title) VALUES ('begun')")

        with pytest.raises(Failure, match=r"site is using its database\. The database is unchanged: 1 table, 10 rows"):
            plan.carry_out()

        visitor.execute("COMMIT")
    assert site.run("SELECT count(*) FROM books") == [(11,)]
    assert site.left == []


@pytest.mark.parametrize("arrived", range(200_000, 200_004))  # bytes; of base64, four are three
def test_a_connection_that_is_lost_midway_leaves_everything(site: SqliteSite, tmp_path: Path, arrived: int) -> None:
    site.fill(5_000)
    file = database(site).dump(tmp_path / "books.sqlite3").path
    plan = database(site, line=f'head -c {arrived} | "$@"; echo "lost the moon" >&2; exit 255').look(file)
    site.run("DELETE FROM books WHERE id > 3")

    with pytest.raises(Failure, match="The database is unchanged"):
        plan.carry_out()

    assert site.run("SELECT count(*) FROM books") == [(3,)]
    assert site.left == []


def test_what_a_program_changes_on_its_way_is_not_restored(site: SqliteSite, tmp_path: Path) -> None:
    site.fill(5_000)
    file = database(site).dump(tmp_path / "books.sqlite3").path
    plan = database(site, line=r"""sed '3s/.\{9\}$/AAAAAAAAA/' | "$@" """).look(file)
    site.run("DELETE FROM books WHERE id > 3")

    with pytest.raises(Failure, match=r"did not arrive as it was sent\. The database is unchanged"):
        plan.carry_out()

    assert site.run("SELECT count(*) FROM books") == [(3,)]


@pytest.mark.parametrize("arrived", range(20_000, 20_004))  # bytes
def test_a_dump_that_is_cut_off_is_none(site: SqliteSite, tmp_path: Path, arrived: int) -> None:
    site.fill(5_000)
    reached = database(site, line=f'"$@" | head -c {arrived}; echo "lost the moon" >&2; exit 255')

    with pytest.raises(Failure, match="lost the moon"):
        reached.dump(tmp_path / "books.sqlite3")

    assert not (tmp_path / "books.sqlite3").exists()


@pytest.mark.parametrize(
    ("engine", "there", "told"),
    [("sqlite3", False, "there is no file"), ("postgresql", True, "use django.db.backends.postgresql, not SQLite")],
)
def test_a_site_that_has_no_such_database(engine: str, there: bool, told: str, tmp_path: Path) -> None:
    site = SqliteSite(tmp_path / "site", engine)
    if there:
        site.fill(1)

    with pytest.raises(Failure, match=told):
        database(site).dump(tmp_path / "books.sqlite3")

    assert not list(tmp_path.glob("*.sqlite3")) and not list(tmp_path.glob(".*.partial"))


def test_a_platform_that_does_not_reach_the_site(site: SqliteSite, tmp_path: Path) -> None:
    site.fill(1)

    with pytest.raises(Failure, match="you may not"):
        database(site, line='echo "Error: you may not" >&2; exit 1').dump(tmp_path / "books.sqlite3")
    with pytest.raises(Failure, match=r"Wake it with `moon wake`, then run this again\."):
        database(site, line='echo "Error: there is no moon" >&2; exit 1').contents()


@pytest.mark.parametrize("kind", ["text", "truncated", "damaged", "absent"])
def test_a_file_that_is_no_whole_database(kind: str, site: SqliteSite, tmp_path: Path) -> None:
    site.fill(5_000)
    file = database(site).dump(tmp_path / "books.sqlite3").path
    whole = file.read_bytes()
    if kind == "text":
        file.write_text("BEGIN; COMMIT;", encoding="utf-8")
    elif kind == "truncated":
        file.write_bytes(whole[: len(whole) // 2])
    elif kind == "damaged":
        file.write_bytes(whole[:4096] + b"\xff" * 4096 + whole[8192:])
    else:
        file.unlink()

    with pytest.raises(Failure):
        database(site).look(file)

    assert site.run("SELECT count(*) FROM books") == [(5_000,)]


def test_what_an_interrupted_run_left_is_removed(site: SqliteSite, tmp_path: Path) -> None:
    site.fill(1)
    new, old = (site.path.parent / f"{inside_sqlite.PREFIX}{name}" for name in ("new", "old"))
    for one in (new, old):
        one.touch()
    long_ago = time.time() - inside_sqlite.LEFT - 60
    os.utime(old, (long_ago, long_ago))

    database(site).dump(tmp_path / "books.sqlite3")

    assert site.left == [new.name]


def test_the_program_needs_no_quotes_but_one_pair(site: SqliteSite) -> None:
    """Platforms hand lines on by their own rules."""
    assert shlex.split(BOOTSTRAP) == ["-c", "exec(input())"]
