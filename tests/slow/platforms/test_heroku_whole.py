"""Heroku with workers, scheduled jobs, Redis and a bucket: each made once, and its owner's from then on.

Slow, because each test runs the hook against the simulated Platform API, most of them several times.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.platforms.faults import leaked
from tests.platforms.heroku_scene import ARGUMENTS, CLOCK, PROCFILE, WHOLE, heroku
from tests.platforms.owner import another_clone, commit
from tests.platforms.planned import plan
from tests.platforms.simulated.heroku import Addon, Heroku
from tests.platforms.simulated.world import World
from tests.support.anchors import shows
from tests.support.hook import ANSWERS
from tests.tools import tool

CLONES = pytest.mark.parametrize("clone", [lambda world: None, another_clone], ids=["this clone", "another clone"])
RUNNING = {"web": (1, "Basic"), "worker": (1, "Basic"), "clock": (1, "Basic"), "release": (0, "Eco")}


def changes(platform: Heroku) -> list[str]:
    return [str(asked) for asked in platform.asked if asked.method != "GET"]


def choose(world: World, **chosen: Any) -> None:
    """The owner changes answers, and commits."""
    repository = world.repository
    repository.commit(**json.loads(repository.read(ANSWERS)) | chosen)


# A real CLI takes a second for each of its many questions.
def test_everything_is_created_and_started_once_by_the_real_program(tmp_path: Path) -> None:
    with heroku(tmp_path, tool("heroku"), **WHOLE) as (world, platform):
        ended = world.run(**ARGUMENTS)

        assert ended.status == 0, ended.output
        app = platform.apps["shelf"]
        assert {name: (addon.plan, addon.attachments) for name, addon in platform.addons.items()} == {
            "shelf-db": ("heroku-postgresql:essential-0", ["DATABASE"]),
            "shelf-redis": ("heroku-redis:mini", ["REDIS"]),
            "shelf-bucket": ("bucketeer:hobbyist", ["BUCKETEER"]),
        }
        assert app.config["REDIS_URL"].startswith("rediss://") and "BUCKETEER_BUCKET_NAME" in app.config
        assert app.formation == RUNNING
        assert "Total a month: $34, of which $34 is new." in plan(ended.output)
        assert "deploy-overlay destroy" in ended.output.partition("To delete everything that was created")[2]

        platform.begin()
        again = world.run(**ARGUMENTS)
        assert again.status == 0, again.output
        assert changes(platform) == [] and "Total a month: $34, of which $0 is new." in plan(again.output)
        status = world.command("status")
        assert status.status == 0 and "$34 a month" in status.output
        listed = world.command("env", "list").printed
        assert listed.count("missing") == 0, listed
        assert re.search("CELERY_BROKER_URL +from REDIS_URL", listed)
        assert leaked(world, platform) == []


@pytest.fixture
def scene(tmp_path: Path):  # type: ignore[no-untyped-def]
    with heroku(tmp_path, **WHOLE) as both:
        yield both


@pytest.mark.parametrize(
    ("there", "told"),
    [
        ({"REDIS_URL": "redis://elsewhere"}, "REDIS_URL is already set"),
        ({"CELERY_BROKER_URL": "redis://elsewhere"}, "CELERY_BROKER_URL is already set"),
    ],
)
def test_a_redis_from_elsewhere_is_used(scene: tuple[World, Heroku], there: dict[str, str], told: str) -> None:
    world, platform = scene
    choose(world, deploy_redis="external", deploy_uploads="none")
    assert world.run("provision", **ARGUMENTS).status == 0
    platform.apps["shelf"].config |= there
    choose(world, deploy_redis="platform")

    ended = world.run(**ARGUMENTS)

    assert ended.status == 0, ended.output
    assert told in plan(ended.output)
    assert list(platform.addons) == ["shelf-db"] and there.items() <= platform.apps["shelf"].config.items()


@shows("platform-refused")
@pytest.mark.parametrize(
    ("plan_there", "attachment", "cure"),
    [
        ("heroku-redis:premium-0", "HEROKU_REDIS_COBALT", "heroku addons:attach redis-round-1 -a shelf --as REDIS"),
        ("bucketeer:hobbyist", "FILES", "heroku addons:attach redis-round-1 -a shelf --as BUCKETEER"),
    ],
)
def test_an_add_on_under_another_name_gets_no_second_beside_it(
    scene: tuple[World, Heroku], plan_there: str, attachment: str, cure: str
) -> None:
    world, platform = scene
    choose(world, deploy_redis="external", deploy_uploads="none")
    assert world.run("provision", **ARGUMENTS).status == 0
    own = Addon("redis-round-1", platform.apps["shelf"], plan_there, "its-own-password-1", [attachment])
    platform.addons[own.name] = own
    choose(world, deploy_redis="platform", deploy_uploads="bucket")
    before = platform.final()["addons"]

    ended = world.run(**ARGUMENTS)

    assert ended.status == 1 and cure in ended.output, ended.output
    assert platform.final()["addons"] == before and platform.apps["shelf"].pushed == ""


def test_a_larger_plan_of_its_owner_stays_and_has_its_price(scene: tuple[World, Heroku]) -> None:
    world, platform = scene
    assert world.run(**ARGUMENTS).status == 0
    platform.addons["shelf-redis"].plan = "heroku-redis:premium-0"

    ended = world.run(**ARGUMENTS)

    assert ended.status == 0, ended.output
    assert "shelf-redis has the plan heroku-redis:premium-0; the answer is heroku-redis:mini" in plan(ended.output)
    assert "Total a month: $46, of which $0 is new." in plan(ended.output)


def test_an_owners_bucket_on_the_app_is_used(scene: tuple[World, Heroku]) -> None:
    world, platform = scene
    choose(world, deploy_uploads="none")
    assert world.run("provision", **ARGUMENTS).status == 0
    platform.apps["shelf"].config["AWS_STORAGE_BUCKET_NAME"] = "files"
    choose(world, deploy_uploads="bucket")

    ended = world.run(**ARGUMENTS)

    assert ended.status == 0, ended.output
    assert "AWS_STORAGE_BUCKET_NAME is already set, so nothing is created" in plan(ended.output)
    assert "shelf-bucket" not in platform.addons


@shows("variables-missing")
def test_an_owners_bucket_in_a_file_is_set_and_none_is_bought(scene: tuple[World, Heroku], tmp_path: Path) -> None:
    world, platform = scene
    file = tmp_path / "production.env"
    file.write_text("AWS_STORAGE_BUCKET_NAME=files-of-shelf\nAWS_ACCESS_KEY_ID=AKIAOWNERSKEY4711\n", encoding="utf-8")

    ended = world.run(**ARGUMENTS, env_file=str(file))
    assert ended.status == 1 and "still have no value on Heroku: AWS_SECRET_ACCESS_KEY" in ended.output, ended.output
    assert platform.apps == {}

    with file.open("a", encoding="utf-8") as more:
        more.write("AWS_SECRET_ACCESS_KEY=owners-secret-0815\n")
    ended = world.run(**ARGUMENTS, env_file=str(file))

    assert ended.status == 0, ended.output
    assert "shelf-bucket" not in platform.addons and "Bucketeer" not in plan(ended.output)
    assert platform.apps["shelf"].config["AWS_SECRET_ACCESS_KEY"] == "owners-secret-0815"
    platform.secrets += ["owners-secret-0815", "AKIAOWNERSKEY4711"]
    file.unlink()
    assert leaked(world, platform) == []


def plain_first(world: World) -> None:
    """What a project was that had nothing started."""
    choose(world, deploy_runs=[], deploy_redis="external", deploy_uploads="none")
    ended = world.run(**ARGUMENTS)
    assert ended.status == 0, ended.output


@CLONES
def test_what_is_chosen_later_is_started_at_its_first_deployment(
    scene: tuple[World, Heroku], clone: Callable[[World], None]
) -> None:
    world, platform = scene
    plain_first(world)
    assert platform.apps["shelf"].formation["worker"] == (0, "Eco")
    choose(world, deploy_runs=["worker"], deploy_redis="platform")
    clone(world)

    ended = world.run(**ARGUMENTS)

    assert ended.status == 0, ended.output
    assert "Total a month: $22, of which $10 is new." in plan(ended.output)
    assert platform.apps["shelf"].formation["worker"] == (1, "Basic")
    assert platform.apps["shelf"].formation["clock"][0] == 0


@CLONES
@pytest.mark.parametrize("number", [0, 3])
def test_how_many_run_is_the_owners_choice_after_that(
    scene: tuple[World, Heroku], clone: Callable[[World], None], number: int
) -> None:
    world, platform = scene
    assert world.run(**ARGUMENTS).status == 0
    app = platform.apps["shelf"]
    app.formation = {kind: (count, "Standard-1x") for kind, (count, _) in app.formation.items()}
    app.formation["worker"] = (number, "Standard-1x")
    scaled = dict(app.formation)
    clone(world)
    commit(world)

    ended = world.run(**ARGUMENTS)

    assert ended.status == 0, ended.output
    assert app.formation == scaled
    told = plan(ended.output).partition("Changed on Heroku, and left as it is")[2]
    assert (
        f"worker={number}:Standard-1x" if number else "stopped; `heroku ps:scale worker=1 -a shelf` starts it"
    ) in told


def test_a_first_start_that_a_failed_release_kept_back_is_made_up_for(scene: tuple[World, Heroku]) -> None:
    world, platform = scene
    plain_first(world)
    choose(world, deploy_runs=["worker"])
    platform.release_command = "failed"
    assert world.run(**ARGUMENTS).status == 1
    another_clone(world)
    platform.release_command = "succeeded"

    assert world.run(**ARGUMENTS).status == 0

    assert platform.apps["shelf"].formation["worker"] == (1, "Basic")


def test_two_schedulers_are_told(scene: tuple[World, Heroku]) -> None:
    world, platform = scene
    assert world.run(**ARGUMENTS).status == 0
    app = platform.apps["shelf"]
    app.formation = {kind: (count, "Standard-1x") for kind, (count, _) in app.formation.items()}
    app.formation["clock"] = (2, "Standard-1x")

    ended = world.run(**ARGUMENTS)

    assert "it starts each job 2 times: run `heroku ps:scale clock=1 -a shelf`" in plan(ended.output)
    assert app.formation["clock"] == (2, "Standard-1x")


@pytest.mark.parametrize(("web", "beside"), [("Standard-2x", "Standard-1x"), ("Eco", "Eco")])
def test_a_worker_has_a_size_that_heroku_takes_beside_the_web_process(
    scene: tuple[World, Heroku], web: str, beside: str
) -> None:
    world, platform = scene
    plain_first(world)
    app = platform.apps["shelf"]
    app.formation["web"] = (1, web)
    choose(world, deploy_runs=["worker"])

    ended = world.run(**ARGUMENTS)

    assert ended.status == 0, ended.output
    assert app.formation["web"] == (1, web) and app.formation["worker"] == (1, beside)
    price = {"Standard-1x": "$25", "Eco": "$0"}[beside]
    assert f"of which {price} is new" in plan(ended.output)


@shows("background-process-crashed")
def test_a_worker_that_crashes_is_no_success(scene: tuple[World, Heroku]) -> None:
    world, platform = scene
    platform.crashing = {"worker"}

    ended = world.run(**ARGUMENTS)

    assert ended.status == 1
    assert "is online at" in ended.output and "worker.1 is crashed: `heroku logs -d worker.1 -a shelf`" in ended.output
    assert "Not done" not in ended.output
    platform.crashing.clear()
    assert world.run(**ARGUMENTS).status == 0


@shows("platform-refused")
def test_a_procfile_of_the_owners_that_lacks_a_process_is_named(scene: tuple[World, Heroku]) -> None:
    world, platform = scene
    world.repository.write("Procfile", PROCFILE)
    choose(world, deploy_kept_files=["Procfile"])

    ended = world.run(**ARGUMENTS)
    assert ended.status == 1
    assert "Procfile does not start clock: add `clock: python -m deploy.schedule`." in " ".join(ended.output.split())
    assert "Your Procfile does not name that process" in ended.output
    assert platform.apps["shelf"].formation["worker"] == (1, "Basic")

    world.repository.write("Procfile", PROCFILE + CLOCK)
    choose(world)
    assert world.run(**ARGUMENTS).status == 0
    assert platform.apps["shelf"].formation == RUNNING


def test_what_a_site_does_not_need_any_more_keeps_running_and_is_told(scene: tuple[World, Heroku]) -> None:
    world, platform = scene
    assert world.run(**ARGUMENTS).status == 0
    choose(world, deploy_runs=[])

    ended = world.run(**ARGUMENTS)

    assert ended.status == 0, ended.output
    assert platform.apps["shelf"].formation == RUNNING
    assert "clock=1:Basic, worker=1:Basic, which the answers do not start" in plan(ended.output)
    data = json.loads(world.command("status", "--json").printed)
    assert data["platforms"][0]["steps"]
