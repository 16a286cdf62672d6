"""Kamal with several servers: two for the site, one of them for the worker too, and a third one for the data.

By a stand-in of its program and servers of files. Kamal's own answers to such a configuration are in tests/slow/server.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.platforms import tunnels
from tests.platforms.faults import Scene, leaked, recorded, tried
from tests.platforms.kamal_scene import ARGUMENTS, SECOND, SERVER, STORE, kamal, several
from tests.platforms.owner import commit
from tests.platforms.simulated.kamal import Kamal
from tests.support.anchors import shows
from tests.support.postgres import Server, server, sql

from .test_provision_kamal import ROLES, changes, command, deployed, platform, words

SITE = ("beat", "backup", "clock", "web")


def runs(at: Kamal) -> dict[str, set[str]]:
    """By server, the roles and accessories that run."""
    names = {SERVER: at, **at.others}
    return {
        name: {
            one["Names"].removeprefix("site-").rpartition("-")[0] or one["Names"]
            for one in machine.containers()
            if one["State"] == "running" and one["Names"] != "kamal-proxy"
        }
        for name, machine in names.items()
    }


EVERYWHERE = {SERVER: {*SITE}, SECOND: {"web", "worker"}, STORE: {"site-postgres", "site-redis"}}


def test_each_server_gets_its_part_and_a_second_run_does_nothing(tmp_path: Path) -> None:
    with several(tmp_path) as (world, at):
        planned = words(command(world, "plan"))
        assert f"Docker on {SERVER}, {SECOND}, {STORE}" in planned
        assert f"PostgreSQL site-postgres on {STORE}" in planned

        ended = world.run(**ARGUMENTS)

        assert ended.status == 0, ended.output
        assert runs(at) == EVERYWHERE
        assert all(machine.mark() for machine in at.machines)
        at.begin()
        again = world.run(**ARGUMENTS)
        assert again.status == 0 and changes(at) == []
        assert leaked(world, at) == []


def test_the_status_says_what_runs_where(tmp_path: Path) -> None:
    with several(tmp_path) as (world, _):
        version = deployed(world)
        found = platform(world, "status")

        assert found["online"]["commit"] == version and found["differs"] == []
        names = [one["name"] for one in found["processes"] if one["well"]]
        assert names == [
            f"web {version[:12]} on {SERVER}", f"web {version[:12]} on {SECOND}",
            *(f"{role} {version[:12]} on {SECOND if role == 'worker' else SERVER}" for role in ROLES if role != "web"),
            f"postgres on {STORE}", f"redis on {STORE}",
        ]  # fmt: skip


def test_one_server_that_lags_behind_is_not_online(tmp_path: Path) -> None:
    with several(tmp_path) as (world, at):
        version = deployed(world)
        at.others[SECOND].stop(f"site-web-{version}")

        bad = {one["name"]: one["hint"] for one in platform(world, "status")["processes"] if not one["well"]}
        assert bad == {f"web on {SECOND}": f"kamal app boot --roles web --hosts {SECOND}"}
        at.begin()
        assert deployed(world) == version
        assert changes(at) == ["kamal deploy"] and runs(at) == EVERYWHERE


def test_a_server_that_is_added_later_is_marked_and_prepared_first(tmp_path: Path) -> None:
    with kamal(tmp_path) as (world, at):
        deployed(world)
        at.add(SECOND)
        text = (world.repository.root / "config/deploy.yml").read_text(encoding="utf-8")
        moved = text.replace(f"  worker:\n    hosts: [{SERVER}]", f"  worker:\n    hosts: [{SECOND}]")
        commit(world, "config/deploy.yml", moved)
        at.begin()

        ended = world.run(**ARGUMENTS)

        assert ended.status == 0, ended.output
        assert changes(at)[1:] == ["kamal server bootstrap", "kamal deploy"]
        assert at.others[SECOND].mark() == at.mark() and "worker" in runs(at)[SECOND]
        # What Kamal leaves running where the role was, is told.
        told = words(command(world, "status"))
        assert f"The role worker runs on {SERVER}, and config/deploy.yml does not have it there" in told


def test_what_several_servers_cannot_share_is_told(tmp_path: Path) -> None:
    with kamal(tmp_path) as (world, at):
        at.add(SECOND)
        text = (world.repository.root / "config/deploy.yml").read_text(encoding="utf-8")
        commit(world, "config/deploy.yml", text.replace(f"    hosts: [{SERVER}]", f"    hosts: [{SERVER}, {SECOND}]"))

        told = words(command(world, "plan"))

        assert "runs beat on 2 servers, so each task starts 2 times" in told
        assert "runs backup" not in told
        assert "gives each server its own volume for uploads" in told
        assert f"DATABASE_URL leads to site-postgres, which containers on {SECOND} cannot reach" in told
        assert changes(at) == []


def test_sqlite_on_several_servers_is_refused(tmp_path: Path) -> None:
    with kamal(tmp_path, deploy_database="sqlite") as (world, at):
        at.add(SECOND)
        text = (world.repository.root / "config/deploy.yml").read_text(encoding="utf-8")
        commit(
            world,
            "config/deploy.yml",
            text.replace(f"  beat:\n    hosts: [{SERVER}]", f"  beat:\n    hosts: [{SECOND}]"),
        )

        ended = world.run(**ARGUMENTS)

        assert ended.status != 0 and "gives each server its own SQLite database" in words(ended)
        assert changes(at) == []


def test_a_new_value_of_a_role_elsewhere_is_deployed(tmp_path: Path) -> None:
    with several(tmp_path) as (world, at):
        deployed(world)
        at.begin()

        ended = command(world, "deploy", "--skip-rehearsal", "--yes", BACKUP_BUCKET="another-bucket")

        assert ended.status == 0, ended.output
        assert "with new values of BACKUP_BUCKET" in words(ended) and changes(at) == ["kamal deploy"]


def test_a_rollback_needs_the_containers_of_every_server(tmp_path: Path) -> None:
    with several(tmp_path) as (world, at):
        first = deployed(world)
        commit(world)
        second = deployed(world)

        ended = command(world, "rollback", "--yes")

        assert ended.status == 0, ended.output
        assert at.running()["web"] == at.others[SECOND].running()["web"] == first != second
        at.others[SECOND].remove(lambda one: one["Names"] == f"site-worker-{second}")
        gone = command(world, "rollback", "--yes", "--to", second)
        assert gone.status != 0 and "The server has no containers of" in words(gone)


def test_a_bad_version_says_which_server_lost_what(tmp_path: Path) -> None:
    with several(tmp_path) as (world, at):
        first = deployed(world)
        at.failing.add(commit(world))

        ended = world.run(**ARGUMENTS)

        assert ended.status != 0
        assert f"The previous version keeps serving: {first[:12]} is online." in words(ended)


@shows("deployment-failed")
def test_a_version_that_one_server_does_not_take_is_told_with_its_servers(tmp_path: Path) -> None:
    with several(tmp_path) as (world, at):
        first = deployed(world)
        second = commit(world)
        at.others[SECOND].failing.add(second)
        apart = f"visitors get {second[:12]} on {SERVER} and {first[:12]} on {SECOND}"

        ended = world.run(**ARGUMENTS)

        assert ended.status != 0
        assert f"{second[:12]} is online in part: {apart}. Without it: web on {SECOND}, " in words(ended)
        told = command(world, "status")
        assert f"The servers have different versions: {apart}" in words(told)
        found = platform(world, "status")
        assert found["online"]["commit"] == second and found["releases"][0]["state"] == "failed"
        assert command(world, "rollback", "--yes").status == 0
        assert at.running()["web"] == at.others[SECOND].running()["web"] == first
        at.others[SECOND].failing.clear()
        deployed(world)
        assert runs(at) == EVERYWHERE and platform(world, "status")["differs"] == []


def test_it_is_deleted_from_every_server(tmp_path: Path) -> None:
    with several(tmp_path) as (world, at):
        deployed(world)
        at.others[SECOND].start(f"other-web-{'e' * 40}", "service=other,role=web,destination=,x=1", "theirs", ["other"])

        kept = command(world, "destroy", "--keep-data", "--confirm", "site")
        assert kept.status == 0, kept.output
        assert sorted(at.others[STORE].volumes()) == ["site-postgres", "site-redis"]
        ended = command(world, "destroy", "--confirm", "site")

        assert ended.status == 0, ended.output
        assert "lost: the whole database" in words(ended)
        left = [one["Names"] for machine in at.machines for one in machine.containers()]
        assert left == ["kamal-proxy", f"other-web-{'e' * 40}", "kamal-proxy"]
        assert [machine.volumes() for machine in at.machines] == [[], ["other"], []]
        assert not any(machine.mark() for machine in at.machines)


def test_a_service_of_somebody_else_on_the_second_server_is_left_alone(tmp_path: Path) -> None:
    with several(tmp_path) as (world, at):
        second = at.others[SECOND]
        second.install_docker()
        second.start(f"site-web-{'e' * 40}", "service=site,role=web,destination=,x=1", "theirs", [])
        before = second.containers()

        ended = world.run(**ARGUMENTS)

        assert ended.status != 0 and f"The service site on {SECOND} exists already" in words(ended)
        assert command(world, "destroy", "--confirm", "site").status != 0
        assert second.containers() == before and not [one for one in changes(at) if one.startswith("kamal")]


def test_a_server_that_does_not_answer_is_named(tmp_path: Path) -> None:
    with several(tmp_path) as (world, at):
        at.others[STORE].refuses = f"ssh: connect to host {STORE} port 22: Connection timed out"

        ended = command(world, "plan")

        assert ended.status != 0 and f"{STORE} cannot be reached" in words(ended)


def test_hosts_that_ruby_writes_are_those_on_which_a_role_runs(tmp_path: Path) -> None:
    with several(tmp_path) as (world, at):
        deployed(world)
        text = (world.repository.root / "config/deploy.yml").read_text(encoding="utf-8")
        at.ruby = {"<%= WORKERS %>": SECOND}
        commit(world, "config/deploy.yml", text.replace(f"[{SECOND}: heavy]", "[<%= WORKERS %>]"))

        version = deployed(world)

        at.begin()
        assert deployed(world) == version and changes(at) == []
        assert platform(world, "status")["differs"] == []


def scene() -> Scene:
    return Scene(lambda folder: several(folder), dict(ARGUMENTS), timeout=10)


def test_a_run_that_was_disturbed_ends_like_one_that_was_not(tmp_path: Path) -> None:
    made = scene()
    wanted = recorded(made, tmp_path / "recorded")
    kinds = ("dropped", "killed before", "killed after")
    cases = [(number, kinds[place % 3]) for place, number in enumerate(wanted.changing())]

    counts = tried(made, tmp_path, wanted, cases)

    assert counts.faults == len(cases) and not counts.found, "\n".join(counts.found)


@pytest.fixture(scope="module")
def postgresql() -> Iterator[Server]:
    with server(0) as running:
        yield running


@pytest.mark.skipif(sys.platform == "win32", reason="PostgreSQL refuses to run for administrators")
@pytest.mark.parametrize(
    ("host", "target", "by"),
    [
        ("site-postgres", "172.18.0.2", STORE),  # by its container, where it runs
        ("10.0.0.3", "10.0.0.3", SERVER),  # by its private address, which the site's server reaches
    ],
)
def test_a_database_on_another_server_is_backed_up(
    host: str, target: str, by: str, postgresql: Server, tmp_path: Path
) -> None:
    with several(tmp_path) as (world, at):
        deployed(world)
        url = postgresql.database(owner=f"site_{os.urandom(4).hex()}")
        sql(url, "CREATE TABLE books (id serial PRIMARY KEY)")
        parts = urlsplit(url)
        there = parts._replace(netloc=f"{parts.netloc.rpartition('@')[0]}@{host}:5432").geturl()
        lines = (world.repository.root / ".kamal/secrets").read_text(encoding="utf-8").splitlines()
        lines = [f"DATABASE_URL={there}" if line.startswith("DATABASE_URL=") else line for line in lines]
        world.repository.write(".kamal/secrets", "\n".join(lines) + "\n")
        world.programs.insert(0, tunnels.server(tmp_path / "tunnel", at.folder / "ssh" / "ssh", url))

        ended = command(world, "backup", "--file", str(tmp_path / "site.dump"))

        assert ended.status == 0, ended.output
        assert (tmp_path / "site.dump").stat().st_size > 0
        calls = (tmp_path / "tunnel" / "calls").read_text(encoding="utf-8")
        assert re.search(rf" -L 127\.0\.0\.1:\d+:{re.escape(target)}:5432 .* deploy@{re.escape(by)}\n", calls)
