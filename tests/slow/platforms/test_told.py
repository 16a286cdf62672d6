"""What a run tells before it creates anything, and when it fails: what is missing, what costs money, how to undo it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from deploy_overlay.platforms import platform as declared
from tests.platforms import fly_scene, heroku_scene, upsun_scene
from tests.platforms.fly_scene import fly
from tests.platforms.heroku_scene import heroku
from tests.platforms.owner import commit
from tests.platforms.planned import plan
from tests.platforms.simulated.server import Refused
from tests.platforms.simulated.world import World
from tests.platforms.upsun_scene import upsun
from tests.support.anchors import shows
from tests.support.hook import ANSWERS

SCENES: dict[str, Any] = {"fly": fly, "heroku": heroku, "upsun": upsun}
ARGUMENTS: dict[str, Any] = {
    "fly": fly_scene.ARGUMENTS,
    "heroku": heroku_scene.ARGUMENTS,
    "upsun": upsun_scene.ARGUMENTS,
}


@shows("variables-missing")
@pytest.mark.parametrize("name", SCENES)
def test_a_variable_without_a_value_is_told_before_anything_is_created(name: str, tmp_path: Path) -> None:
    with SCENES[name](tmp_path) as (world, platform):
        before = platform.final()

        ended = world.run(variables=["MAIL_PASSWORD", "STRIPE_KEY"], environ=ARGUMENTS[name]["environ"])

        assert ended.status == 1
        assert ": STRIPE_KEY." in ended.output and "-d deploy_env_file=FILE" in ended.output
        assert "Nothing was created or deployed" in ended.output
        assert platform.final() == before


def test_a_variable_that_the_platform_has_is_not_missing(tmp_path: Path) -> None:
    with heroku(tmp_path) as (world, _):
        assert world.run(**heroku_scene.ARGUMENTS).status == 0
        commit(world)

        ended = world.run(variables=["MAIL_PASSWORD"])

        assert ended.status == 0, ended.output


def test_what_a_failed_run_created_and_what_it_goes_on_costing_is_told(tmp_path: Path) -> None:
    with heroku(tmp_path) as (world, platform):
        platform.release_command = "failed"

        ended = world.run(**heroku_scene.ARGUMENTS)

        assert ended.status == 1
        told = ended.output.partition("costs, each month:")[2]
        assert "PostgreSQL shelf-db  $5" in told
        assert "To delete what was created:\n    " in told and "deploy-overlay destroy\n" in told


def test_a_run_that_created_nothing_tells_of_no_costs(tmp_path: Path) -> None:
    with fly(tmp_path) as (world, platform):
        platform.taken.add("shelf")

        ended = world.run(**fly_scene.ARGUMENTS)

        assert ended.status == 1 and "keeps costing" not in ended.output and "To delete" not in ended.output


def test_a_database_that_exists_and_an_app_that_failed_are_both_in_the_report(tmp_path: Path) -> None:
    with fly(tmp_path) as (world, platform):

        def refused(*arguments: Any) -> None:
            raise Refused(422, {"error": "the image does not build"})

        platform.deploy = refused  # type: ignore[method-assign,assignment]
        ended = world.run(**fly_scene.ARGUMENTS)

        assert ended.status == 1
        assert "managed PostgreSQL shelf-db  $" in ended.output
        assert "deploy-overlay destroy\n" in ended.output


@pytest.mark.parametrize(
    ("names", "told"),
    [
        (["heroku", "upsun"], "Platforms: Heroku deployed, Upsun failed."),
        (["upsun", "heroku"], "Platforms: Upsun failed, Heroku not begun."),
    ],
)
def test_of_several_platforms_each_is_named_whichever_fails(names: list[str], told: str, tmp_path: Path) -> None:
    """Upsun's program is not installed."""
    with heroku(tmp_path) as (world, _):
        _answer(world, deploy_platforms=names)

        ended = world.run(**heroku_scene.ARGUMENTS)

        assert ended.status == 1 and told in ended.output, ended.output


@pytest.mark.parametrize("name", SCENES)
def test_the_branch_and_the_commit_that_are_deployed_are_named(name: str, tmp_path: Path) -> None:
    with SCENES[name](tmp_path) as (world, _):
        world.repository.git("checkout", "--quiet", "-b", "summer")
        head = world.repository.git("rev-parse", "HEAD").strip()[:8]

        ended = world.run(**ARGUMENTS[name])

        assert ended.status == 0, ended.output
        assert f"It deploys commit {head} of the branch summer." in plan(ended.output)
        assert f", commit {head} of the branch summer" in ended.output.partition("is online at")[2]


def _answer(world: World, **answers: Any) -> None:
    commit(world, ANSWERS, json.dumps(json.loads(world.repository.read(ANSWERS)) | answers))


def test_heroku_with_a_database_of_its_owner_gets_no_second_one(tmp_path: Path) -> None:
    from tests.platforms.simulated.heroku import App

    with heroku(tmp_path) as (world, platform):
        app = platform.apps["shelf"] = App("shelf", "eu", config={"DATABASE_URL": "postgres://elsewhere/shelf"})

        ended = world.run(**heroku_scene.ARGUMENTS, existing=True)

        assert ended.status == 0, ended.output
        assert platform.addons == {} and app.config["DATABASE_URL"] == "postgres://elsewhere/shelf"


PLANS: list[tuple[str, dict[str, Any], str]] = [
    ("fly", {"fly_region": "iad"}, "Total a month: $44.49, of which $44.49 is new."),
    ("fly", {"fly_region": "sjc", "fly_machines": 2}, "Total a month: $49.62, of which $49.62 is new."),
    ("fly", {"fly_region": "iad", "fly_postgres": "unmanaged"}, "Total a month: $6.03, of which $6.03 is new."),
    ("fly", {"fly_region": "iad", "deploy_database": "sqlite"}, "Total a month: $3.84, of which $3.84 is new."),
    ("heroku", {}, "Total a month: $12, of which $12 is new."),  # workers wait for their owner
    ("heroku", {"deploy_database": "external"}, "Total a month: $7, of which $7 is new."),
    ("upsun", {}, "Total a month: 35 euros, of which 35 euros is new."),
]


@pytest.mark.parametrize(("name", "given", "told"), PLANS, ids=[f"{one[0]} {one[1]}" for one in PLANS])
def test_a_plan_has_a_total_and_the_date_of_its_prices(
    name: str, given: dict[str, Any], told: str, tmp_path: Path
) -> None:
    with SCENES[name](tmp_path, **given) as (world, _):
        ended = world.run("deploy", environ={**ARGUMENTS[name]["environ"], "DEPLOY_OVERLAY_YES": ""})

        assert told in ended.output
        assert f"public list of {declared(name).prices_seen}" in ended.output


def test_a_plan_says_where_it_does_not_know_the_price_of_a_region(tmp_path: Path) -> None:
    with fly(tmp_path, fly_region="bom") as (world, _):
        ended = world.run("deploy", environ={**fly_scene.ARGUMENTS["environ"], "DEPLOY_OVERLAY_YES": ""})

        told = " ".join(ended.output.split())
        assert "The prices are those of iad; bom may cost more: https://fly.io/docs/about/pricing/" in told


def test_the_total_of_a_second_plan_is_that_of_what_runs(tmp_path: Path) -> None:
    with heroku(tmp_path) as (world, platform):
        assert world.run(**heroku_scene.ARGUMENTS).status == 0
        platform.apps["shelf"].formation |= {"web": (4, "Standard-2x"), "worker": (0, "Basic")}
        platform.addons["shelf-db"].plan = "heroku-postgresql:standard-0"
        commit(world)

        ended = world.run(**heroku_scene.ARGUMENTS)

        assert "Total a month: $250, of which $0 is new." in ended.output
