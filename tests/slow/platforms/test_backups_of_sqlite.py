"""`backup` and `restore` of sites whose data are in SQLite on a volume, over the simulated platforms.

Slow, as each test deploys two environments; those of Upsun and Kamal are made by their own programs.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pexpect
import pytest

from tests.platforms import kamal_scene, render_scene, upsun_scene
from tests.platforms.faults import leaked
from tests.platforms.fly_scene import fly
from tests.platforms.kamal_scene import kamal
from tests.platforms.render_scene import render
from tests.platforms.shells import into
from tests.platforms.simulated.world import Ended, World
from tests.platforms.upsun_scene import upsun
from tests.support.anchors import shows
from tests.support.sqlite_site import SqliteSite
from tests.tools import tool

pytestmark = pytest.mark.skipif(
    sys.platform == "win32", reason="the stand-ins for platforms' programs are shell scripts"
)

ARGUMENTS: dict[str, dict[str, Any]] = {
    "kamal": kamal_scene.ARGUMENTS, "render": render_scene.ARGUMENTS, "upsun": upsun_scene.ARGUMENTS,
}  # fmt: skip


@pytest.fixture
def production(tmp_path: Path) -> SqliteSite:
    site = SqliteSite(tmp_path / "production")
    site.fill(1200)
    return site


@pytest.fixture
def staging(tmp_path: Path) -> SqliteSite:
    site = SqliteSite(tmp_path / "staging")
    site.run("CREATE TABLE old (id integer)")
    return site


def backups(world: World) -> list[Path]:
    return sorted(world.home.rglob("*.sqlite3"))


def saved_and_restored(
    world: World,
    platform: Any,
    production: SqliteSite,
    staging: SqliteSite,
    name: str,
    environ: dict[str, str] | None = None,
) -> None:
    """A backup, a change, the backup again; and the backup in the other environment."""

    def run(*words: str) -> Ended:
        ended = world.command(*words, begun=None, **(environ or {}))
        assert ended.status == 0, ended.output
        return ended

    made = run("backup")
    (file,) = backups(world)
    assert "1 table, 1,200 rows" in made.output and "SQLite" in made.output
    assert f"restore {file} --environment staging" in made.output
    production.run("DELETE FROM books", "CREATE TABLE later (id integer)")

    restored = run("restore", str(file), "--confirm", name)

    assert "1 table, 1,200 rows" in restored.output
    assert production.run("SELECT count(*) FROM books") == [(1200,)]
    assert production.run("SELECT name FROM sqlite_master WHERE name = 'later'") == []
    (before,) = [one for one in backups(world) if one != file]
    assert f"restore {before}" in restored.output
    assert staging.run("SELECT name FROM sqlite_master") == [("old",)]

    run("restore", str(file), "--environment", "staging")

    assert staging.run("SELECT count(*) FROM books") == [(1200,)]
    assert (production.left, staging.left) == ([], [])
    assert leaked(world, platform) == []


def test_on_fly_io(production: SqliteSite, staging: SqliteSite, tmp_path: Path) -> None:
    with fly(tmp_path / "world", deploy_database="sqlite") as (world, platform):
        assert world.run("deploy").status == world.run("deploy", environment="staging").status == 0
        sites = {"'ssh console -a shelf-staging '*": staging, "'ssh console -a shelf '*": production}
        world.programs.insert(0, into(tmp_path / "shells", "fly", sites, tmp_path / "world" / "bin" / "fly"))

        saved_and_restored(world, platform, production, staging, "shelf")


@pytest.mark.parametrize("program", ["ours", "real"])
def test_on_upsun(program: str, production: SqliteSite, staging: SqliteSite, tmp_path: Path) -> None:
    own = tool("upsun") if program == "real" else None
    with upsun(tmp_path / "world", own, deploy_database="sqlite") as (world, platform):
        assert world.run(**ARGUMENTS["upsun"]).status == 0
        ended = world.run(environment="staging", **ARGUMENTS["upsun"])
        assert ended.status == 0, ended.output
        sites = {"*staging*exec*": staging, "*exec*": production}
        if own:
            world.programs.insert(0, into(tmp_path / "shells", "ssh", sites))
        else:
            sites = {f"'ssh '{pattern}": site for pattern, site in sites.items()}
            world.programs.insert(0, into(tmp_path / "shells", "upsun", sites, world.programs[0] / "upsun"))

        saved_and_restored(world, platform, production, staging, "shelf")


def test_on_kamal(production: SqliteSite, staging: SqliteSite, tmp_path: Path) -> None:
    given = {"deploy_database": "sqlite", "kamal_staging": "staging.example.com"}
    with kamal(tmp_path / "world", **given) as (world, platform):
        for environment in ("production", "staging"):
            ended = world.run("deploy", environment=environment, **ARGUMENTS["kamal"])
            assert ended.status == 0, ended.output
        sites = {"*'docker exec -i site-staging-web-'*": staging, "*'docker exec -i site-web-'*": production}
        world.programs.insert(0, into(tmp_path / "shells", "ssh", sites, world.programs[-1] / "ssh"))

        saved_and_restored(world, platform, production, staging, "site", kamal_scene.GIVEN)


def test_on_render(production: SqliteSite, staging: SqliteSite, tmp_path: Path) -> None:
    with render(tmp_path / "world", deploy_database="sqlite") as (world, platform):
        assert world.run(**ARGUMENTS["render"]).status == 0
        commit = world.repository.git("rev-parse", "HEAD").strip()
        blueprint = render_scene.blueprint("shelf-staging", deploy_database="sqlite")
        platform.apply(blueprint, commit, path="render.staging.yaml", branch="staging")
        platform.finish()
        places = {
            name: platform.named(name).told["serviceDetails"]["sshAddress"] for name in ("shelf", "shelf-staging")
        }
        sites = {f"*'{places['shelf-staging']}'*": staging, f"*'{places['shelf']}'*": production}
        world.programs.insert(0, into(tmp_path / "shells", "ssh", sites))

        saved_and_restored(world, platform, production, staging, "shelf")


def test_a_copy_for_machines(production: SqliteSite, tmp_path: Path) -> None:
    with fly(tmp_path / "world", deploy_database="sqlite") as (world, _):
        assert world.run("deploy").status == 0
        world.programs.insert(0, of_fly(tmp_path, production))

        made = world.command("backup", "--json", "--file", str(tmp_path / "copies" / "shelf.sqlite3"))

        assert made.status == 0, made.output
        data = json.loads(made.printed)
        assert (data["tables"], "postgres" in data) == ({"books": 1200}, False)
        assert data["sqlite"].startswith("3.")


def of_fly(folder: Path, site: SqliteSite) -> Path:
    return into(folder / "shells", "fly", {"'ssh console '*": site}, folder / "world" / "bin" / "fly")


@shows("database-missing")
def test_a_machine_that_sleeps(tmp_path: Path) -> None:
    with fly(tmp_path, deploy_database="sqlite") as (world, platform):
        assert world.run("deploy").status == 0
        platform.apps["shelf"].machines.clear()

        ended = world.command("backup")

        assert ended.status == 1
        assert "fly machine start -a shelf" in ended.output
        assert backups(world) == []


@shows("dump-not-made")
def test_a_site_that_has_no_file_yet(tmp_path: Path) -> None:
    site = SqliteSite(tmp_path / "site")
    with fly(tmp_path / "world", deploy_database="sqlite") as (world, _):
        assert world.run("deploy").status == 0
        world.programs.insert(0, of_fly(tmp_path, site))

        ended = world.command("backup")

        assert ended.status == 1 and "there is no file" in ended.output
        assert backups(world) == []


@shows("dump-not-readable")
def test_a_dump_of_another_kind(production: SqliteSite, tmp_path: Path) -> None:
    (tmp_path / "other.dump").write_bytes(b"PGDMP")
    with fly(tmp_path / "world", deploy_database="sqlite") as (world, _):
        assert world.run("deploy").status == 0
        world.programs.insert(0, of_fly(tmp_path, production))

        ended = world.command("restore", str(tmp_path / "other.dump"), "--confirm", "shelf")

        assert ended.status == 1 and "is not a complete SQLite database" in ended.output
        assert production.run("SELECT count(*) FROM books") == [(1200,)]


def test_a_destruction_that_is_preceded_by_a_backup(production: SqliteSite, tmp_path: Path) -> None:
    with fly(tmp_path / "world", deploy_database="sqlite") as (world, platform):
        assert world.run("deploy").status == 0
        world.programs.insert(0, of_fly(tmp_path, production))
        child = world.at_terminal("destroy")
        child.expect("Back up the database to this machine")
        child.send("y")
        child.expect("Backed up 1 table, 1,200 rows")
        child.expect("Type shelf to delete it")
        child.sendline("shelf")
        child.expect(pexpect.EOF)
        child.close()

        assert child.exitstatus == 0, child.before
        assert platform.apps == {} and len(backups(world)) == 1
