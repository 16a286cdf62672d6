"""Fly.io with everything beside the site: processes on Machines of their own, Redis, a bucket or a volume, each made once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.platforms.faults import leaked
from tests.platforms.fly_scene import ARGUMENTS, WHOLE, configuration, fly, settle
from tests.platforms.owner import another_clone, commit
from tests.platforms.planned import plan
from tests.platforms.simulated.fly import Fly
from tests.platforms.simulated.fly_stores import Bucket, Redis
from tests.platforms.simulated.world import World, kill
from tests.support.anchors import shows
from tests.tools import tool

UNMANAGED = {"fly_postgres": "unmanaged"}


def changes(platform: Fly) -> list[str]:
    return [asked.path for asked in platform.asked if asked.method != "GET"]


def chosen(world: World, **answers: Any) -> None:
    """The owner changes answers, and commits the fly.toml that comes of it."""
    settle(world, **UNMANAGED, **answers)


@pytest.fixture(params=["ours", "flyctl"])
def program(request: pytest.FixtureRequest) -> Path | None:
    return tool("flyctl") if request.param == "flyctl" else None


@pytest.fixture
def either(tmp_path: Path, program: Path | None) -> Iterator[tuple[World, Fly]]:
    with fly(tmp_path, program, **UNMANAGED, **WHOLE) as both:
        yield both


@pytest.fixture
def whole(tmp_path: Path) -> Iterator[tuple[World, Fly]]:
    with fly(tmp_path, **UNMANAGED, **WHOLE) as both:
        yield both


def test_everything_is_made_once_and_told_before(either: tuple[World, Fly]) -> None:
    world, platform = either

    ended = world.run(**ARGUMENTS)

    assert ended.status == 0, ended.output
    final = platform.final()
    assert final["apps"]["shelf"]["groups"] == {"app": 1, "worker": 1, "beat": 1, "clock": 1}
    assert [machine["config"]["guest"]["memory_mb"] for machine in platform.apps["shelf"].machines] == [512] * 4
    ((name, _, region, redis, eviction, readers),) = final["redis"]
    assert name.startswith("shelf-redis-") and (region, redis, eviction) == ("fra", "Fixed 250MB", False)
    assert readers == ["shelf"]
    ((bucket, app, public, reads),) = final["buckets"]
    assert bucket.startswith("shelf-uploads-") and (app, public, reads) == ("shelf", False, True)
    told = plan(ended.output)
    assert "1 Machine for worker" in told and "Redis shelf-redis-" in told and "$10" in told
    assert "private bucket shelf-uploads-" in told and "Tigris (this accepts its terms)" in told
    assert "deploy-overlay destroy" in ended.output.partition("To delete everything that was created")[2]
    assert leaked(world, platform) == []
    arguments = [word for call in platform.calls for word in call]
    assert not [secret for secret in platform.confidential() if any(secret in word for word in arguments)]

    for clone in (lambda world: None, another_clone):
        clone(world)
        platform.begin()
        assert world.run(**ARGUMENTS).status == 0
        assert changes(platform) == []
    assert platform.final() == final


def test_public_uploads_get_a_public_bucket(tmp_path: Path) -> None:
    uploads = {"store": "disk", "access": "public", "path": "/media/"}
    with fly(tmp_path, **UNMANAGED, django_uploads=uploads, deploy_uploads="bucket") as (world, platform):
        assert world.run(**ARGUMENTS).status == 0
        assert platform.final()["buckets"][0][2:] == (True, True)


@pytest.mark.parametrize("step", ["create_redis", "bucket", "keys"])
def test_a_killed_run_is_finished_by_the_next_one(
    whole: tuple[World, Fly], monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    """Redis with its address not set yet, a bucket whose keys are lost, and keys without the bucket's name."""
    world, platform = whole
    pids: list[int] = []
    words = {"create_redis": "redis create", "bucket": "storage create", "keys": "storage keys"}[step]
    answer = platform.answer

    def killing(asked: Any) -> Any:
        found = answer(asked)
        if asked.path.startswith(words) and pids:
            kill(pids.pop())
            return None
        return found

    monkeypatch.setattr(platform, "answer", killing)
    assert world.run(**ARGUMENTS, begun=pids.append).status == -9

    ended = world.run(**ARGUMENTS)

    assert ended.status == 0, ended.output
    assert len(platform.redis) == 1 and platform.final()["redis"][0][-1] == ["shelf"]
    assert [one[-1] for one in platform.final()["buckets"]] == [True]


@shows("platform-refused")
def test_a_bucket_without_keys_is_never_destroyed_unless_this_clone_left_it(whole: tuple[World, Fly]) -> None:
    world, platform = whole
    assert world.run(**ARGUMENTS).status == 0
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        del platform.apps["shelf"].secrets[name]
    (before,) = platform.buckets

    ended = world.run(**ARGUMENTS)

    assert ended.status == 1 and f"fly storage destroy {before.name}" in ended.output
    assert platform.buckets == [before]


def test_what_the_owner_set_by_hand_is_used_and_nothing_is_made(tmp_path: Path) -> None:
    with fly(tmp_path, **UNMANAGED) as (world, platform):
        assert world.run(**ARGUMENTS).status == 0
        elsewhere = {"REDIS_URL": "redis://elsewhere:6379", "AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b"}
        platform.apps["shelf"].secrets |= elsewhere
        chosen(world, **WHOLE)

        refused = world.run(**ARGUMENTS)
        assert refused.status == 1 and "AWS_STORAGE_BUCKET_NAME=NAME" in refused.output

        platform.apps["shelf"].secrets["AWS_STORAGE_BUCKET_NAME"] = "mine"
        ended = world.run(**ARGUMENTS)
        assert ended.status == 0, ended.output
        assert "REDIS_URL is already set, so no Redis is created" in plan(ended.output)
        assert (platform.redis, platform.buckets) == ([], [])
        assert elsewhere.items() <= platform.apps["shelf"].secrets.items()


def test_things_of_other_apps_are_left_alone(whole: tuple[World, Fly]) -> None:
    world, platform = whole
    platform.redis = [Redis("shelf-redis", "personal", "fra", "Pay-as-you-go", True)]
    platform.buckets = [Bucket("shelf-uploads", "shop", True)]

    assert world.run(**ARGUMENTS).status == 0

    assert platform.redis[0].name == "shelf-redis" and len(platform.redis) == 2
    assert [one[1] for one in platform.final()["buckets"]] == ["shop", "shelf"]
    assert platform.final()["redis"][0][-1] == []


def test_a_site_that_runs_keeps_its_machines_when_processes_are_chosen_later(
    tmp_path: Path, program: Path | None
) -> None:
    with fly(tmp_path, program, **UNMANAGED) as (world, platform):
        assert world.run(**ARGUMENTS).status == 0
        app = platform.apps["shelf"]
        platform.create_machine(app, "fra")
        serving = [(one["id"], one["config"]["guest"]["memory_mb"]) for one in app.of("app")]
        chosen(world, **WHOLE)

        ended = world.run(**ARGUMENTS)

        assert ended.status == 0, ended.output
        assert [(one["id"], one["config"]["guest"]["memory_mb"]) for one in app.of("app")] == serving
        assert platform.final()["apps"]["shelf"]["groups"] == {"app": 2, "worker": 1, "beat": 1, "clock": 1}
        assert {one["config"]["guest"]["memory_mb"] for one in app.machines} == {512}


def test_what_is_chosen_no_longer_is_stopped_and_the_plan_says_so(whole: tuple[World, Fly]) -> None:
    world, platform = whole
    assert world.run(**ARGUMENTS).status == 0
    chosen(world, **{**WHOLE, "deploy_runs": []})

    ended = world.run(**ARGUMENTS)

    assert ended.status == 0, ended.output
    assert "the Machines of worker, beat, clock are destroyed" in plan(ended.output)
    assert platform.final()["apps"]["shelf"]["groups"] == {"app": 1}


def test_the_number_of_workers_is_the_owners(whole: tuple[World, Fly]) -> None:
    world, platform = whole
    assert world.run(**ARGUMENTS).status == 0
    for _ in range(2):
        platform.create_machine(platform.apps["shelf"], "fra", group="worker")
    platform.create_machine(platform.apps["shelf"], "fra", group="clock")
    commit(world)

    ended = world.run(**ARGUMENTS)

    assert ended.status == 0, ended.output
    assert platform.final()["apps"]["shelf"]["groups"] == {"app": 1, "worker": 3, "beat": 1, "clock": 2}
    told = plan(ended.output)
    assert "1 Machine for worker: 3 (shared-cpu-1x with 512 MB) in fra; the answers say 1" in told
    assert "everything is started 2 times: `fly scale count 1 --process-group clock -a shelf`" in told


@shows("platform-refused")
def test_a_worker_that_was_scaled_to_none_is_not_started_again(whole: tuple[World, Fly]) -> None:
    world, platform = whole
    assert world.run(**ARGUMENTS).status == 0
    app = platform.apps["shelf"]
    app.machines = [one for one in app.machines if one not in app.of("worker")]

    again = world.run(**ARGUMENTS)
    assert again.status == 0 and "scaled to none" in plan(again.output)

    commit(world)
    ended = world.run(**ARGUMENTS)
    assert ended.status == 1 and "`fly scale count 1 --process-group worker -a shelf`" in ended.output
    assert app.of("worker") == []


def test_uploads_on_a_volume_have_one_machine_and_a_release_that_migrates(tmp_path: Path, program: Path | None) -> None:
    with fly(tmp_path, program, **UNMANAGED, **{**WHOLE, "deploy_uploads": "volume"}) as (world, platform):
        ended = world.run(**ARGUMENTS)

        assert ended.status == 0, ended.output
        assert "volume for uploaded files, 1 GB" in plan(ended.output)
        app = platform.apps["shelf"]
        assert [bool(one["config"].get("mounts")) for one in app.machines] == [True, False, False, False]
        assert [volume["name"] for volume in app.volumes] == ["data"]


def test_a_volume_that_is_chosen_later_is_made_where_the_machine_is(tmp_path: Path, program: Path | None) -> None:
    with fly(tmp_path, program, **UNMANAGED) as (world, platform):
        assert world.run(**ARGUMENTS).status == 0
        app = platform.apps["shelf"]
        app.machines[0]["region"] = "ams"
        platform.create_machine(app, "ams")
        chosen(world, **{**WHOLE, "deploy_runs": [], "deploy_uploads": "volume"})

        refused = world.run(**ARGUMENTS)
        assert refused.status == 1 and "`fly scale count 1 -a shelf`" in refused.output
        assert app.volumes == []

        app.machines.pop()
        ended = world.run(**ARGUMENTS)
        assert ended.status == 0, ended.output
        assert [volume["region"] for volume in app.volumes] == ["ams"]
        assert app.machines[0]["config"]["mounts"]


@shows("platform-refused")
def test_a_volume_is_not_taken_away_unasked(tmp_path: Path) -> None:
    with fly(tmp_path, **UNMANAGED, **{**WHOLE, "deploy_uploads": "volume"}) as (world, platform):
        assert world.run(**ARGUMENTS).status == 0
        chosen(world, **WHOLE)

        ended = world.run(**ARGUMENTS)

        assert ended.status == 1 and "no longer mounts it" in ended.output
        assert platform.apps["shelf"].machines[0]["config"]["mounts"] and platform.buckets == []


def test_the_server_may_have_another_name_in_a_file_of_the_owners(tmp_path: Path) -> None:
    with fly(tmp_path, **UNMANAGED) as (world, platform):
        own = (
            configuration("shelf", {"deploy_runs": ["worker"]})
            .replace('"app"', '"site"')
            .replace("  app =", "  site =")
        )
        world.repository.write("fly.toml", own)
        world.repository.git("commit", "--quiet", "--all", "--message", "Their own names")

        assert world.run(**ARGUMENTS).status == 0
        again = world.run(**ARGUMENTS)

        assert again.status == 0, again.output
        assert platform.final()["apps"]["shelf"]["groups"] == {"site": 1, "worker": 1, "beat": 1, "clock": 1}


def test_status_and_env_know_what_is_beside_the_site(whole: tuple[World, Fly]) -> None:
    world, platform = whole
    assert world.run(**ARGUMENTS).status == 0

    status = world.command("status")
    assert status.status == 0, status.output
    assert "1 Machine for worker" in status.output and "= Redis shelf-redis-" in status.output
    listed = world.command("env", "list")
    assert listed.status == 0, listed.output
    rows = dict(line.split() for line in listed.output.splitlines() if line.endswith((" set", " missing")))
    assert rows["REDIS_URL"] == rows["AWS_STORAGE_BUCKET_NAME"] == "set"
    assert "CELERY_BROKER_URL" not in rows, "the site fills it from REDIS_URL"
    assert leaked(world, platform) == []
