"""Kamal, by a stand-in of its program and a server of files; tests/slow/server has the real ones."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.platforms.faults import leaked
from tests.platforms.kamal_scene import ARGUMENTS, GIVEN, HOST, SERVER, kamal
from tests.platforms.owner import another_clone, commit
from tests.platforms.simulated.kamal import REHEARSED, Kamal
from tests.platforms.simulated.world import Ended, World
from tests.support.anchors import shows

ROLES = ("backup", "beat", "clock", "web", "worker")
ACCESSORIES = ("site-postgres", "site-redis")


def head(world: World, name: str = "HEAD") -> str:
    return world.repository.git("rev-parse", name).strip()


def deployed(world: World, **more: Any) -> str:
    """The commit that was put online."""
    ended = world.run(**ARGUMENTS, **more)
    assert ended.status == 0, ended.output
    return head(world)


def by_hand(world: World) -> None:
    subprocess.run(
        ["kamal", "setup"],
        cwd=world.repository.root,
        env=world.environment(**GIVEN),
        check=True,
        capture_output=True,
    )


def words(ended: Ended) -> str:
    return " ".join(ended.output.split())


def changes(server: Kamal) -> list[str]:
    return [one for one in server.asked if not one.startswith("GET ")]


def command(world: World, *arguments: str, **environ: str) -> Ended:
    return world.command(*arguments, **(GIVEN | environ))


def platform(world: World, verb: str) -> dict[str, Any]:
    ended = command(world, verb, "--json")
    assert ended.status == 0, ended.output
    found: dict[str, Any] = json.loads(ended.printed)["platforms"][0]
    return found


def test_from_nothing_to_deployed_and_again(tmp_path: Path) -> None:
    with kamal(tmp_path) as (world, server):
        planned = command(world, "plan")
        assert planned.status == 0, planned.output
        assert "kamal setup" in planned.printed and "Nothing is added to the server's price." in planned.printed
        assert changes(server) == []

        ended = world.run(**ARGUMENTS)

        assert ended.status == 0, ended.output
        assert server.running() == dict.fromkeys(ROLES, head(world))
        assert changes(server)[1:] == [
            "kamal server bootstrap", "kamal accessory boot postgres", "kamal accessory boot redis", "kamal setup",
        ]  # fmt: skip
        assert f"{HOST} has no DNS record yet" in words(ended)
        server.begin()
        again = world.run(**ARGUMENTS)
        assert again.status == 0, again.output
        assert changes(server) == []
        assert leaked(world, server) == []


def test_a_new_commit_is_deployed_and_rehearsed_once(tmp_path: Path) -> None:
    with kamal(tmp_path) as (world, server):
        deployed(world)
        assert server.rehearsals == 1  # by the hook: nothing else had rehearsed
        commit(world)
        server.begin()

        ended = command(world, "deploy", "--skip-rehearsal", "--yes")

        assert ended.status == 0, ended.output
        assert changes(server) == ["kamal deploy"]
        assert server.rehearsals == 1 and server.seen[-1][REHEARSED]
        assert server.running() == dict.fromkeys(ROLES, head(world))


@shows("variables-missing")
def test_values_that_are_missing_are_named_before_anything_is_done(tmp_path: Path) -> None:
    with kamal(tmp_path) as (world, server):
        lacking = {name: value for name, value in GIVEN.items() if name not in ("POSTGRES_PASSWORD", "BACKUP_BUCKET")}

        ended = world.run(environ=lacking)

        assert ended.status != 0
        assert "have no value: POSTGRES_PASSWORD, BACKUP_BUCKET. Give each in deploy/.env" in words(ended)
        assert changes(server) == []
        provisioned = world.run("provision", environ=lacking)
        assert provisioned.status != 0 and "kamal accessory boot postgres" not in server.asked


def test_values_are_taken_from_the_file_that_git_ignores(tmp_path: Path) -> None:
    with kamal(tmp_path) as (world, server):
        commit(world, "deploy/.gitignore", "/.env\n")
        file = "".join(f"{name}='{value}'\n" for name, value in GIVEN.items())
        world.repository.write("deploy/.env", file)

        ended = world.run()

        assert ended.status == 0, ended.output
        assert all(server.seen[-1][name] == value for name, value in GIVEN.items())
        assert not any(value in text for text in world.seen for value in GIVEN.values())


def test_a_new_value_is_deployed_without_a_new_commit(tmp_path: Path) -> None:
    with kamal(tmp_path) as (world, server):
        online = deployed(world)
        server.begin()
        again = command(world, "deploy", "--skip-rehearsal", "--yes")
        assert again.status == 0 and changes(server) == []

        ended = command(world, "deploy", "--skip-rehearsal", "--yes", SECRET_KEY="another-secret-key-of-the-owner")

        assert ended.status == 0, ended.output
        assert f"{online[:12]} on {SERVER} with new values of SECRET_KEY" in words(ended)
        assert changes(server) == ["kamal deploy"] and server.seen[-1]["SECRET_KEY"].startswith("another")
        assert not any("another-secret" in text for text in world.seen)
        assert server.asked.count("GET kamal secrets print") == 2, "once in each run"


def test_a_lock_is_respected_and_told(tmp_path: Path) -> None:
    with kamal(tmp_path) as (world, server):
        first = deployed(world)
        commit(world)
        server.lock("Grace")
        server.begin()

        ended = world.run(**ARGUMENTS)

        assert ended.status != 0
        assert f"Grace holds Kamal's lock on {SERVER} since 20" in words(ended)
        assert "release it with `kamal lock release`" in words(ended)
        assert changes(server) == [] and server.running()["web"] == first
        found = platform(world, "status")
        assert found["under_way"]["by"] == "Grace"
        server.unlock()
        deployed(world)


def test_a_lock_that_an_interrupted_run_left_is_released(tmp_path: Path) -> None:
    with kamal(tmp_path) as (world, server):
        deployed(world)
        holder = server.seen[-1]["GIT_CONFIG_VALUE_0"]
        commit(world)
        server.lock(holder)

        second = deployed(world)

        assert server.running()["web"] == second and "kamal lock release" in server.asked
        # That of another clone is somebody's.
        another_clone(world)
        commit(world, text="more news")
        server.lock(holder)
        ended = world.run(**ARGUMENTS)
        assert ended.status != 0 and "somebody holds Kamal's lock" in words(ended)


@shows("deployment-failed")
def test_a_version_that_does_not_start_leaves_the_one_before(tmp_path: Path) -> None:
    with kamal(tmp_path) as (world, server):
        first = deployed(world)
        second = commit(world)
        server.failing.add(second)

        ended = world.run(**ARGUMENTS)

        assert ended.status != 0
        assert f"The previous version keeps serving: {first[:12]} is online." in words(ended)
        found = platform(world, "status")
        assert found["online"]["commit"] == first and found["releases"][0]["state"] == "failed"
        server.failing.clear()
        deployed(world)
        assert server.running() == dict.fromkeys(ROLES, second)


def test_a_migration_that_fails_replaces_nothing(tmp_path: Path) -> None:
    with kamal(tmp_path) as (world, server):
        first = deployed(world)
        server.broken.add(commit(world))

        ended = world.run(**ARGUMENTS)

        assert ended.status != 0 and "no container was replaced" in words(ended)
        assert f"The previous version keeps serving: {first[:12]} is online." in words(ended)
        assert platform(world, "status")["releases"][0]["state"] == "failed"


def test_a_first_version_that_does_not_start_says_that_nothing_runs(tmp_path: Path) -> None:
    with kamal(tmp_path) as (world, server):
        server.failing.add(head(world))

        ended = world.run(**ARGUMENTS)

        assert ended.status != 0 and "No version of site is online" in words(ended)


def test_a_database_in_another_sites_postgresql_is_told_when_the_site_is_deleted(tmp_path: Path) -> None:
    with kamal(tmp_path, kamal_postgres_site="web-shop") as (world, _):
        deployed(world)

        ended = command(world, "destroy", "--confirm", "site")

        assert ended.status == 0, ended.output
        assert "the database site: it is in the PostgreSQL of the site web-shop" in words(ended)
        drop = 'docker exec web-shop-postgres psql -U web_shop -c "DROP DATABASE site" -c "DROP ROLE site"'
        assert drop in words(ended).replace("'\\''", "'")


def test_a_server_whose_ports_something_else_has_is_told(tmp_path: Path) -> None:
    """Docker then says of the proxy's container, too, that its name is taken."""
    with kamal(tmp_path) as (world, server):
        server.occupied = True

        ended = world.run(**ARGUMENTS)

        assert ended.status != 0 and "Something else on the server has port 80 or 443" in words(ended)
        assert "deploy_name" not in words(ended)


@shows("no-such-release")
def test_a_rollback_starts_containers_that_are_still_there(tmp_path: Path) -> None:
    with kamal(tmp_path) as (world, server):
        commits = []
        for text in ("one", "two", "three"):
            commit(world, text=text)
            commits.append(deployed(world))

        for expected in (commits[1], commits[0]):
            ended = command(world, "rollback", "--yes")
            assert ended.status == 0, ended.output
            assert server.running() == dict.fromkeys(ROLES, expected)
        assert "with the values that .kamal/secrets gives today" in words(ended)
        online = [one["commit"] for one in platform(world, "releases")["releases"] if one["online"]]
        assert online == [commits[0]]
        server.remove(lambda one: one["Names"].endswith(commits[2]))
        gone = command(world, "rollback", "--yes", "--to", commits[2])
        assert gone.status != 0 and "The server has no containers of" in words(gone)


@shows("exists-already")
def test_a_service_of_somebody_else_is_left_alone(tmp_path: Path) -> None:
    with kamal(tmp_path) as (world, server):
        server.install_docker()
        server.start(f"site-web-{'e' * 40}", "service=site,role=web,destination=,x=1", "theirs", [])
        before = server.containers()

        ended = world.run(**ARGUMENTS)

        assert ended.status != 0 and f"The service site on {SERVER} exists already" in words(ended)
        # A plan says so too, and a destruction does not touch it.
        assert "exists already" in words(command(world, "plan"))
        assert command(world, "destroy", "--confirm", "site").status != 0
        assert server.containers() == before and changes(server) == []


def test_a_service_of_another_project_is_refused(tmp_path: Path) -> None:
    with kamal(tmp_path) as (world, server):
        deployed(world)
        (server.home / ".kamal" / "site-project").write_text("0123456789ab\n", encoding="utf-8")
        commit(world)
        server.begin()

        ended = world.run(**ARGUMENTS)

        assert ended.status != 0 and "belongs to another of your projects" in words(ended)
        assert changes(server) == []
        # But for its owner's word.
        assert world.run(**ARGUMENTS, existing=True).status == 0


def test_what_kamal_deployed_by_hand_is_this_projects_by_its_commit(tmp_path: Path) -> None:
    with kamal(tmp_path) as (world, server):
        by_hand(world)
        first = head(world)
        commit(world)

        second = deployed(world)

        assert second != first and server.running() == dict.fromkeys(ROLES, second) and server.mark()


def test_what_kamal_deployed_by_hand_is_deleted_whole(tmp_path: Path) -> None:
    with kamal(tmp_path) as (world, server):
        by_hand(world)

        ended = command(world, "destroy", "--confirm", "site")

        assert ended.status == 0, ended.output
        assert [one["Names"] for one in server.containers()] == ["kamal-proxy"]
        assert server.volumes() == [] and not server.mark()


def test_the_directories_of_an_accessory_are_data(tmp_path: Path) -> None:
    with kamal(tmp_path) as (world, server):
        text = (world.repository.root / "config/deploy.yml").read_text(encoding="utf-8")
        own = text.replace('volumes: ["site-postgres:', 'directories: ["data:')
        assert own != text
        world.repository.write("config/deploy.yml", own)
        commit(world)
        deployed(world)
        data = server.home / "site-postgres" / "data"

        kept = command(world, "destroy", "--keep-data", "--confirm", "site")

        assert kept.status == 0, kept.output
        assert data.is_dir() and "site-postgres" in [one["Names"] for one in server.containers()]
        assert "Kamal would delete the directories with its data too" in words(kept)
        deleted = command(world, "destroy", "--confirm", "site")
        assert deleted.status == 0, deleted.output
        assert "lost: what is in its directories on the server" in words(deleted) and not data.exists()


def test_what_the_owner_has_changed_is_shown_and_stays(tmp_path: Path) -> None:
    with kamal(tmp_path) as (world, server):
        deployed(world)
        server.stop("site-redis")
        server.start("site-search", "service=site-search,x=1", "meilisearch", [])
        commit(world)

        ended = world.run(**ARGUMENTS)

        assert ended.status == 0, ended.output
        assert "It is exited: `kamal accessory start redis` starts it." in words(ended)
        assert {one["Names"]: one["State"] for one in server.containers()}["site-redis"] == "exited"
        told = words(command(world, "status"))
        assert "site-search runs on" in told and "has no such accessory: it stays as it is" in told


def test_a_status_asks_and_changes_nothing_and_needs_no_value(tmp_path: Path) -> None:
    with kamal(tmp_path) as (world, server):
        deployed(world)
        server.begin()

        found = platform(world, "status")
        told = world.command("status")

        assert found["online"]["commit"] == head(world) and found["online"]["by"] == "ada@example.com"
        named = [one["name"] for one in found["processes"] if one["well"]]
        assert named == [
            *(f"{role} {head(world)[:12]}" for role in ("web", *(one for one in ROLES if one != "web"))),
            "postgres",
            "redis",
        ]
        assert told.status == 0 and changes(server) == []
        server.stop(f"site-worker-{head(world)}")
        bad = {one["name"]: one["hint"] for one in platform(world, "status")["processes"] if not one["well"]}
        assert bad == {"worker": "kamal app boot --roles worker"}


def test_it_is_deleted_with_its_data_last_and_nothing_of_others(tmp_path: Path) -> None:
    with kamal(tmp_path) as (world, server):
        deployed(world)
        server.start(f"other-web-{'e' * 40}", "service=other,role=web,destination=,x=1", "theirs", ["other-data"])
        server.begin()

        ended = command(world, "destroy", "--confirm", "site")

        assert ended.status == 0, ended.output
        assert [one[:36] for one in changes(server)] == [
            "kamal app remove", "kamal accessory remove postgres --con"[:36], "kamal accessory remove redis --confi"[:36],
            "ssh docker volume rm site-redis", "ssh docker volume rm site-postgres", "ssh docker volume rm site-data",
            "ssh rm -f .kamal/site-project .kamal/"[:36],
        ]  # fmt: skip
        assert [one["Names"] for one in server.containers()] == [f"other-web-{'e' * 40}", "kamal-proxy"]
        assert server.volumes() == ["other-data"] and server.mark() == ""
        assert "lost: the whole database" in words(ended) and "all sites of the server share it" in words(ended)


def test_data_can_be_kept(tmp_path: Path) -> None:
    with kamal(tmp_path) as (world, server):
        deployed(world)

        ended = command(world, "destroy", "--keep-data", "--confirm", "site")

        assert ended.status == 0, ended.output
        assert sorted(server.volumes()) == ["site-data", "site-postgres", "site-redis"] and server.mark()
        assert [one["Names"] for one in server.containers()] == ["kamal-proxy"]
        deployed(world)


@shows("kamal-environment")
def test_staging_is_a_destination_beside_production(tmp_path: Path) -> None:
    with kamal(tmp_path) as (world, server):
        first = deployed(world)
        second = commit(world)

        ended = world.run(**ARGUMENTS, environment="staging")

        assert ended.status == 0, ended.output
        assert server.running() == dict.fromkeys(ROLES, first)
        assert server.running("site-staging") == dict.fromkeys(ROLES, second)
        assert server.mark("site-staging-staging") and "https://staging.example.com" in ended.output
        refused = world.run(**ARGUMENTS, environment="qa")
        assert refused.status != 0 and "no environment qa on Kamal" in words(refused)


@shows("kamal-server")
@pytest.mark.parametrize(
    ("said", "cure"),
    [
        ("Host key verification failed.", f"confirm it once with `ssh deploy@{SERVER} true`"),
        (
            "@@@@\n@ WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED! @\nHost key verification failed.",
            f"{SERVER} has a new host key",
        ),
        ("deploy@server: Permission denied (publickey).", f"Add it with `ssh-copy-id deploy@{SERVER}`"),
        ("ssh: Could not resolve hostname server.example.com", "cannot be resolved: correct it in config/deploy.yml"),
    ],
)
def test_a_server_that_does_not_let_in_is_told(said: str, cure: str, tmp_path: Path) -> None:
    with kamal(tmp_path) as (world, server):
        server.refuses = said

        ended = command(world, "plan")

        assert ended.status != 0 and cure in words(ended)


def test_a_server_that_does_not_answer_is_told(tmp_path: Path) -> None:
    with kamal(tmp_path) as (world, server):
        server.refuses = f"ssh: connect to host {SERVER} port 22: Connection timed out"

        ended = command(world, "plan")

        assert ended.status != 0 and f"{SERVER} cannot be reached" in words(ended)


def test_a_file_that_kamal_does_not_take_is_told(tmp_path: Path) -> None:
    with kamal(tmp_path) as (world, _):
        world.repository.write("config/deploy.yml", "service: site\n")

        ended = world.run(**ARGUMENTS)

        assert ended.status != 0
        assert "Missing required configuration for servers" in ended.output and "`kamal config` says when" in words(
            ended
        )


def test_values_are_not_set_on_the_server(tmp_path: Path) -> None:
    with kamal(tmp_path) as (world, server):
        deployed(world)
        server.begin()

        ended = command(world, "env", "set", "SMTP_KEY", "--yes", SMTP_KEY="secret-of-mail")
        listed = command(world, "env", "list")

        assert ended.status != 0
        assert "Kamal keeps no values: give SMTP_KEY in deploy/.env" in words(ended)
        assert changes(server) == [] and "DATABASE_URL" in listed.printed
