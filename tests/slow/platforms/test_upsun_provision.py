"""Creating and deploying on Upsun against the simulated API: what is there afterwards, and never twice.

With the real CLI from nothing to deployed, and where its own behaviour matters: it takes most of a second to start, and a
run asks it two dozen times. Elsewhere with a stand-in that asks what it asks.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.platforms.faults import leaked
from tests.platforms.owner import commit
from tests.platforms.simulated.server import Answer, Asked
from tests.platforms.simulated.upsun import Organisation, Upsun
from tests.platforms.simulated.world import World, kill
from tests.platforms.upsun_scene import ARGUMENTS, upsun
from tests.support import git
from tests.support.anchors import shows
from tests.tools import tool

Scene = tuple[World, Upsun]


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    with upsun(tmp_path) as made:
        yield made


@pytest.fixture
def real_scene(tmp_path: Path) -> Iterator[Scene]:
    with upsun(tmp_path, tool("upsun")) as made:
        yield made


def created(platform: Upsun) -> list[str]:
    """Requests of the run that made something on the platform."""
    return [str(asked) for asked in platform.asked if re.match("POST /(organizations|projects)", str(asked))]


def clone_without_record(world: World) -> None:
    """The repository as another machine has it: no link, no record of what was made."""
    root = world.repository.root
    shutil.rmtree(root / ".git" / "deploy-overlay")
    git(root, "config", "--remove-section", "remote.upsun", check=False)
    shutil.rmtree(root / ".upsun" / "local", ignore_errors=True)


def test_a_token_that_the_installation_needs_is_there_during_the_build(tmp_path: Path) -> None:
    with upsun(tmp_path, django_build_secrets=["INDEX_TOKEN"]) as (world, platform):
        given = {**ARGUMENTS["environ"], "INDEX_TOKEN": "token-4711-of-an-index"}
        ended = world.run("deploy", **{**ARGUMENTS, "environ": given})

        assert ended.status == 0, ended.output
        variables = platform.final()["projects"][0]["variables"]
        assert variables["env:INDEX_TOKEN"] == (True, True) and variables["env:SECRET_KEY"] == (True, False)


def test_from_nothing_to_deployed_and_again(real_scene: Scene) -> None:
    world, platform = real_scene
    head = git(world.repository.root, "rev-parse", "HEAD").strip()

    ended = world.run("deploy", **ARGUMENTS)

    assert ended.status == 0, ended.output
    assert platform.final() == {
        "projects": [
            {
                "title": "shelf",
                "region": "eu-5.platform.sh",
                "organisation": "acme",
                "plan": "upsun/flexible",
                "variables": {
                    "DEPLOY_OVERLAY_PROJECT": (False, False),
                    "env:MAIL_PASSWORD": (True, False),
                    "env:SECRET_KEY": (True, False),
                },
                "head": head,
                "active": True,
                "options": ["resources.init=minimum"],
                "deployed": ["environment.push"],
            }
        ]
    }
    assert platform.site in ended.output
    (project,) = platform.projects
    assert project.variables["env:MAIL_PASSWORD"]["value"] == ARGUMENTS["environ"]["MAIL_PASSWORD"]
    assert len(project.variables["env:SECRET_KEY"]["value"]) >= 50
    before = {name: variable["value"] for name, variable in project.variables.items()}

    platform.begin()
    again = world.run("deploy", **ARGUMENTS)
    assert again.status == 0, again.output
    assert created(platform) == []
    assert {name: variable["value"] for name, variable in project.variables.items()} == before
    assert not leaked(world, platform)


def test_fixed_takes_the_plan_and_an_organisation_of_its_kind(tmp_path: Path) -> None:
    with upsun(tmp_path, tool("upsun"), upsun_flavour="fixed", upsun_plan="standard", upsun_region="us-4") as (
        world,
        platform,
    ):
        platform.organisations.append(Organisation("legacy", "fixed"))

        ended = world.run("deploy", **ARGUMENTS)

        assert ended.status == 0, ended.output
        (project,) = platform.projects
        assert (project.organisation.name, project.plan, project.region) == ("legacy", "standard", "us-4.platform.sh")
        assert project.options == []


def test_a_change_is_pushed_and_only_what_is_new_gets_a_size(scene: Scene) -> None:
    world, platform = scene
    assert world.run("deploy", **ARGUMENTS).status == 0
    world.repository.write("shelf.txt", "changed")
    git(world.repository.root, "add", "shelf.txt")
    git(world.repository.root, "commit", "--quiet", "--message", "A change")
    platform.projects[0].options.clear()
    platform.begin()

    ended = world.run("deploy", **ARGUMENTS)

    assert ended.status == 0, ended.output
    assert platform.projects[0].head == git(world.repository.root, "rev-parse", "HEAD").strip()
    assert platform.projects[0].options == ["resources.init=minimum"]  # for containers without a size
    assert created(platform) == []


def test_another_clone_finds_the_project_by_its_mark(scene: Scene) -> None:
    world, platform = scene
    assert world.run("deploy", **ARGUMENTS).status == 0
    clone_without_record(world)
    platform.begin()

    ended = world.run("deploy", **ARGUMENTS)

    assert ended.status == 0, ended.output
    assert created(platform) == []


def test_another_clone_makes_no_second_project_of_one_that_was_renamed(scene: Scene) -> None:
    world, platform = scene
    assert world.run("deploy", **ARGUMENTS).status == 0
    platform.projects[0].title = "Books of the town"
    platform.made("another")
    clone_without_record(world)
    platform.begin()

    ended = world.run("deploy", **ARGUMENTS)

    assert ended.status == 1 and "upsun set-remote project1" in ended.output, ended.output
    assert created(platform) == []


def test_a_site_that_runs_without_a_key_of_its_own_gets_none(scene: Scene) -> None:
    world, platform = scene
    root = world.repository.root
    head = git(root, "rev-parse", "HEAD").strip()
    platform.made("shelf", head=head, active=True)
    git(root, "remote", "add", "upsun", "project1@git.eu-5.platform.sh:project1.git")

    ended = world.run("provision", **ARGUMENTS)

    assert ended.status == 0, ended.output
    assert sorted(platform.projects[0].variables) == ["DEPLOY_OVERLAY_PROJECT", "env:MAIL_PASSWORD"]


@pytest.mark.parametrize(
    ("more", "status"), [({}, 1), ({"existing": True}, 0)], ids=["is refused", "is used where that is allowed"]
)
def test_a_project_with_the_title_that_somebody_uses(more: dict[str, Any], status: int, scene: Scene) -> None:
    world, platform = scene
    platform.made("shelf", head="0" * 40, active=True)

    ended = world.run("provision", **ARGUMENTS, **more)

    assert ended.status == status, ended.output
    assert len(platform.projects) == 1
    assert ("To use it, add -d deploy_existing=true" in ended.output) == (status == 1)


def test_of_several_projects_with_the_title_none_is_taken_unasked(scene: Scene) -> None:
    world, platform = scene
    platform.made("shelf")
    platform.made("shelf")

    ended = world.run("provision", **ARGUMENTS)

    assert ended.status == 1
    assert "project1" in ended.output and "project2" in ended.output and "-d upsun_project=" in ended.output
    assert created(platform) == []


def test_a_project_whose_title_only_contains_the_name_is_another(scene: Scene) -> None:
    world, platform = scene
    platform.made("shelf staging")

    ended = world.run("provision", **ARGUMENTS)

    assert ended.status == 0, ended.output
    assert [project.title for project in platform.projects] == ["shelf staging", "shelf"]
    assert platform.projects[0].variables == {}


def test_an_order_of_a_killed_run_is_found_behind_many_others(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    world, platform = scene
    platform.made("library")
    platform.made("shop")
    platform.page = 1
    order, pids = platform.order, []

    def ordered(asked: Asked, name: str) -> Any:
        answer = order(asked, name)
        kill(pids.pop())
        return answer

    monkeypatch.setattr(platform, "order", ordered)
    assert world.run("provision", **ARGUMENTS, begun=pids.append).status == -9

    ended = world.run("provision", **ARGUMENTS, begun=pids.append)

    assert ended.status == 0, ended.output
    assert [project.title for project in platform.projects] == ["library", "shop", "shelf"]


def test_of_several_organisations_none_is_taken_unasked(scene: Scene) -> None:
    world, platform = scene
    platform.organisations.append(Organisation("globex"))

    refused = world.run("provision", **ARGUMENTS)

    assert refused.status == 1
    assert "acme, globex" in refused.output and "-d upsun_organization=" in refused.output
    assert platform.projects == []


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda world, platform: setattr(platform.organisations[0], "can_create", False), "A credit card is required"),
        (lambda world, platform: world.programs.clear(), "not on PATH"),
        (lambda world, platform: platform.organisations.clear(), "no organisation"),
        (
            lambda world, platform: git(
                world.repository.root, "remote", "add", "upsun", "lost@git.eu-5.platform.sh:lost.git"
            ),
            "git remote remove upsun",
        ),
    ],
    ids=["no card", "no program", "no organisation", "linked to a lost project"],
)
def test_what_is_wrong_ends_with_its_cure(spoil: Any, words: str, scene: Scene) -> None:
    world, platform = scene
    spoil(world, platform)

    ended = world.run("deploy", **ARGUMENTS)

    assert ended.status == 1
    assert words in ended.output and "Traceback" not in ended.output, ended.output
    assert "More: " in ended.output
    assert platform.projects == []


@pytest.mark.parametrize(("token", "words"), [("", "upsun login"), ("wrong", "rejects the token in UPSUN_CLI_TOKEN")])
def test_who_is_not_logged_in_is_told_how(token: str, words: str, real_scene: Scene) -> None:
    world, platform = real_scene
    world.environ["UPSUN_CLI_TOKEN"] = token

    ended = world.run("deploy", **ARGUMENTS)

    assert ended.status == 1
    assert words in ended.output and "Traceback" not in ended.output, ended.output
    assert platform.projects == []


def test_a_value_that_upsun_tells_is_in_no_log(scene: Scene) -> None:
    world, platform = scene
    plain = {"name": "env:PARTNER", "value": "partner-value-5521", "is_sensitive": False, "visible_build": False}
    platform.made("shelf", variables={"env:PARTNER": plain})
    git(world.repository.root, "remote", "add", "upsun", "project1@git.eu-5.platform.sh:project1.git")
    platform.secrets += [str(plain["value"])]

    ended = world.run("deploy", **ARGUMENTS)

    assert ended.status == 0, ended.output
    assert not leaked(world, platform)


def test_a_variable_without_a_value_stops_before_the_push(scene: Scene) -> None:
    world, platform = scene
    assert world.run("provision", **ARGUMENTS).status == 0

    ended = world.run("deploy", variables=["STRIPE_KEY"])

    assert ended.status == 1
    assert "STRIPE_KEY" in ended.output and "upsun variable:create" in ended.output
    (project,) = platform.projects
    assert project.head == ""
    assert "env:SECRET_KEY" in project.variables


@pytest.mark.parametrize("flavour", ["flex", "fixed"])
def test_a_first_build_that_failed_is_told_and_tried_again(tmp_path: Path, flavour: str) -> None:
    with upsun(tmp_path, upsun_flavour=flavour) as (world, platform):
        platform.organisations[0].type = "fixed" if flavour == "fixed" else "flexible"
        platform.results = ["failure", "failure", "success"]

        first = world.run("deploy", **ARGUMENTS)
        second = world.run("deploy", **ARGUMENTS)
        third = world.run("deploy", **ARGUMENTS)

        assert first.status == 1 and "upsun activity:log" in first.output
        assert "upsun environment:push --project PROJECT --target main" in first.output
        assert second.status == 1 and "upsun environment:activate main --project project1" in second.output
        assert third.status == 0, third.output
        (project,) = platform.projects
        assert project.active and project.live == project.head
        assert project.activated == (["minimum"] * 2 if flavour == "flex" else ["", ""])


def test_a_build_that_failed_is_no_success_although_the_old_one_runs(scene: Scene) -> None:
    """`upsun redeploy` would bring back the old build, and end as a success."""
    world, platform = scene
    assert world.run("deploy", **ARGUMENTS).status == 0
    (project,) = platform.projects
    old, head = project.head, commit(world)
    platform.results = ["failure", "failure", "success"]

    assert world.run("deploy", **ARGUMENTS).status == 1
    assert (project.head, project.live) == (head, old)
    platform._deploy(project, project.environment("main"), "environment.redeploy", "redeployed by its owner")

    second = world.run("deploy", **ARGUMENTS)
    assert second.status == 1 and "is online" not in second.output
    assert project.live == old

    third = world.run("deploy", **ARGUMENTS)
    assert third.status == 0, third.output
    assert project.live == head
    assert list(project.own) == ["env:REBUILD_DATE"]


@pytest.mark.parametrize("program", ["ours", "upsun"])
def test_a_build_that_failed_is_found_behind_all_the_jobs_that_ran_since(tmp_path: Path, program: str) -> None:
    with upsun(tmp_path, tool("upsun") if program == "upsun" else None) as (world, platform):
        assert world.run("deploy", **ARGUMENTS).status == 0
        (project,) = platform.projects
        platform.results = ["failure", "success"]
        head = commit(world)
        assert world.run("deploy", **ARGUMENTS).status == 1
        platform.happened(project, "environment.cron", 30)

        ended = world.run("deploy", **ARGUMENTS)

        assert ended.status == 0, ended.output
        assert project.live == head


@shows("deployment-failed")
@pytest.mark.parametrize("told", ["hook failed", "hook failed, told as before 2025"])
def test_a_deploy_hook_that_failed_is_no_success_although_the_site_is_live(told: str, scene: Scene) -> None:
    world, platform = scene
    platform.results = [told, "success"]

    first = world.run("deploy", **ARGUMENTS)
    second = world.run("deploy", **ARGUMENTS)

    (project,) = platform.projects
    assert project.active and first.status == 1
    assert "is online" not in first.output
    assert f"upsun activity:log {project.activities[-1]['id']}" in first.output, first.output
    assert "without its migrations" in first.output
    assert second.status == 0, second.output
    # A redeployment would not run the hook again.
    assert [one["type"] for one in project.activities] == ["environment.variable.create", "environment.push"]


def test_the_real_program_builds_again(real_scene: Scene) -> None:
    world, platform = real_scene
    platform.results = ["failure", "hook failed", "hook failed", "success"]

    ended = [world.run("deploy", **ARGUMENTS) for _ in range(4)]

    assert [one.status for one in ended] == [1, 1, 1, 0], "\n".join(one.output for one in ended)
    (project,) = platform.projects
    assert [one["type"] for one in reversed(project.activities)] == [
        "environment.push",
        "environment.activate",
        "environment.variable.create",
        "environment.variable.update",
    ]


def test_a_failed_deploy_hook_as_the_real_program_tells_it(real_scene: Scene) -> None:
    world, platform = real_scene
    platform.results = ["hook failed, told as before 2025"]

    ended = world.run("deploy", **ARGUMENTS)

    assert ended.status == 1
    assert "without its migrations" in ended.output, ended.output


def test_an_order_that_the_real_program_sends_is_sent_once(real_scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """`project:create` would send it again where its connection breaks; the project is in no list before it is active."""
    world, platform = real_scene
    answer, lost = platform.answer, []

    def losing_the_answer_to_the_order(asked: Asked) -> Answer | None:
        told = answer(asked)
        if str(asked) == "POST /organizations/org-acme/subscriptions":
            lost.append(told)
            return None
        return told

    monkeypatch.setattr(platform, "answer", losing_the_answer_to_the_order)
    first = world.run("provision", **ARGUMENTS)
    second = world.run("provision", **ARGUMENTS)

    assert second.status == 0, first.output + second.output
    assert (len(lost), len(platform.projects)) == (1, 1)
