"""An environment beside production, on every platform: its own things, in either order, and nothing of production changes."""

from __future__ import annotations

import contextlib
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.platforms import fly_scene, heroku_scene, upsun_scene
from tests.platforms.faults import leaked
from tests.platforms.fly_scene import fly
from tests.platforms.heroku_scene import heroku
from tests.platforms.owner import another_clone, commit
from tests.platforms.simulated.fly import App as FlyApp
from tests.platforms.simulated.heroku import App as HerokuApp
from tests.platforms.simulated.server import Answer, Asked
from tests.platforms.simulated.upsun import Environment
from tests.platforms.simulated.world import Ended, World
from tests.platforms.upsun_scene import upsun
from tests.support.anchors import shows
from tests.tools import tool

pytestmark = pytest.mark.skipif(
    sys.platform == "win32", reason="the stand-ins for platforms' programs are shell scripts"
)
SCENES: dict[str, tuple[Callable[..., contextlib.AbstractContextManager[tuple[World, Any]]], dict[str, Any]]] = {
    "fly": (fly, fly_scene.ARGUMENTS),
    "heroku": (heroku, heroku_scene.ARGUMENTS),
    "upsun": (upsun, upsun_scene.ARGUMENTS),
}
APPS = ("fly", "heroku")  # where an environment is an app of its own


class Site:
    """A scene, and its runs in one environment or the other."""

    def __init__(self, name: str, world: World, platform: Any) -> None:
        self.name, self.world, self.platform = name, world, platform

    def run(self, action: str = "deploy", environment: str = "staging", **more: Any) -> Ended:
        return self.world.run(action, **SCENES[self.name][1], environment=environment, **more)

    def deployed(self, environment: str = "staging") -> Ended:
        ended = self.run(environment=environment)
        assert ended.status == 0, ended.output
        return ended

    def production(self) -> Any:
        """What the platform has of production."""
        final = self.platform.final()
        if self.name == "upsun":
            return [{name: value for name, value in one.items() if name != "environments"} for one in final["projects"]]
        mine = {kind: final.get(kind) for kind in ("addons", "clusters") if kind in final}
        return final["apps"].get("shelf"), str(mine).count("'shelf-db'")

    def staging(self) -> Any:
        final = self.platform.final()
        if self.name == "upsun":
            return final["projects"][0]["environments"]["staging"]
        return final["apps"]["shelf-staging"]


@pytest.fixture(params=SCENES)
def site(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Site]:
    with SCENES[request.param][0](tmp_path) as (world, platform):
        yield Site(request.param, world, platform)


@pytest.fixture(params=APPS)
def of_apps(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Site]:
    with SCENES[request.param][0](tmp_path) as (world, platform):
        yield Site(request.param, world, platform)


def changing(site: Site) -> list[str]:
    return [str(one) for one in site.platform.asked if not str(one).startswith(("GET ", "POST /ssh", "POST /oauth2"))]


def test_each_is_deployed_by_itself_and_the_other_stays_as_it_is(site: Site) -> None:
    site.deployed("production")
    production = site.production()

    ended = site.deployed()

    assert site.production() == production
    assert "shelf-staging is online" in ended.output or "shelf (staging) is online" in ended.output
    assert not [line for line in after(ended, "Useful commands") if not ("shelf-staging" in line or " staging" in line)]
    staging = site.staging()
    site.platform.begin()
    again = site.deployed()
    assert "done now" not in again.output, again.output
    if site.name != "fly":
        assert changing(site) == []

    commit(site.world)
    site.deployed()
    assert site.production() == production
    assert site.staging() != staging
    staging = site.staging()
    site.deployed("production")
    assert site.production() != production
    assert site.staging() == staging
    assert leaked(site.world, site.platform) == []


def document(site: Site, *words: str) -> dict[str, Any]:
    """What the only platform's entry says."""
    ended = site.world.command(*words, "--json")
    assert ended.status == 0, ended.output
    (found,) = json.loads(ended.printed)["platforms"]
    return dict(found)


def test_every_verb_is_about_one_of_them(site: Site) -> None:
    """Production has the first commit; staging got the second after it, a variable, and the first one again."""
    world, beside = site.world, ("--environment", "staging")
    first = world.repository.git("rev-parse", "HEAD").strip()
    site.deployed("production")
    alone = document(site, "status")["monthly_cost"]
    site.deployed()
    second = commit(world)
    site.deployed()
    production = site.production()

    assert document(site, "status")["online"]["commit"] == first
    assert document(site, "status", *beside)["online"]["commit"] == second
    assert 0 < document(site, "status", *beside)["monthly_cost"] <= document(site, "status")["monthly_cost"] == alone
    for words, commits in {(): {first}, beside: {first, second}}.items():
        assert {one["commit"] for one in document(site, "releases", *words)["releases"] if one["code"]} == commits
    planned = world.command("plan").output, world.command("plan", *beside).output
    assert "not online" in planned[0] and "not online" not in planned[1], planned
    assert world.command("env", "set", "EMAIL_HOST=smtp.example.com", *beside).status == 0
    for words, is_set in {(): False, beside: True}.items():
        listed = document(site, "env", "list", *words)["variables"]
        assert ({"name": "EMAIL_HOST", "set": True} in listed) == is_set
    back = world.command("rollback", "--yes", *beside)

    assert back.status == 0, back.output
    assert document(site, "status", *beside)["online"]["commit"] == first
    assert site.production() == production
    gone = world.command("destroy", *beside, "--confirm", "shelf-staging")
    assert gone.status == 0, gone.output
    assert site.production() == production
    assert document(site, "status")["monthly_cost"] == alone
    assert leaked(world, site.platform) == []


def after(ended: Ended, head: str) -> list[str]:
    """The lines of the part of the summary with this head, and of the commands that delete."""
    lines = ended.output.partition(f"\n{head}\n")[2].splitlines()
    deleting = ended.output.partition("\nTo delete everything that was created\n")[2].splitlines()
    shared = ("fly mpg list", "heroku pipelines:destroy shelf")
    parts = [*lines[: lines.index("")], *deleting[: deleting.index("")]]
    return [line for line in parts if not line.strip().startswith(shared)]


def test_staging_may_come_first(of_apps: Site, tmp_path: Path) -> None:
    of_apps.deployed()
    assert of_apps.production()[0] is None
    of_apps.deployed("production")
    of_apps.deployed()

    with SCENES[of_apps.name][0](tmp_path / "other") as (world, platform):
        other = Site(of_apps.name, world, platform)
        other.deployed("production")
        other.deployed()
        assert in_any_order(other.platform.final()) == in_any_order(of_apps.platform.final())


def in_any_order(final: dict[str, Any]) -> dict[str, Any]:
    return {name: sorted(value) if isinstance(value, list) else value for name, value in final.items()}


def test_another_clone_deploys_to_the_same_two(site: Site) -> None:
    site.deployed("production")
    site.deployed()
    before = site.platform.final()
    another_clone(site.world)

    site.deployed()
    site.deployed("production")

    assert site.platform.final() == before


@shows("exists-already")
@pytest.mark.parametrize("environment", ["staging", "production"])
@pytest.mark.parametrize("existing", [False, True])
def test_an_app_that_has_the_mark_of_the_other_one_is_refused(of_apps: Site, environment: str, existing: bool) -> None:
    """Somebody renamed it, or took the other's name; that nothing shows whose it is is another matter."""
    site, other = of_apps, "production" if environment == "staging" else "staging"
    site.deployed(other)
    names = {"staging": "shelf-staging", "production": "shelf"}
    marked = site.platform.apps[names[other]]
    if site.name == "fly":
        secrets = {name: "1" for name in marked.secrets if name.startswith("DEPLOY_OVERLAY_PROJECT_")}
        site.platform.apps[names[environment]] = FlyApp(names[environment], "personal", secrets=secrets)
        unmarked = FlyApp(names[environment], "personal", secrets={"SHOP": "shop-4711"})
    else:
        config = {"DEPLOY_OVERLAY_PROJECT": marked.config["DEPLOY_OVERLAY_PROJECT"]}
        site.platform.apps[names[environment]] = HerokuApp(names[environment], "eu", config=config)
        unmarked = HerokuApp(names[environment], "eu", config={"SHOP": "shop-4711"})
    before = site.platform.final()

    ended = site.run(environment=environment, existing=existing)

    assert ended.status == 1
    assert f"is the environment {other} of this project, not {environment}" in ended.output, ended.output
    assert site.platform.final() == before

    site.platform.apps[names[environment]] = unmarked
    assert "exists already" in site.run(environment=environment).output


def test_a_name_that_somebody_else_has_is_told_with_another_environment(of_apps: Site) -> None:
    if of_apps.name == "fly":
        of_apps.platform.taken.add("shelf-staging")
    answer = of_apps.platform.answer

    def answered(asked: Asked) -> Answer | None:
        taken = Answer(422, {"id": "invalid_params", "message": "Name shelf-staging is already taken"})
        return taken if str(asked) == "POST /apps" else answer(asked)

    of_apps.platform.answer = answered
    ended = of_apps.run()

    assert ended.status == 1
    assert "--environment NAME" in ended.output and "deploy_name=NAME" not in ended.output, ended.output


def test_the_site_is_told_its_environment_and_has_a_key_of_its_own(of_apps: Site) -> None:
    of_apps.deployed("production")
    of_apps.deployed()

    kept = "secrets" if of_apps.name == "fly" else "config"
    production, staging = (getattr(of_apps.platform.apps[name], kept) for name in ("shelf", "shelf-staging"))
    assert staging["DEPLOY_OVERLAY_ENVIRONMENT"] == "staging"
    assert "DEPLOY_OVERLAY_ENVIRONMENT" not in production
    assert staging["SECRET_KEY"] != production["SECRET_KEY"]
    assert staging["DATABASE_URL"] != production["DATABASE_URL"]


LINES = {
    "fly": "fly logs -a shelf-staging",
    "heroku": "heroku logs --tail -a shelf-staging",
    "upsun": "upsun log app --tail --environment staging",
}


def test_everyday_commands_are_about_the_environment(site: Site) -> None:
    assert f"$ {LINES[site.name]}" in site.world.command("logs", "--environment", "staging").output
    assert "staging" not in site.world.command("logs").output.partition("$ ")[2].partition("\n")[0]


# Upsun


@pytest.fixture
def on_upsun(tmp_path: Path) -> Iterator[Site]:
    with upsun(tmp_path) as (world, platform):
        yield Site("upsun", world, platform)


@shows("platform-refused")
def test_on_upsun_production_comes_first(on_upsun: Site) -> None:
    ended = on_upsun.run()

    assert ended.status == 1
    assert "is a branch of its production" in ended.output and "deploy` first" in ended.output
    assert on_upsun.platform.projects == []

    assert on_upsun.run("provision", "production").status == 0
    assert "was never deployed" in on_upsun.run().output
    assert on_upsun.platform.projects[0].others == {}


def test_an_environment_of_upsun_begins_without_productions_data(on_upsun: Site) -> None:
    on_upsun.deployed("production")
    project = on_upsun.platform.projects[0]
    project.variables["env:EMAIL_HOST"] = variable("env:EMAIL_HOST", "smtp.example.com")

    planned = on_upsun.world.command("plan", "--environment", "staging")
    ended = on_upsun.deployed()

    assert "will be created; sees EMAIL_HOST of the project" in " ".join(ended.output.split()), ended.output
    assert "Total a month: 16 euros, of which 16 euros is new." in planned.output
    staging = project.others["staging"]
    assert (staging.parent, staging.kind, staging.data, staging.activated) == ("main", "staging", "", ["minimum"])
    assert staging.own["env:DEPLOY_OVERLAY_ENVIRONMENT"]["value"] == "staging"
    assert staging.own["env:SECRET_KEY"]["value"] != project.variables["env:SECRET_KEY"]["value"]
    assert all(one["is_inheritable"] is False for one in staging.own.values())


def variable(name: str, value: str) -> dict[str, Any]:
    return {"name": name, "value": value, "is_sensitive": False, "visible_build": False, "_links": {}}


@shows("environment-name")
def test_the_branch_of_production_is_not_beside_it(on_upsun: Site) -> None:
    on_upsun.deployed("production")
    before = on_upsun.platform.final()

    ended = on_upsun.run(environment="main")

    assert ended.status == 1
    assert "main is the branch of production" in ended.output
    assert on_upsun.platform.final() == before


@pytest.mark.parametrize(("existing", "status"), [(False, 1), (True, 0)])
def test_a_branch_of_the_owners_is_used_only_with_their_word(on_upsun: Site, existing: bool, status: int) -> None:
    on_upsun.deployed("production")
    project = on_upsun.platform.projects[0]
    project.others["staging"] = Environment(
        branch="staging", parent="main", kind="development", head="0" * 40, active=True, clones=False
    )
    before = on_upsun.platform.final()

    ended = on_upsun.run("provision", existing=existing)

    assert ended.status == status, ended.output
    assert ("exists already" in ended.output) == (status == 1)
    assert (on_upsun.platform.final() == before) == (status == 1)


@pytest.mark.parametrize("action", ["from nothing", "a failed build"])
def test_upsuns_own_program_does_the_same(tmp_path: Path, action: str) -> None:
    states = []
    for number, program in enumerate((None, tool("upsun"))):
        with upsun(tmp_path / str(number), program) as (world, platform):
            site = Site("upsun", world, platform)
            site.deployed("production")
            if action == "a failed build":
                platform.results = ["failure", "success"]
                assert "--environment staging` says why" in site.run().output
            site.deployed()
            assert platform.projects[0].others["staging"].data == ""
            states.append(platform.final())

    assert states[0] == states[1]


# Heroku


@pytest.fixture
def on_heroku(tmp_path: Path) -> Iterator[Site]:
    with heroku(tmp_path) as (world, platform):
        yield Site("heroku", world, platform)


def test_both_apps_are_put_into_a_pipeline(on_heroku: Site) -> None:
    on_heroku.deployed("production")
    on_heroku.deployed()

    assert on_heroku.platform.final()["pipelines"] == [("shelf", {"shelf": "production", "shelf-staging": "staging"})]


def test_the_pipeline_that_production_is_in_is_used(on_heroku: Site) -> None:
    on_heroku.deployed("production")
    on_heroku.platform.pipelines["6f3d1a52-0c1e-4b52-9d2a-0b6a34f0c001"] = "books"
    on_heroku.platform.places["shelf"] = ("6f3d1a52-0c1e-4b52-9d2a-0b6a34f0c001", "production")

    ended = on_heroku.deployed()

    assert on_heroku.platform.final()["pipelines"] == [("books", {"shelf": "production", "shelf-staging": "staging"})]
    assert "pipelines:destroy" not in ended.output


@pytest.mark.parametrize("why", ["not allowed", "another one has the name"])
def test_without_a_pipeline_the_site_is_deployed_all_the_same(on_heroku: Site, why: str) -> None:
    on_heroku.platform.may_have_pipelines = why != "not allowed"
    if why == "another one has the name":
        on_heroku.platform.pipelines["6f3d1a52-0c1e-4b52-9d2a-0b6a34f0c001"] = "shelf"
    pipelines = dict(on_heroku.platform.pipelines)

    ended = on_heroku.deployed()

    assert "skipped    pipeline shelf" in ended.output, ended.output
    assert on_heroku.platform.pipelines == pipelines and on_heroku.platform.places == {}


def test_an_app_that_was_taken_out_of_the_pipeline_stays_out(on_heroku: Site) -> None:
    on_heroku.deployed("production")
    on_heroku.deployed()
    on_heroku.platform.places.clear()

    on_heroku.deployed()

    assert on_heroku.platform.places == {}


def test_a_remote_that_leads_to_production_says_nothing_of_staging(on_heroku: Site) -> None:
    on_heroku.world.repository.git("remote", "add", "heroku", "https://git.heroku.com/shelf.git")
    on_heroku.deployed("production")

    on_heroku.deployed()


def test_herokus_own_program_does_the_same(tmp_path: Path) -> None:
    states = []
    for number, program in enumerate((None, tool("heroku"))):
        with heroku(tmp_path / str(number), program) as (world, platform):
            repository = platform.repository(tmp_path / f"{number}.git", "shelf-staging")
            world.redirect("https://git.heroku.com/shelf-staging.git", repository)
            site = Site("heroku", world, platform)
            site.deployed()
            states.append(platform.final())

    assert states[0] == states[1]
    assert states[0]["pipelines"] == [("shelf", {"shelf-staging": "staging"})]
