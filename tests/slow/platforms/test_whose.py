"""Whose an app, a database or a project is: its mark decides, and what a platform refused to create is never ours."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Any

import pytest

from tests.platforms import fly_scene, heroku_scene, upsun_scene
from tests.platforms.fly_scene import fly
from tests.platforms.heroku_scene import heroku
from tests.platforms.simulated.fly import App, Cluster
from tests.platforms.simulated.heroku import App as HerokuApp
from tests.platforms.simulated.quick_upsun import QuickUpsun
from tests.platforms.simulated.server import Answer, Asked, Refused
from tests.platforms.simulated.stand_in import StandIn
from tests.platforms.simulated.upsun import TOKEN
from tests.platforms.simulated.world import Ended, World
from tests.platforms.upsun_scene import upsun
from tests.support import git
from tests.support.anchors import shows

OTHERS = {"SECRET_KEY": "of-the-other-site", "SHOP": "shop-4711"}


def remember(world: World, platform: str, step: str, name: str) -> None:
    """As a release before this one noted what it was about to create."""
    path = world.repository.overlay_folder / "provisioned.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({platform: {"intended": {step: name}}}))


# Fly.io


@shows("exists-already")
@pytest.mark.parametrize("account", ["ada@example.com", "grace@example.com"])
def test_an_app_that_fly_io_refused_to_create_is_not_ours_when_it_turns_up(tmp_path: Path, account: str) -> None:
    with fly(tmp_path) as (world, platform):
        platform.taken.add("shelf")
        assert world.run(**fly_scene.ARGUMENTS).status == 1

        platform.taken.clear()
        platform.email = account
        platform.apps["shelf"] = App("shelf", "personal", secrets=dict(OTHERS))
        before = platform.final()
        ended = world.run(**fly_scene.ARGUMENTS)

        assert ended.status == 1, ended.output
        assert platform.final() == before and platform.apps["shelf"].secrets == OTHERS


@pytest.mark.parametrize("lost", ["500", "dropped before"])
def test_what_an_unclear_end_left_intended_is_not_ours_in_another_account(tmp_path: Path, lost: str) -> None:
    with fly(tmp_path) as (world, platform):
        create = platform.create_app
        failure = Refused(500, {"error": "server returned a non-200 status code: 500"})
        if lost != "500":
            failure = Refused(422, {"error": "Post https://api.fly.io/graphql: connection reset by peer"})

        def created(*arguments: Any, **more: Any) -> App:
            raise failure

        platform.create_app = created  # type: ignore[method-assign]
        assert world.run(**fly_scene.ARGUMENTS).status == 1

        platform.create_app = create  # type: ignore[method-assign]
        platform.email = "grace@example.com"
        platform.apps["shelf"] = App("shelf", "personal", secrets=dict(OTHERS))
        ended = world.run(**fly_scene.ARGUMENTS)

        assert ended.status == 1, ended.output
        assert platform.apps["shelf"].secrets == OTHERS


@pytest.mark.parametrize("inside", ["secrets", "release", "machine", "volume"])
def test_an_intention_alone_makes_no_app_ours(tmp_path: Path, inside: str) -> None:
    with fly(tmp_path, deploy_database="sqlite") as (world, platform):
        remember(world, "fly", "app", "shelf")
        app = platform.apps["shelf"] = App("shelf", "personal")
        if inside == "secrets":
            app.secrets |= OTHERS
        if inside == "release":
            app.releases.append({"ID": "r1", "Version": 1, "Status": "complete", "ImageRef": "registry.fly.io/shelf:1"})
        if inside == "machine":
            platform.create_machine(app, "fra")
        if inside == "volume":
            platform.create_volume(app, "data", "fra")
        before = platform.final()

        ended = world.run(**fly_scene.ARGUMENTS)

        assert ended.status == 1, ended.output
        assert platform.final() == before


@shows("exists-already")
@pytest.mark.parametrize("before", ["refused", "nothing"])
def test_a_cluster_of_the_name_that_no_run_made_is_not_used(tmp_path: Path, before: str) -> None:
    """Its list of apps may be empty although somebody's data is in it."""
    with fly(tmp_path) as (world, platform):
        if before == "refused":
            platform.clusters = []
            create = platform.create_cluster

            def refused(*arguments: str) -> Cluster:
                raise Refused(422, {"error": "Your organization has reached its cluster limit"})

            platform.create_cluster = refused  # type: ignore[method-assign]
            assert world.run(**fly_scene.ARGUMENTS).status == 1
            platform.create_cluster = create  # type: ignore[method-assign]
        platform.clusters = [Cluster("c1", "shelf-db", "personal", "fra", "basic", "password-of-c1")]

        ended = world.run(**fly_scene.ARGUMENTS)

        assert ended.status == 1 and "The database shelf-db exists already" in ended.output
        assert platform.clusters[0].databases == ["fly-db"]
        assert "DATABASE_URL" not in platform.apps.get("shelf", App("", "")).secrets

        allowed = world.run(**fly_scene.ARGUMENTS, existing=True)
        assert allowed.status == 0, allowed.output
        assert platform.clusters[0].databases == ["fly-db", "shelf"], "its own database beside what is there"


@pytest.mark.parametrize("mark", ["none", "another project's"])
def test_an_unmanaged_database_that_fly_io_refused_to_create_is_not_ours(tmp_path: Path, mark: str) -> None:
    with fly(tmp_path, fly_postgres="unmanaged") as (world, platform):
        platform.taken.add("shelf-db")
        assert world.run(**fly_scene.ARGUMENTS).status == 1

        platform.taken.clear()
        marks = {} if mark == "none" else {"DEPLOY_OVERLAY_PROJECT_0123456789AB": "1"}
        platform.apps["shelf-db"] = App("shelf-db", "personal", secrets=marks, postgres=True)
        platform.create_machine(platform.apps["shelf-db"], "fra", {"metadata": {}})
        ended = world.run(**fly_scene.ARGUMENTS)

        assert ended.status == 1 and "The database shelf-db" in ended.output
        assert platform.apps["shelf-db"].users == []


def test_a_database_without_a_machine_that_no_run_here_began_is_not_destroyed(tmp_path: Path) -> None:
    with fly(tmp_path, fly_postgres="unmanaged") as (world, platform):
        database = platform.apps["shelf-db"] = App("shelf-db", "personal", postgres=True)
        platform.create_volume(database, "pg_data", "fra")

        world.run(**fly_scene.ARGUMENTS, existing=True)

        assert platform.apps["shelf-db"] is database and database.volumes


@shows("still-at-work")
def test_of_two_clones_that_create_an_app_at_the_same_moment_one_orders_the_database(tmp_path: Path) -> None:
    """The app's name is unique; that of a cluster is not, and each costs $38 a month."""
    with fly(tmp_path) as (world, platform):
        clone = _clone(world, world.programs)
        answer, both = platform.answer, threading.Barrier(2, timeout=60)

        def answered(asked: Asked) -> Answer | None:
            if asked.path.startswith("apps create"):
                both.wait()  # each has looked, and found nothing
            return answer(asked)

        platform.answer = answered  # type: ignore[method-assign]
        ended = _at_once((world, clone), fly_scene.ARGUMENTS)

        assert sorted(one.status for one in ended) == [0, 1], "\n".join(one.output for one in ended)
        assert (
            "Another clone of this repository created the Fly.io app" in max(ended, key=lambda one: one.status).output
        )
        platform.answer = answer  # type: ignore[method-assign]
        for place in (world, clone):
            done = place.run("provision", **fly_scene.ARGUMENTS)
            assert done.status == 0, done.output
        assert [(one.name, one.attached) for one in platform.clusters] == [("shelf-db", ["shelf"])]


REDIS = {name: fly_scene.WHOLE[name] for name in ("django_stores", "deploy_redis")}


@pytest.mark.parametrize(
    ("given", "look", "order"),
    [
        ({}, "mpg list", "mpg create"),
        ({"deploy_database": "sqlite"}, "volumes list", "volumes create"),
        ({"deploy_database": "external", **REDIS}, "redis list", "redis create"),
    ],
    ids=["cluster", "volume", "Redis"],
)
def test_of_two_clones_that_continue_at_the_same_moment_at_most_one_orders(
    tmp_path: Path, given: dict[str, str], look: str, order: str
) -> None:
    """The app is there and marked already, so that nothing else tells the two apart."""
    with fly(tmp_path, **given) as (world, platform):
        clone = _clone(world, world.programs)
        answer, both = platform.answer, threading.Barrier(2, timeout=60)

        def refused(asked: Asked) -> Answer | None:
            return Answer(422, {"error": "unprocessable request"}) if asked.path.startswith(order) else answer(asked)

        platform.answer = refused  # type: ignore[method-assign]
        assert world.run("provision", **fly_scene.ARGUMENTS).status == 1
        looks = 0

        def answered(asked: Asked) -> Answer | None:
            nonlocal looks
            found = answer(asked)
            if asked.path.startswith(look):
                looks += 1
                if looks <= 2:
                    both.wait()  # each has looked, and found nothing
            return found

        platform.answer = answered  # type: ignore[method-assign]
        ended = _at_once((world, clone), fly_scene.ARGUMENTS)

        assert len([*platform.clusters, *platform.redis, *platform.apps["shelf"].volumes]) <= 1, "\n".join(
            one.output for one in ended
        )
        for one in ended:
            assert one.status == 0 or "is ordering the" in one.output or "other run" in one.output, one.output
        platform.answer = answer  # type: ignore[method-assign]
        for place in (world, clone):
            done = place.run("provision", **fly_scene.ARGUMENTS)
            assert done.status == 0, done.output
        assert len([*platform.clusters, *platform.redis, *platform.apps["shelf"].volumes]) == 1
        assert not [name for name in platform.apps["shelf"].secrets if "ORDER" in name]


@shows("still-at-work")
def test_an_order_that_another_clone_never_ended_is_told_with_its_cure(tmp_path: Path) -> None:
    with fly(tmp_path) as (world, platform):
        answer = platform.answer

        def refused(asked: Asked) -> Answer | None:
            if asked.path.startswith("mpg create"):
                return Answer(422, {"error": "unprocessable request"})
            return answer(asked)

        platform.answer = refused  # type: ignore[method-assign]
        assert world.run("provision", **fly_scene.ARGUMENTS).status == 1
        platform.answer = answer  # type: ignore[method-assign]
        clone = _clone(world, world.programs)

        ended = clone.run("provision", **fly_scene.ARGUMENTS)

        (left,) = [name for name in platform.apps["shelf"].secrets if "ORDER" in name]
        assert ended.status == 1 and f"`fly secrets unset {left} -a shelf --stage`" in ended.output
        assert not platform.clusters
        del platform.apps["shelf"].secrets[left]
        assert clone.run("provision", **fly_scene.ARGUMENTS).status == 0
        assert len(platform.clusters) == 1


def test_of_two_clones_that_order_a_heroku_database_at_the_same_moment_one_is_made(tmp_path: Path) -> None:
    with heroku(tmp_path) as (world, platform):
        clone = _clone(world, world.programs)
        answer, both = platform.answer, threading.Barrier(2, timeout=60)

        def answered(asked: Asked) -> Answer | None:
            if str(asked) in ("POST /apps", "POST /apps/shelf/addons"):
                both.wait()
            return answer(asked)

        platform.answer = answered  # type: ignore[method-assign]
        _at_once((world, clone), heroku_scene.ARGUMENTS)
        platform.answer = answer  # type: ignore[method-assign]
        for place in (world, clone):
            done = place.run("provision", **heroku_scene.ARGUMENTS)
            assert done.status == 0, done.output

        assert list(platform.apps) == ["shelf"] and list(platform.addons) == ["shelf-db"]


def _clone(world: World, programs: list[Path]) -> World:
    """Another clone of the repository, with a record of its own."""
    root = world.repository.root
    git(world.folder, "clone", "--quiet", "--origin", "home", str(root), str(world.folder / "clone"))
    return World(world.folder, world.environ, "clone", programs)


def _at_once(worlds: tuple[World, ...], arguments: dict[str, Any]) -> list[Ended]:
    ended: list[Ended] = []
    runs = [
        threading.Thread(target=lambda one=one: ended.append(one.run("provision", **arguments)))  # type: ignore[misc]
        for one in worlds
    ]
    for run in runs:
        run.start()
    for run in runs:
        run.join()
    return ended


def test_everything_that_a_run_creates_is_marked(tmp_path: Path) -> None:
    with fly(tmp_path, fly_postgres="unmanaged") as (world, platform):
        assert world.run(**fly_scene.ARGUMENTS).status == 0

        for app in platform.apps.values():
            assert [name for name in app.secrets if name.startswith("DEPLOY_OVERLAY_PROJECT_")], app.name


# Heroku


@shows("exists-already")
def test_an_app_that_heroku_refused_to_create_is_not_ours_when_it_turns_up(tmp_path: Path) -> None:
    with heroku(tmp_path) as (world, platform):
        heroku_scene.settle(world, _again(world, platform), heroku_region="mars")
        assert world.run(**heroku_scene.ARGUMENTS).status == 1

        heroku_scene.settle(world, _again(world, platform))
        platform.apps["shelf"] = HerokuApp("shelf", "eu", config=dict(OTHERS))
        before = platform.final()
        ended = world.run(**heroku_scene.ARGUMENTS)

        assert ended.status == 1, ended.output
        assert platform.final() == before and platform.apps["shelf"].config == OTHERS


def test_a_heroku_app_of_another_project_is_refused_whatever_leads_to_it(tmp_path: Path) -> None:
    with heroku(tmp_path) as (world, platform):
        remember(world, "heroku", "app", "shelf")
        config = {**OTHERS, "DEPLOY_OVERLAY_PROJECT": "0123456789ab"}
        platform.apps["shelf"] = HerokuApp("shelf", "eu", config=dict(config))
        world.repository.git("remote", "add", "heroku", "https://git.heroku.com/shelf.git")

        ended = world.run(**heroku_scene.ARGUMENTS)

        assert ended.status == 1 and "belongs to another of your projects" in ended.output
        assert platform.apps["shelf"].config == config and platform.addons == {}


@shows("platform-refused")
def test_a_clone_with_half_of_the_history_cannot_tell_and_says_so(tmp_path: Path) -> None:
    with heroku(tmp_path) as (world, platform):
        assert world.run(**heroku_scene.ARGUMENTS).status == 0
        world.repository.write("news.txt", "news")
        world.repository.git("add", "--all")
        world.repository.git("commit", "--quiet", "--message", "News")
        shallow = World(tmp_path / "shallow", world.environ, "shelf", world.programs)
        shallow.home.mkdir(parents=True)
        git(
            tmp_path,
            "clone",
            "--quiet",
            "--depth",
            "1",
            f"file://{world.repository.root}",
            str(shallow.folder / "shelf"),
        )
        before = platform.final()

        ended = shallow.run(**heroku_scene.ARGUMENTS)

        assert ended.status == 1 and "git fetch --unshallow" in ended.output, ended.output
        assert platform.final() == before


def _again(world: World, platform: Any) -> Any:
    import shutil

    shutil.rmtree(world.folder / "heroku.git")
    return platform


# Upsun


@shows("exists-already")
def test_a_project_that_upsun_refused_to_make_is_not_ours_when_it_turns_up(tmp_path: Path) -> None:
    with upsun(tmp_path) as (world, platform):
        order = platform.order
        platform.order = _refusing  # type: ignore[method-assign]
        assert world.run(**upsun_scene.ARGUMENTS).status == 1
        platform.order = order  # type: ignore[method-assign]
        variable = {"name": "env:SHOP", "value": "another", "is_sensitive": False, "visible_build": False}
        platform.made("shelf", head="0" * 40, active=True, variables={"env:SHOP": variable})
        before = platform.final()

        ended = world.run(**upsun_scene.ARGUMENTS)

        assert ended.status == 1, ended.output
        assert platform.final() == before


def _refusing(asked: Asked, name: str) -> Any:
    raise Refused(422, {"message": "Projects with this plan cannot be made here."})


@shows("still-at-work")
def test_of_two_clones_that_order_at_the_same_moment_one_project_is_left(tmp_path: Path) -> None:
    with upsun(tmp_path) as (world, platform):
        clone = _clone(world, [tmp_path / "clone-bin"])
        quick = QuickUpsun(platform.url, TOKEN, clone.repository.root, clone.environment())
        program = StandIn(tmp_path / "clone-bin", "upsun", quick)
        answer, both = platform.answer, threading.Barrier(2, timeout=60)

        def answered(asked: Asked) -> Answer | None:
            if str(asked) == "POST /organizations/org-acme/subscriptions":
                both.wait()  # each has looked, and found nothing
            return answer(asked)

        platform.answer = answered  # type: ignore[method-assign]
        ended = _at_once((world, clone), upsun_scene.ARGUMENTS)

        assert sorted(one.status for one in ended) == [0, 1], "\n".join(one.output for one in ended)
        assert len(platform.projects) == 1
        platform.answer = answer  # type: ignore[method-assign]
        for place in (world, clone):
            done = place.run("provision", **upsun_scene.ARGUMENTS)
            assert done.status == 0, done.output
        assert len(platform.projects) == 1
        program.close()


@shows("platform-refused")
def test_while_another_clone_waits_for_its_order_none_is_sent(tmp_path: Path) -> None:
    with upsun(tmp_path) as (world, platform):
        platform.made("shelf", looks=5)

        ended = world.run("provision", **upsun_scene.ARGUMENTS)

        assert ended.status == 1 and "run this again in a few minutes" in ended.output
        assert len(platform.projects) == 1
