"""What was deployed is deleted, and nothing else, whatever ends the run in between. Each scene deploys first: seconds."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pexpect
import pytest

from tests.platforms import destroy_scene, fly_scene, heroku_scene, kubernetes_scene, render_scene, upsun_scene
from tests.platforms.destroy_scene import DESTROY, MARK
from tests.platforms.faults import bounded, leaked, recorded, tried
from tests.platforms.owner import another_clone
from tests.platforms.simulated.upsun import Environment
from tests.platforms.simulated.world import World
from tests.support import counted
from tests.support.anchors import shows
from tests.support.hook import ANSWERS
from tests.tools import tool

pytestmark = pytest.mark.skipif(
    sys.platform == "win32", reason="the stand-ins for platforms' programs are shell scripts"
)
ARGUMENTS: dict[str, dict[str, Any]] = {
    "fly": fly_scene.ARGUMENTS, "heroku": heroku_scene.ARGUMENTS, "kubernetes": kubernetes_scene.ARGUMENTS,
    "render": render_scene.ARGUMENTS, "upsun": upsun_scene.ARGUMENTS,
}  # fmt: skip
BESIDE = {
    "fly": destroy_scene.beside_on_fly,
    "heroku": destroy_scene.beside_on_heroku,
    "kubernetes": kubernetes_scene.beside,
    "render": destroy_scene.beside_on_render,
    "upsun": destroy_scene.beside_on_upsun,
}


@pytest.fixture(params=destroy_scene.SCENES)
def scene(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[str, World, Any]]:
    """A site that is online, beside things of others."""
    with destroy_scene.SCENES[request.param]().make(tmp_path) as (world, platform):
        yield request.param.partition(",")[0], world, platform


@pytest.fixture(params=["fly", "heroku", "upsun"])
def platform_scene(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[str, World, Any]]:
    with destroy_scene.SCENES[request.param]().make(tmp_path) as (world, platform):
        yield request.param, world, platform


def alone(name: str) -> dict[str, Any]:
    """What is there where only the others are."""
    platform: Any = {
        "fly": lambda: fly_scene.Fly("", Path()),
        "heroku": lambda: heroku_scene.Heroku(),
        "kubernetes": lambda: kubernetes_scene.Kubernetes(),
        "render": lambda: render_scene.Render("http://127.0.0.1:9"),
        "upsun": lambda: upsun_scene.Upsun(),
    }[name]()
    BESIDE[name](platform)
    found: dict[str, Any] = platform.final()
    platform.close()
    return found


def test_what_was_deployed_is_deleted_and_nothing_else(scene: tuple[str, World, Any]) -> None:
    name, world, platform = scene
    before = platform.final()

    ended = world.command(*DESTROY)

    assert ended.status == 0, ended.output
    assert platform.final() == alone(name)
    assert "deleted shelf" in ended.output
    assert max(map(len, ended.printed.splitlines())) <= 80 or "       " in ended.printed
    again = world.command(*DESTROY)
    assert again.status == 0, again.output
    assert "nothing to delete for shelf" in again.output or name == "upsun"
    assert platform.final() == alone(name)
    assert leaked(world, platform) == []
    assert before != platform.final()


def test_a_site_that_was_destroyed_is_deployed_again(scene: tuple[str, World, Any]) -> None:
    """From nothing: the record of the first one is gone."""
    name, world, platform = scene
    if name == "upsun":  # with the others' project of this title there, its owner has to say which
        platform.projects.pop()
    before = in_order(platform.final())
    assert world.command(*DESTROY).status == 0

    ended = world.run(**ARGUMENTS[name])

    assert ended.status == 0, ended.output
    if name == "render":  # a Blueprint is made by hand
        assert "blueprint/new" in ended.output and "other" in platform.final()["services"]
        return
    assert in_order(platform.final()) == before


def in_order(final: dict[str, Any]) -> dict[str, Any]:
    """Whatever was made first."""
    return {kind: sorted(found, key=str) if isinstance(found, list) else found for kind, found in final.items()}


@shows("not-confirmed")
def test_nothing_is_deleted_without_the_name(platform_scene: tuple[str, World, Any]) -> None:
    """A yes in the environment answers questions of deployments, never this one."""
    name, world, platform = platform_scene
    before, files = platform.final(), world.repository.changed()

    for words, said in {
        (): "add --confirm shelf",
        ("--confirm", "shelve"): "but this site is shelf.",
        ("--json",): "--confirm shelf or --dry-run",
    }.items():
        ended = world.command("destroy", *words, DEPLOY_OVERLAY_YES="1")
        assert ended.status == 1
        assert said in ended.output, ended.output
        assert "Nothing was deleted" in ended.output
    looked = world.command("destroy", "--dry-run")
    assert looked.status == 0, looked.output
    assert "Nothing was changed" in looked.output and "Deleting it saves" in looked.output
    found = json.loads(world.command("destroy", "--dry-run", "--json").printed)
    assert (found["schema"], found["deleted"]) == (1, False)
    (told,) = found["platforms"]
    assert (told["platform"], told["app"]) == (name, "shelf")
    assert all(one["commands"] for one in told["deletes"])
    assert sum(part["loses"] != "" for one in told["deletes"] for part in (one, *one["parts"])) >= 2
    assert (platform.final(), world.repository.changed()) == (before, files)
    assert leaked(world, platform) == []


def test_a_program_is_told_what_was_deleted(platform_scene: tuple[str, World, Any]) -> None:
    name, world, platform = platform_scene

    ended = world.command(*DESTROY, "--json")

    assert ended.status == 0, ended.output
    assert json.loads(ended.printed)["deleted"] is True
    assert platform.final() == alone(name)


@shows("not-this-projects")
@pytest.mark.parametrize("mark", ["of another", "none"])
def test_what_is_not_this_projects_is_left_and_named(platform_scene: tuple[str, World, Any], mark: str) -> None:
    """Also what the record of this clone has, and one of the name that somebody made since."""
    name, world, platform = platform_scene
    remark(name, platform, "0123456789ab" if mark == "of another" else "")
    before = platform.final()

    ended = world.command(*DESTROY)

    assert ended.status == 1, ended.output
    assert "is not deleted: it has" in ended.output
    assert platform.final() == before


def remark(name: str, platform: Any, mark: str) -> None:
    """The site gets another mark, or none."""
    if name == "upsun":
        variables = platform.projects[0].variables
        variables[MARK]["value"] = mark
        if not mark:
            del variables[MARK]
        return
    values = platform.apps["shelf"].secrets if name == "fly" else platform.apps["shelf"].config
    for one in [one for one in values if one.startswith(MARK)]:
        del values[one]
    if mark:
        values |= {f"{MARK}_{mark.upper()}": "1"} if name == "fly" else {MARK: mark}


def test_another_clone_deletes_by_the_marks(platform_scene: tuple[str, World, Any]) -> None:
    """It has no record. On a managed cluster of Fly.io nothing can be written, so that stays and is named."""
    name, world, platform = platform_scene
    another_clone(world)

    ended = world.command(*DESTROY)

    assert ended.status == 0, ended.output
    wanted = alone(name)
    if name == "fly":
        cluster = next(one for one in platform.clusters if one.name == "shelf-db")
        assert f"fly mpg destroy {cluster.id}" in ended.output
        assert "keeps costing $40.80 a month" in ended.output
        wanted["clusters"].insert(0, ("shelf-db", "personal", "fra", "basic", []))
    assert platform.final() == wanted


def test_staging_is_destroyed_beside_production(tmp_path: Path) -> None:
    """And production beside staging: each has an app, a database and a mark of its own."""
    scenes: dict[str, Any] = {"heroku": heroku_scene.heroku, "fly": fly_scene.fly}
    for name, made in scenes.items():
        given = {} if name == "heroku" else {"fly_postgres": "unmanaged"}
        with made(tmp_path / name, **given) as (world, platform):
            assert world.run("provision", **ARGUMENTS[name]).status == 0
            before = platform.final()
            assert world.run("provision", environment="staging", **ARGUMENTS[name]).status == 0
            assert platform.final() != before

            refused = world.command("destroy", "--environment", "staging", "--confirm", "shelf")
            ended = world.command("destroy", "--environment", "staging", "--confirm", "shelf-staging")

            assert "but this site is shelf-staging" in refused.output
            assert ended.status == 0, ended.output
            left = platform.final()
            assert left.pop("pipelines", []) == ([("shelf", {"shelf": "production"})] if name == "heroku" else [])
            assert left == before
            assert ("heroku pipelines:destroy" in ended.output) == (name == "heroku")
            assert "deploy --environment staging" in ended.output


@pytest.mark.parametrize("real", [False, True])
def test_an_environment_of_upsun_is_destroyed_alone(tmp_path: Path, real: bool) -> None:
    with upsun_scene.upsun(tmp_path, tool("upsun") if real else None) as (world, platform):
        assert world.run(**ARGUMENTS["upsun"]).status == 0
        before = platform.final()
        action = "provision" if real else "deploy"
        assert world.run(action, environment="staging", **ARGUMENTS["upsun"]).status == 0

        ended = world.command("destroy", "--environment", "staging", "--confirm", "shelf-staging")

        assert ended.status == 0, ended.output
        assert platform.final() == before
        assert "production and other environments are in it" in ended.output
        again = world.command("destroy", "--environment", "staging", "--confirm", "shelf-staging")
        assert again.status == 0 and platform.final() == before, again.output


def test_an_environment_of_upsun_can_be_made_again(tmp_path: Path) -> None:
    with upsun_scene.upsun(tmp_path) as (world, platform):
        assert world.run(**ARGUMENTS["upsun"]).status == 0
        production = platform.final()
        made = world.run(environment="staging", **ARGUMENTS["upsun"])
        assert made.status == 0, made.output
        both = platform.final()

        first = world.command(*DESTROY)
        ended = world.command("destroy", "--environment", "staging", "--confirm", "shelf-staging")

        assert first.status == 1 and "environment:delete staging" in first.output
        assert ended.status == 0, ended.output
        assert platform.final() == production
        again = world.run(environment="staging", **ARGUMENTS["upsun"])
        assert again.status == 0, again.output
        assert platform.final() == both
        platform.projects[0].others["staging"].own[MARK]["value"] = "0123456789ab"
        refused = world.command("destroy", "--environment", "staging", "--confirm", "shelf-staging")
        assert refused.status == 1 and "it has the mark of another project" in " ".join(refused.output.split())
        assert platform.final() == both


def test_a_database_of_others_stays_on_fly(tmp_path: Path) -> None:
    with fly_scene.fly(tmp_path, fly_cluster="theirs") as (world, platform):
        theirs = platform.create_cluster("theirs-db", "personal", "fra", "basic")
        theirs.id, theirs.attached, theirs.looks = "theirs", ["other"], 0
        assert world.run(**ARGUMENTS["fly"]).status == 0

        ended = world.command(*DESTROY)

        assert ended.status == 0, ended.output
        assert [one.id for one in platform.clusters] == ["theirs"]
        assert "managed PostgreSQL theirs-db: other uses it too" in ended.output
        assert platform.apps == {}


def test_a_cluster_of_the_same_name_that_somebody_made_since_stays(tmp_path: Path) -> None:
    with fly_scene.fly(tmp_path) as (world, platform):
        assert world.run(**ARGUMENTS["fly"]).status == 0
        assert world.command("status").status == 0
        platform.clusters.clear()
        platform.create_cluster("shelf-db", "personal", "fra", "basic").looks = 0

        ended = world.command(*DESTROY)

        assert ended.status == 0, ended.output
        assert [one.name for one in platform.clusters] == ["shelf-db"]
        assert "it has the same name, but nothing shows" in ended.output


def test_an_add_on_that_another_app_pays_for_stays(tmp_path: Path) -> None:
    with heroku_scene.heroku(tmp_path) as (world, platform):
        assert world.run(**ARGUMENTS["heroku"]).status == 0
        destroy_scene.beside_on_heroku(platform)
        platform.share("other-db", "shelf", "REPORTS")

        ended = world.command(*DESTROY)

        assert ended.status == 0, ended.output
        assert "add-on other-db: it is billed to the app other" in ended.output
        assert platform.final() == alone("heroku")


@shows("used-elsewhere")
def test_an_add_on_that_another_app_uses_is_not_deleted_with_the_app(tmp_path: Path) -> None:
    with heroku_scene.heroku(tmp_path) as (world, platform):
        assert world.run(**ARGUMENTS["heroku"]).status == 0
        destroy_scene.beside_on_heroku(platform)
        platform.share("shelf-db", "other", "SHELF")
        before = platform.final()

        ended = world.command(*DESTROY)

        assert ended.status == 1
        assert "heroku addons:detach SHELF -a other" in ended.output
        assert platform.final() == before


def test_other_environments_of_an_upsun_project_are_deleted_first(tmp_path: Path) -> None:
    with upsun_scene.upsun(tmp_path) as (world, platform):
        assert world.run(**ARGUMENTS["upsun"]).status == 0
        platform.projects[0].others["pr-7"] = Environment(branch="pr-7", parent="main", kind="development", active=True)
        before = platform.final()

        ended = world.command(*DESTROY)

        assert ended.status == 1
        assert "environment:delete pr-7 --project project1 --delete-branch" in ended.output
        assert platform.final() == before


@shows("data-not-kept")
def test_upsun_cannot_keep_the_data_alone(tmp_path: Path) -> None:
    with upsun_scene.upsun(tmp_path) as (world, platform):
        assert world.run(**ARGUMENTS["upsun"]).status == 0

        ended = world.command(*DESTROY, "--keep-data")

        assert ended.status == 1
        assert len(platform.projects) == 1


@pytest.mark.parametrize("name", ["fly", "fly, unmanaged", "fly, SQLite", "heroku"])
def test_data_is_kept_and_the_next_deployment_finds_it(name: str, tmp_path: Path) -> None:
    with destroy_scene.SCENES[name]().make(tmp_path) as (world, platform):
        before = platform.final()
        data = kept(platform)

        ended = world.command(*DESTROY, "--keep-data")

        assert ended.status == 0, ended.output
        assert kept(platform) == data
        assert "keeps costing" in ended.output and "kept with its data" in ended.output
        assert not running(platform)
        again = world.run(**ARGUMENTS[name.partition(",")[0]])
        assert again.status == 0, again.output
        assert kept(platform) == data and running(platform)
        assert before["apps"]["shelf"].get("groups") == platform.final()["apps"]["shelf"].get("groups")
        assert before["apps"]["shelf"].get("formation") == platform.final()["apps"]["shelf"].get("formation")


def kept(platform: Any) -> Any:
    """What holds data."""
    if hasattr(platform, "addons"):
        return {name: one.password for name, one in platform.addons.items() if one.service != "heroku-redis"}
    volumes = {name: [one["id"] for one in app.volumes] for name, app in platform.apps.items()}
    return [one.id for one in platform.clusters], [one.key for one in platform.buckets], volumes


def running(platform: Any) -> bool:
    app = platform.apps["shelf"]
    return any(number for number, _ in app.formation.values()) if hasattr(app, "formation") else bool(app.machines)


@shows("name-reserved")
def test_a_name_that_is_reserved_after_a_destruction(tmp_path: Path) -> None:
    with heroku_scene.heroku(tmp_path) as (world, platform):
        assert world.run(**ARGUMENTS["heroku"]).status == 0
        assert world.command(*DESTROY).status == 0
        platform.reserved.add("shelf")

        ended = world.run(**ARGUMENTS["heroku"])

        assert ended.status == 1
        assert "This project deleted shelf on" in ended.output


@shows("several-platforms")
def test_a_project_on_two_platforms_is_deleted_from_one_of_them(tmp_path: Path) -> None:
    with heroku_scene.heroku(tmp_path) as (world, platform):
        world.repository.commit(**json.loads(world.repository.read(ANSWERS)) | {"deploy_platforms": ["heroku", "fly"]})

        ended = world.command(*DESTROY)

        assert ended.status == 1
        assert "destroy --platform" in ended.output
        assert platform.asked == []


def test_the_name_is_typed_at_a_terminal(tmp_path: Path) -> None:
    with heroku_scene.heroku(tmp_path) as (world, platform):
        assert world.run(**ARGUMENTS["heroku"]).status == 0
        for typed, status in (("shelve", 1), ("shelf", 0)):
            child = world.at_terminal("destroy")
            child.expect("Back up the database to this machine")
            child.send("n")
            child.expect("Type shelf to delete it")
            child.sendline(typed)
            child.expect(pexpect.EOF)
            child.close()
            assert child.exitstatus == status, child.before
            assert ("shelf" in platform.apps) == (status == 1)


def test_ctrl_c_at_a_question_ends_the_run(tmp_path: Path) -> None:
    with heroku_scene.heroku(tmp_path) as (world, platform):
        for verb, question, there in (
            (["deploy", "--skip-rehearsal"], "Create what is not there yet, and deploy", False),
            (["destroy"], "Back up the database to this machine", True),
        ):
            if there:
                assert world.run(**ARGUMENTS["heroku"]).status == 0
            child = world.at_terminal(*verb)
            child.expect(question)
            child.send("\x03")
            child.expect(pexpect.EOF)
            child.close()
            assert child.exitstatus == 130, child.before
            assert "interrupted." in child.before
            assert ("shelf" in platform.apps) == there


@pytest.mark.parametrize("answer", ["", "y"], ids=["by default no", "yes"])
def test_a_first_run_that_failed_offers_to_delete_what_costs_money(answer: str, tmp_path: Path) -> None:
    with heroku_scene.heroku(tmp_path) as (world, platform):
        platform.release_command = "failed"
        child = world.at_terminal("deploy", "--skip-rehearsal")
        child.expect("Create what is not there yet, and deploy")
        child.send("y")
        child.expect(r"costs \$5 a month. Delete it now\?")
        child.send(answer or "\r")
        if answer:
            child.expect("Type shelf to delete it")
            child.sendline("shelf")
        child.expect(pexpect.EOF)
        child.close()

        assert child.exitstatus == 1
        assert ("shelf" in platform.apps) == (not answer)


@pytest.mark.parametrize("name", ["fly", "fly, unmanaged", "heroku", "kamal", "kubernetes", "render", "upsun"])
def test_a_destruction_that_was_disturbed_and_repeated_ends_like_one_that_was_not(
    name: str, tmp_path: Path, record_property: counted.Recording
) -> None:
    scene = {**destroy_scene.SCENES, "kamal": destroy_scene.kamal}[name]()
    wanted = recorded(scene, tmp_path / "recorded")

    counts = tried(scene, tmp_path, wanted, bounded(scene, wanted, 5))

    counted.note(record_property, "faults tried", counts.faults)
    counted.note(record_property, "secrets found", len(counts.secrets))
    assert counts.faults
    assert not counts.found, "\n".join(counts.found)
