"""`backup` and `restore` over the simulated platforms, with real PostgreSQL behind them.

Slow, as it runs PostgreSQL servers and the platforms' programs.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.platforms import kubernetes_scene, render_scene, tunnels
from tests.platforms.faults import leaked
from tests.platforms.fly_scene import fly
from tests.platforms.heroku_scene import heroku
from tests.platforms.kubernetes_scene import kubernetes
from tests.platforms.render_scene import render
from tests.platforms.simulated.heroku import Heroku
from tests.platforms.simulated.server import Simulated
from tests.platforms.simulated.world import COMMAND, World, kill
from tests.platforms.upsun_scene import upsun
from tests.support.anchors import shows
from tests.support.postgres import Server, password_of, server, sql
from tests.tools import tool

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


def check_clean(world: World, platform: Simulated) -> None:
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
        # As it is typed where the command is started.
        restored = world.command("restore", os.path.relpath(file, world.repository.root), "--environment", "staging")
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
        child.expect("Type shelf to continue")
        child.sendline("shelf")
        child.expect("is restored: 2 tables, 1,201 rows")
        child.expect_exact("deploy-overlay restore ")
        child.wait()

        assert sql(url, "SELECT count(*) FROM books_book") == ["1200"]


def test_a_backup_is_made_before_everything_is_deleted(postgresql: Server, tmp_path: Path) -> None:
    url = site(postgresql, *BOOKS)
    with heroku(tmp_path) as (world, platform):
        assert world.command("provision").status == 0
        with_database(platform, "shelf", url)
        child = world.at_terminal("destroy")
        child.expect("Back up the database to this machine")
        child.send("y")
        child.expect("Backed up 2 tables, 1,201 rows")
        child.expect("Type shelf to delete it")
        child.sendline("shelf")
        child.wait()

        assert child.exitstatus == 0, child.before
        assert platform.apps == {} and len(dumps(world)) == 1
        platform.secrets.append(password_of(url))
        check_clean(world, platform)


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


@shows("rows-do-not-fit")
def test_the_rows_of_a_local_sqlite_database_go_into_postgresql(postgresql: Server, tmp_path: Path) -> None:
    file = tmp_path / "db.sqlite3"
    made = "CREATE TABLE django_migrations (id {} PRIMARY KEY, app text, name text)"
    with contextlib.closing(sqlite3.connect(file, isolation_level=None)) as local:
        local.execute(made.format("integer"))
        local.execute("INSERT INTO django_migrations (app, name) VALUES ('books', '0001_initial')")
        local.execute("CREATE TABLE books_book (id integer PRIMARY KEY, title text)")
        local.execute("INSERT INTO books_book VALUES (7, 'from here')")
    with heroku(tmp_path / "world") as (world, platform):
        assert world.command("provision").status == 0
        url = with_database(platform, "shelf", site(postgresql, *BOOKS[:2], made.format("serial")))

        refused = world.command("restore", str(file), "--confirm", "shelf")
        assert refused.status == 1 and "books.0001_initial is only in the file" in refused.output
        assert sql(url, "SELECT count(*) FROM books_book") == ["1200"]
        sql(url, "INSERT INTO django_migrations (app, name) VALUES ('books', '0001_initial')")

        restored = world.command("restore", str(file), "--confirm", "shelf")

        assert restored.status == 0, restored.output
        assert "(SQLite 3." in restored.output and "(PostgreSQL 15" in restored.output
        assert sql(url, "SELECT id, title FROM books_book") == ["7|from here"]
        assert sql(url, "INSERT INTO books_book (title) VALUES ('next') RETURNING id")[0] == "8"
        assert len(dumps(world)) == 1  # what was there before
        check_clean(world, platform)


@shows("platform-without-verb")
def test_a_platform_that_has_no_sqlite(tmp_path: Path) -> None:
    """Those that have it: test_backups_of_sqlite.py."""
    with heroku(tmp_path, deploy_database="sqlite") as (world, _):
        assert world.command("backup").status == 1


def test_an_interrupted_backup_leaves_no_file(postgresql: Server, tmp_path: Path) -> None:
    with heroku(tmp_path) as (world, platform):
        assert world.command("provision").status == 0
        url = with_database(platform, "shelf", site(postgresql, *BOOKS))
        sql(url, "INSERT INTO books_book (title) SELECT repeat(md5(n::text), 50) FROM generate_series(1, 200000) n")
        child = subprocess.Popen(
            [sys.executable, str(COMMAND), "backup"], cwd=world.repository.root, env=world.environment(),
            stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        while not any(one.stat().st_size for one in world.home.rglob("*.partial")):
            assert child.poll() is None, child.stderr and child.stderr.read()
        child.terminate()
        _, errors = child.communicate(timeout=60)

        assert child.returncode == 130, errors
        assert "No file was written" in errors
        assert not [one for one in world.home.rglob("*") if ".dump" in one.name]
        assert leaked(world, platform) == []


def behind(url: str, host: str) -> str:
    """The address as the site knows it, by a name of the platform's private network."""
    user = url.partition("://")[2].rpartition("@")[0]
    return f"postgres://{user}@{host}/{url.rpartition('/')[2].partition('?')[0]}?sslmode=disable"


def restored(world: World, platform: object, url: str) -> None:
    """A backup, a change, and the backup again."""
    made = world.command("backup")
    print(made.output)
    assert made.status == 0, made.output
    assert "2 tables, 1,201 rows" in made.output
    sql(url, "DELETE FROM books_book", "CREATE TABLE later (id integer)")

    back = world.command("restore", str(dumps(world)[0]), "--confirm", "shelf")

    assert back.status == 0, back.output
    assert sql(url, "SELECT count(*) FROM books_book") == ["1200"]
    assert sql(url, "SELECT to_regclass('later') IS NULL") == ["t"]
    assert leaked(world, platform) == []  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", ["managed", "unmanaged"])
def test_on_fly_io_through_its_private_network(kind: str, postgresql: Server, tmp_path: Path) -> None:
    url = site(postgresql, *BOOKS)
    with fly(tmp_path, fly_postgres=kind) as (world, platform):
        assert world.run("deploy").status == 0
        cluster = platform.clusters[0].id if kind == "managed" else ""
        host = f"pgbouncer.{cluster}.flympg.net" if cluster else "shelf-db.flycast:5432"
        platform.apps["shelf"].secrets["DATABASE_URL"] = behind(url, host)
        platform.secrets.append(password_of(url))
        world.programs.insert(0, tunnels.fly(tmp_path / "tunnel", tmp_path / "bin" / "fly", url))

        restored(world, platform, url)

        calls = (tmp_path / "tunnel" / "calls").read_text(encoding="utf-8")
        assert f"mpg proxy {cluster} --local-port" in calls if cluster else ":5432 -a shelf-db -q" in calls
        assert password_of(url) not in calls


@shows("database-missing")
def test_on_fly_io_without_a_machine(tmp_path: Path) -> None:
    with fly(tmp_path) as (world, _):
        assert world.run("provision").status == 0

        ended = world.command("backup")

        assert ended.status == 1
        assert "fly machine start -a shelf" in ended.output


@shows("restore-failed")
def test_a_tunnel_that_ends_midway(postgresql: Server, tmp_path: Path) -> None:
    """The old content stays, and both reasons are told: the connection's and the tunnel's."""
    url = site(postgresql, *BOOKS)
    with fly(tmp_path) as (world, platform):
        assert world.run("deploy").status == 0
        platform.apps["shelf"].secrets["DATABASE_URL"] = behind(url, f"direct.{platform.clusters[0].id}.flympg.net")
        platform.secrets.append(password_of(url))
        world.programs.insert(0, tunnels.fly(tmp_path / "whole", tmp_path / "bin" / "fly", url))
        sql(url, "INSERT INTO books_book (title) SELECT md5(n::text) FROM generate_series(1, 40000) n")
        assert world.command("backup").status == 0
        (file,) = dumps(world)
        sql(url, "DELETE FROM books_book WHERE id > 1200", "UPDATE books_book SET title = 'kept'")
        world.programs.insert(0, tunnels.fly(tmp_path / "ending", tmp_path / "bin" / "fly", url, "700000"))

        ended = world.command("restore", str(file), "--confirm", "shelf")

        print(ended.output)
        assert ended.status == 1
        assert "The database is unchanged: 2 tables, 1,201 rows." in ended.output
        assert "tunnel unavailable: websocket: close 1006" in ended.output
        assert sql(url, "SELECT DISTINCT title FROM books_book") == ["kept"]
        assert leaked(world, platform) == []


def test_on_upsun_through_ssh(postgresql: Server, tmp_path: Path) -> None:
    """With the real program, as no other opens tunnels."""
    url = site(postgresql, *BOOKS)
    with upsun(tmp_path, tool("upsun")) as (world, platform):
        assert world.run("deploy").status == 0
        platform.secrets.append(password_of(url))
        world.programs.insert(0, tunnels.ssh(tmp_path / "tunnel", url))

        restored(world, platform, url)

        assert password_of(url) not in (tmp_path / "tunnel" / "calls").read_text(encoding="utf-8")


def test_with_the_real_program_of_heroku(postgresql: Server, tmp_path: Path) -> None:
    """The schedule too is that of the real program."""
    url = site(postgresql, *BOOKS)
    with heroku(tmp_path, tool("heroku")) as (world, platform):
        assert world.command("provision").status == 0
        assert [one["hour"] for one in platform.addons["shelf-db"].schedules] == ["02"]
        with_database(platform, "shelf", url)

        restored(world, platform, url)

        again = world.command("provision")
        assert again.status == 0, again.output
        assert "daily at 02:00 UTC" in again.output


def test_on_render_from_outside_into_another_server(postgresql: Server, tmp_path: Path) -> None:
    """Both databases can be reached only while a command runs."""
    with server(0) as another, render(tmp_path) as (world, platform):
        assert world.run(**render_scene.ARGUMENTS).status == 0
        commit = world.repository.git("rev-parse", "HEAD").strip()
        platform.apply(render_scene.blueprint("shelf-staging"), commit, path="render.staging.yaml", branch="staging")
        platform.finish()
        production, staging = site(postgresql, *BOOKS), site(another, "CREATE TABLE old (id integer)")
        platform.servers |= {"shelf-db": production, "shelf-staging-db": staging}
        platform.secrets += map(password_of, (production, staging))

        restored(world, platform, production)
        moved = world.command("restore", str(dumps(world)[0]), "--environment", "staging")

        assert moved.status == 0, moved.output
        assert sql(staging, "SELECT count(*) FROM books_book") == ["1200"]
        assert sql(staging, "SELECT to_regclass('old') IS NULL") == ["t"]
        assert platform.allowed.count(["0.0.0.0/0"]) == 3
        assert platform.final()["opened"] == ["[]", "[]"]
        check_clean(world, platform)


def test_a_database_on_render_that_a_killed_run_left_open_is_told_and_closed(
    postgresql: Server, tmp_path: Path
) -> None:
    with render(tmp_path) as (world, platform):
        assert world.run(**render_scene.ARGUMENTS).status == 0
        platform.server = site(postgresql, *BOOKS)
        platform.before = lambda asked: kill(running[0]) if asked.method == "PATCH" and running else None
        running: list[int] = []

        killed = world.command("backup", begun=running.append)

        assert killed.status == -signal.SIGKILL
        world.left_over()
        running.clear()
        told = " ".join(world.command("status").output.split())
        assert "shelf-db accepts connections from anywhere" in told and "deploy-overlay backup" in told
        assert world.command("backup").status == 0
        assert platform.final()["opened"] == ["[]"]


@pytest.mark.parametrize("whose", ["postgres", "external"])
def test_on_kubernetes_through_its_api_server(whose: str, postgresql: Server, tmp_path: Path) -> None:
    """CloudNativePG's own database through a tunnel; one elsewhere as it is."""
    url = site(postgresql, *BOOKS)
    with kubernetes(tmp_path, name="shelf", deploy_database=whose) as (world, cluster, _):
        own = whose == "postgres"
        cluster.database = behind(url, "postgres-rw.shelf:5432")
        cluster.secrets.append(password_of(url))
        arguments = kubernetes_scene.ARGUMENTS
        given = {"DATABASE_URL": url} if not own else {}
        arguments |= {"variables": [*arguments["variables"], *given], "environ": arguments["environ"] | given}
        assert world.run(**arguments).status == 0
        world.programs.insert(0, tunnels.kubectl(tmp_path / "tunnel", world.programs[-1] / "kubectl", url))

        restored(world, cluster, url)

        calls = (tmp_path / "tunnel" / "calls").read_text(encoding="utf-8")
        assert ("port-forward service/postgres-rw " in calls) == own
        assert password_of(url) not in calls


@shows("database-missing")
def test_on_kubernetes_before_there_is_a_database(tmp_path: Path) -> None:
    with kubernetes(tmp_path) as (world, _, _):
        assert world.run("provision", **kubernetes_scene.ARGUMENTS).status == 0

        ended = world.command("backup")

        assert ended.status == 1
        assert "kubectl get cluster postgres" in ended.output
