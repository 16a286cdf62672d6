"""Render: deployments by its API, on a simulation of it."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.platforms.blueprint import problems
from tests.platforms.destroy_scene import beside_on_render
from tests.platforms.faults import leaked
from tests.platforms.owner import another_clone, commit
from tests.platforms.render_scene import ARGUMENTS, WHOLE, apply, blueprint, render
from tests.platforms.simulated.render import KEY, Render
from tests.platforms.simulated.world import Ended, World
from tests.support.anchors import shows

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the hook of the simulated repository is a script")


def deployed(world: World, **more: Any) -> Ended:
    ended = world.run(**ARGUMENTS, **more)
    assert ended.status == 0, ended.output
    return ended


def changing(platform: Render) -> list[str]:
    return [str(one) for one in platform.asked if one.method != "GET"]


def test_without_its_blueprint_the_owner_is_told_how_it_is_made(tmp_path: Path) -> None:
    with render(tmp_path, applied=False) as (world, platform):
        ended = deployed(world)

        assert "https://dashboard.render.com/blueprint/new?repo=https://github.com/acme/shelf" in ended.output
        assert "Render asks for MAIL_PASSWORD" in ended.output
        assert "deploy-overlay deploy" in ended.output.partition("Then continue with")[2]
        assert changing(platform) == []

        apply(world, platform)
        then = deployed(world)

        assert "shelf is online" in then.output
        assert platform.named("shelf").variables["MAIL_PASSWORD"] == ARGUMENTS["environ"]["MAIL_PASSWORD"]
        assert leaked(world, platform) == []


def test_what_is_deployed_has_the_variables_that_were_set_before_and_stays_as_it_is(tmp_path: Path) -> None:
    with render(tmp_path, **WHOLE) as (world, platform):
        deployed(world)

        for name in ("shelf", "shelf-worker", "shelf-nightly"):
            assert platform.named(name).deploys[-1]["variables"]["MAIL_PASSWORD"], name
        before = platform.final()
        platform.begin()
        ended = deployed(world)

        assert "done now" not in ended.output
        assert changing(platform) == []
        assert platform.final() == before


def test_a_new_commit_is_pushed_and_deployed_on_every_service(tmp_path: Path) -> None:
    with render(tmp_path, **WHOLE) as (world, platform):
        deployed(world)
        news = commit(world)

        deployed(world)

        assert {one.live for one in platform.services.values()} == {news}
        assert platform.branches["main"] == news


def test_a_push_that_another_machine_made_is_not_made_again(tmp_path: Path) -> None:
    with render(tmp_path) as (world, platform):
        deployed(world)
        before = platform.final()
        another_clone(world)  # has no remote at all

        assert "no git remote here leads to https://github.com/acme/shelf" in deployed(world).output
        assert platform.final() == before


@pytest.mark.parametrize("automatic", [True, False])
def test_a_worker_that_is_new_is_awaited_or_left_to_the_owner(automatic: bool, tmp_path: Path) -> None:
    with render(tmp_path) as (world, platform):
        deployed(world)
        for one in platform.blueprints.values():
            one["autoSync"] = automatic
        more = {"django_workers": WHOLE["django_workers"], "deploy_runs": ["worker"]}
        answers = json.loads(world.repository.read(".copier-answers.yml")) | more
        world.repository.write("render.yaml", blueprint(**more))
        world.repository.commit(**answers)

        ended = deployed(world)

        made = [one.told["name"] for one in platform.services.values()]
        assert ("shelf-worker" in made) is automatic
        if automatic:
            assert platform.named("shelf-worker").live == platform.named("shelf").live == platform.branches["main"]
        else:
            assert "sync it by hand" in ended.output and "https://dashboard.render.com/blueprints" in ended.output


@shows("platform-refused")
def test_the_site_of_another_project_is_left_alone(tmp_path: Path) -> None:
    with render(tmp_path) as (world, platform):
        platform.named("shelf").variables["DEPLOY_OVERLAY_PROJECT"] = "0123456789ab"

        ended = world.run(**ARGUMENTS)

        assert ended.status == 1
        assert "The web service shelf on Render" in ended.output
        assert changing(platform) == []


@shows("exists-already")
def test_a_site_that_no_remote_leads_to_is_not_taken_over(tmp_path: Path) -> None:
    with render(tmp_path, remote=False) as (world, platform):
        platform.named("shelf").variables["SHOP"] = "4711"

        ended = world.run(**ARGUMENTS)

        assert ended.status == 1
        assert changing(platform) == []


def test_what_the_owner_changed_in_the_dashboard_stays(tmp_path: Path) -> None:
    with render(tmp_path, **WHOLE) as (world, platform):
        deployed(world)
        web = platform.named("shelf")
        web.told["serviceDetails"] |= {"plan": "standard", "numInstances": 3}
        web.variables |= {"OWN": "own", "MAIL_PASSWORD": "another"}
        for one in platform.databases.values():
            one |= {"plan": "pro_4gb", "diskSizeGB": 30}
        commit(world)

        ended = deployed(world)

        assert "3 x standard in oregon" in ended.output
        assert "$75" in ended.output  # three instances
        assert (web.told["serviceDetails"]["plan"], web.told["serviceDetails"]["numInstances"]) == ("standard", 3)
        assert web.variables["OWN"] == "own" and web.variables["MAIL_PASSWORD"] == "another"


@shows("deployment-failed")
@pytest.mark.parametrize(("status", "words"), [("build_failed", "build failed"), ("pre_deploy_failed", "pre deploy")])
def test_a_deploy_that_fails_is_told_with_its_place_and_tried_again(tmp_path: Path, status: str, words: str) -> None:
    with render(tmp_path) as (world, platform):
        deployed(world)
        online = platform.named("shelf").live
        news = commit(world)
        platform.fails["shelf"] = status

        ended = world.run(**ARGUMENTS)

        assert ended.status == 1
        assert words in ended.output and "https://dashboard.render.com/web/srv-" in ended.output
        assert platform.named("shelf").live == online
        deployed(world)
        assert platform.named("shelf").live == news


def test_a_rollback_brings_every_service_back(tmp_path: Path) -> None:
    with render(tmp_path, **WHOLE) as (world, platform):
        deployed(world)
        first = platform.named("shelf").live
        commit(world)
        deployed(world)

        ended = world.command("rollback", "--yes")

        assert ended.status == 0, ended.output
        assert {one.live for one in platform.services.values()} == {first}
        assert all(one.deploys[-1]["trigger"] == "rollback" for one in platform.services.values())


def test_status_tells_what_is_online_and_what_runs(tmp_path: Path) -> None:
    with render(tmp_path, **WHOLE) as (world, platform):
        deployed(world)
        platform.named("shelf").domains.append("www.example.com")
        platform.begin()

        (told,) = json.loads(world.command("status", "--json").printed)["platforms"]
        releases = world.command("releases")

        assert told["online"]["commit"] == platform.named("shelf").live
        assert [one["name"] for one in told["processes"]] == ["web", "worker"]
        assert releases.status == 0 and "dep-" in releases.output
        assert "www.example.com" in world.command("status").output
        assert changing(platform) == []
        assert leaked(world, platform) == []


def test_a_variable_is_set_on_every_service_and_goes_online_with_the_next_deployment(tmp_path: Path) -> None:
    with render(tmp_path, **WHOLE) as (world, platform):
        deployed(world)

        ended = world.command("env", "set", "FEATURE", "--yes", FEATURE="given-feature-3c7e")

        assert ended.status == 0, ended.output
        assert {one.variables["FEATURE"] for one in platform.services.values()} == {"given-feature-3c7e"}
        deployed(world)
        assert all(one.deploys[-1]["variables"].get("FEATURE") for one in platform.services.values())
        platform.secrets.append("given-feature-3c7e")
        assert leaked(world, platform) == []


def test_everything_is_deleted_and_nothing_of_others(tmp_path: Path) -> None:
    with render(tmp_path, **WHOLE) as (world, platform):
        deployed(world)
        beside_on_render(platform)

        ended = world.command("destroy", "--confirm", "shelf")

        assert ended.status == 0, ended.output
        assert [one.told["name"] for one in platform.services.values()] == ["other"]
        assert [one["name"] for one in platform.databases.values()] == ["other-db"]
        assert not platform.key_values
        assert [one["repo"] for one in platform.blueprints.values()] == ["https://github.com/acme/other"]


def test_the_database_can_be_kept(tmp_path: Path) -> None:
    with render(tmp_path, **WHOLE) as (world, platform):
        deployed(world)

        ended = world.command("destroy", "--confirm", "shelf", "--keep-data")

        assert ended.status == 0, ended.output
        assert [one["name"] for one in platform.databases.values()] == ["shelf-db"]
        assert not platform.services


def test_an_environment_has_a_blueprint_of_its_own(tmp_path: Path) -> None:
    with render(tmp_path, **WHOLE) as (world, platform):
        deployed(world)
        production = platform.final()["services"]["shelf"]

        ended = deployed(world, environment="staging")

        line = next(line.strip() for line in ended.output.splitlines() if line.strip().startswith("sed "))
        subprocess.run(line, shell=True, check=True, cwd=world.repository.root)
        text = world.repository.read("render.staging.yaml")
        assert problems(yaml.safe_load(text)) == []
        assert set(re.findall(r"name: \"?(shelf[\w-]*)", text)) == {
            f"shelf-staging{rest}" for rest in ("", "-db", "-redis", "-worker", "-nightly")
        }
        world.repository.git("push", "--quiet", str(world.folder / "origin.git"), "HEAD:refs/heads/staging")
        platform.apply(
            text, world.repository.git("rev-parse", "HEAD").strip(), path="render.staging.yaml", branch="staging"
        )

        then = deployed(world, environment="staging")

        assert "shelf-staging is online" in then.output
        assert platform.named("shelf-staging").variables["DEPLOY_OVERLAY_ENVIRONMENT"] == "staging"
        assert platform.final()["services"]["shelf"] == production


@shows("platform-refused")
def test_an_environment_on_productions_branch_is_not_pushed_to(tmp_path: Path) -> None:
    with render(tmp_path) as (world, platform):
        deployed(world)
        head = world.repository.git("rev-parse", "HEAD").strip()
        platform.apply(blueprint("shelf-staging"), head, path="render.staging.yaml")
        same = deployed(world, environment="staging")
        commit(world)

        ended = world.run(**ARGUMENTS, environment="staging")

        assert "each push deploys both" in " ".join(same.output.split())
        assert ended.status == 1
        assert "choose another branch for shelf-staging" in " ".join(ended.output.split())
        assert platform.branches == {"main": head}

        platform.named("shelf").told["autoDeploy"] = "no"
        deployed(world, environment="staging")
        assert platform.named("shelf").live == head != platform.named("shelf-staging").live


def test_two_workspaces_with_a_site_of_this_name(tmp_path: Path) -> None:
    with render(tmp_path) as (world, platform):
        platform.owners["tea-2"] = "Zenith"
        apply(world, platform, owner="tea-2")
        platform.begin()

        ended = world.run(**ARGUMENTS)

        assert ended.status == 1
        assert "render_workspace" in ended.output and "tea-1, tea-2" in ended.output
        assert changing(platform) == []
        chosen = world.run(**ARGUMENTS, answers={"render_workspace": "tea-2"})
        assert chosen.status == 0, chosen.output
        marked = [
            one.told["ownerId"] for one in platform.services.values() if "DEPLOY_OVERLAY_PROJECT" in one.variables
        ]
        assert marked == ["tea-2"]


@shows("not-logged-in")
@pytest.mark.parametrize("key", ["", "wrong-key"])
def test_without_a_key_its_place_is_told(tmp_path: Path, key: str) -> None:
    with render(tmp_path) as (world, platform):
        ended = world.run(environ={**ARGUMENTS["environ"], "RENDER_API_KEY": key}, variables=ARGUMENTS["variables"])

        assert ended.status == 1
        assert "https://dashboard.render.com/u/settings#api-keys" in ended.output
        assert "RENDER_API_KEY" in ended.output
        assert KEY not in "".join(world.texts().values())
        assert changing(platform) == []
