"""Fly.io, provisioned and deployed to: by the real flyctl where there is one, and by a `fly` program of ours.

The real one is led to a simulated platform and a builder of ours; what loopback cannot have, a private network, is ours with
both.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.platforms.faults import leaked
from tests.platforms.fly_scene import ARGUMENTS, GIVEN, fly, settle
from tests.platforms.simulated.fly import App, Cluster, Fly
from tests.platforms.simulated.world import World, kill
from tests.support.anchors import shows
from tests.support.hook import ANSWERS
from tests.tools import tool


def changes(platform: Fly) -> list[str]:
    return [asked.path for asked in platform.asked if asked.method != "GET"]


# A run takes a second with our own and three with the real one: what does not depend on its words is tried with ours.
@pytest.fixture(params=["ours", "flyctl"])
def program(request: pytest.FixtureRequest) -> Path | None:
    return tool("flyctl") if request.param == "flyctl" else None


@pytest.fixture
def scene(tmp_path: Path, program: Path | None) -> Iterator[tuple[World, Fly]]:
    with fly(tmp_path, program) as both:
        yield both


@pytest.fixture
def quick(tmp_path: Path) -> Iterator[tuple[World, Fly]]:
    with fly(tmp_path) as both:
        yield both


@pytest.mark.parametrize(
    ("given", "database"),
    [
        ({}, {"clusters": [("shelf-db", "personal", "fra", "basic", ["shelf"])]}),
        ({"fly_postgres": "unmanaged"}, {"apps": ["shelf", "shelf-db"]}),
        ({"deploy_database": "sqlite"}, {"volumes": [("data", "fra")]}),
        ({"deploy_database": "external"}, {}),
    ],
    ids=["managed", "unmanaged", "sqlite", "external"],
)
def test_from_nothing_to_deployed_and_again(
    tmp_path: Path, program: Path | None, given: dict[str, str], database: dict[str, object]
) -> None:
    with fly(tmp_path, program, **given) as (world, platform):
        ended = world.run(**ARGUMENTS)

        assert ended.status == 0, ended.output
        assert "is online at" in ended.output
        final = platform.final()
        head = world.repository.git("rev-parse", "HEAD").strip()
        assert [image.split(":")[1].split("@")[0] for image in final["apps"]["shelf"]["deployed"]] == [
            f"commit-{head[:12]}"
        ]
        assert final["apps"]["shelf"]["machines"] == 1
        assert final["clusters"] == database.get("clusters", [])
        assert list(final["apps"]) == database.get("apps", ["shelf"])
        assert final["apps"]["shelf"]["volumes"] == database.get("volumes", [])
        secrets = platform.apps["shelf"].secrets
        assert secrets["MAIL_PASSWORD"] == GIVEN
        assert ("DATABASE_URL" in secrets) is (given.get("deploy_database") is None)
        key = secrets["SECRET_KEY"]

        for _ in range(3 if program is None else 1):
            platform.begin()
            again = world.run(**ARGUMENTS)
            assert again.status == 0, again.output
            assert changes(platform) == []

        assert platform.apps["shelf"].secrets["SECRET_KEY"] == key
        assert leaked(world, platform) == []
        arguments = [word for call in platform.calls for word in call]
        assert not [secret for secret in platform.confidential() if any(secret in word for word in arguments)]


def test_a_database_that_an_interrupted_run_did_not_attach_is_picked_up(
    quick: tuple[World, Fly], monkeypatch: pytest.MonkeyPatch
) -> None:
    world, platform = quick
    pids: list[int] = []
    create = platform.create_cluster

    def created(*arguments: str) -> Cluster:
        made = create(*arguments)
        kill(pids[0])
        return made

    monkeypatch.setattr(platform, "create_cluster", created)
    assert world.run(**ARGUMENTS, begun=pids.append).status == -9

    assert world.run(**ARGUMENTS).status == 0
    assert [(one.name, one.attached) for one in platform.clusters] == [("shelf-db", ["shelf"])]


def test_an_older_program_names_its_keys_otherwise(scene: tuple[World, Fly]) -> None:
    """https://github.com/superfly/flyctl/blob/0c233e587fb9/internal/command/secrets/list.go"""
    world, platform = scene
    platform.capitals = True

    assert world.run(**ARGUMENTS).status == 0
    before = platform.final()
    again = world.run(**ARGUMENTS)

    assert again.status == 0, again.output
    assert platform.final() == before and "done now" not in again.output


@shows("exists-already")
def test_a_database_of_another_app_is_not_shared_without_asking(scene: tuple[World, Fly]) -> None:
    world, platform = scene
    platform.clusters = [Cluster("c1", "shelf-db", "personal", "fra", "basic", "password-of-c1", ["shop"])]

    ended = world.run(**ARGUMENTS)

    assert ended.status == 1 and "shop" in ended.output
    assert len(platform.clusters) == 1 and platform.clusters[0].attached == ["shop"]


@pytest.mark.parametrize("users", [["shop"], []], ids=["used by another", "seemingly unused"])
def test_a_cluster_that_is_named_is_used_with_a_database_of_its_own(
    tmp_path: Path, program: Path | None, users: list[str]
) -> None:
    with fly(tmp_path, program, fly_cluster="c1") as (world, platform):
        platform.clusters = [Cluster("c1", "company", "personal", "fra", "basic", "password-of-c1", list(users))]

        ended = world.run(**ARGUMENTS)

        assert ended.status == 0, ended.output
        assert [(one.name, one.attached) for one in platform.clusters] == [("company", [*users, "shelf"])]
        assert platform.apps["shelf"].secrets["DATABASE_URL"].endswith("/shelf")


@pytest.mark.parametrize("kind", ["managed", "unmanaged"])
def test_an_app_that_has_a_database_gets_no_other_one(tmp_path: Path, program: Path | None, kind: str) -> None:
    with fly(tmp_path, program, deploy_database="external") as (world, platform):
        assert world.run(**ARGUMENTS).status == 0
        platform.apps["shelf"].secrets["DATABASE_URL"] = "postgres://elsewhere"
        settle(world, fly_postgres=kind)

        ended = world.run("provision", **ARGUMENTS)

        assert ended.status == 0 and "DATABASE_URL is already set" in ended.output
        assert platform.clusters == [] and list(platform.apps) == ["shelf"]


def test_a_database_of_another_project_is_left_alone(quick: tuple[World, Fly]) -> None:
    world, platform = quick
    platform.clusters = [Cluster("c1", "shop-db", "personal", "fra", "basic", "password-of-c1", ["shop"])]

    assert world.run(**ARGUMENTS).status == 0

    assert [(one.name, one.attached) for one in platform.clusters] == [("shop-db", ["shop"]), ("shelf-db", ["shelf"])]


@shows("several-candidates")
def test_several_organisations_are_never_the_first_of_them(scene: tuple[World, Fly]) -> None:
    world, platform = scene
    platform.orgs["acme"] = "Acme"

    ended = world.run(**ARGUMENTS)
    assert ended.status == 1 and "-d fly_org=" in ended.output
    assert platform.apps == {}

    settle(world, fly_org="acme")
    ended = world.run(**ARGUMENTS)
    assert ended.status == 0, ended.output
    assert platform.apps["shelf"].org == "acme"


@shows("exists-already")
def test_an_app_that_was_used_before_is_not_taken_over(quick: tuple[World, Fly]) -> None:
    world, platform = quick
    platform.apps["shelf"] = App("shelf", "personal", secrets={"SHOP": "another"})
    before = platform.final()

    assert world.run(**ARGUMENTS).status == 1
    assert platform.final() == before


@shows("platform-refused")
def test_an_app_of_another_project_is_refused_and_a_clone_of_ours_is_not(tmp_path: Path) -> None:
    with fly(tmp_path) as (world, platform):
        assert world.run(**ARGUMENTS).status == 0
        before = platform.final()

        other = World(tmp_path / "other", world.environ, "library", world.programs)
        other.project({"fly.toml": "app = 'shelf'\n"}, deploy_platforms=["fly"], deploy_name="shelf", fly_region="fra")
        ended = other.run(**ARGUMENTS)
        assert ended.status == 1 and "belongs to another of your projects" in ended.output
        assert platform.final() == before

        (world.repository.overlay_folder / "provisioned.json").unlink()
        platform.begin()
        assert world.run(**ARGUMENTS).status == 0
        assert changes(platform) == []


def test_a_second_project_of_the_repository_has_everything_of_its_own(tmp_path: Path, program: Path | None) -> None:
    with fly(tmp_path, program, fly_machines=2) as (world, platform):
        assert world.run(**ARGUMENTS).status == 0
        first = platform.final()["apps"]["shelf"]
        second = ".copier-answers.blog.yml"
        own = {"django_root": "blog", "deploy_name": "blog", "deploy_beside": True}
        world.repository.write("blog/deploy/fly.toml", 'app = "blog"\n')
        world.repository.write(second, json.dumps(json.loads(world.repository.read(ANSWERS)) | own))
        world.repository.git("add", "--all")
        world.repository.git("commit", "--quiet", "--message", "blog")

        ended = world.run(answers_file=second, **ARGUMENTS)

        assert ended.status == 0, ended.output
        final = platform.final()
        assert final["apps"]["shelf"] == first
        assert final["apps"]["blog"]["machines"] == 2
        assert [(one[0], one[-1]) for one in final["clusters"]] == [("shelf-db", ["shelf"]), ("blog-db", ["blog"])]
        marks = [name for app in final["apps"].values() for name in app["secrets"] if name.startswith("DEPLOY_OVERLAY")]
        assert len(set(marks)) == 2
        assert "fly deploy --config blog/deploy/fly.toml" in ended.output
        assert f"deploy-overlay -a {second} destroy" in ended.output

        platform.begin()
        assert world.run(answers_file=second, **ARGUMENTS).status == 0
        assert changes(platform) == []


@shows("deployment-failed")
def test_a_failed_release_command_is_no_success_and_is_tried_again(tmp_path: Path) -> None:
    with fly(tmp_path, tool("flyctl")) as (world, platform):
        platform.release_command = 1

        ended = world.run(**ARGUMENTS)
        assert ended.status == 1 and "is online" not in ended.output
        assert "Not done: release of the current commit" in ended.output

        platform.release_command = 0
        ended = world.run(**ARGUMENTS)
        assert ended.status == 0, ended.output
        assert [one["Status"] for one in platform.apps["shelf"].releases] == ["failed", "complete"]
        assert platform.final()["apps"]["shelf"]["machines"] == 1


def test_the_image_is_built_from_the_commit_and_from_nothing_beside_it(scene: tuple[World, Fly]) -> None:
    world, platform = scene
    exclude = world.repository.root / ".git" / "info" / "exclude"
    exclude.parent.mkdir(exist_ok=True)
    exclude.write_text("server.pem\n", encoding="utf-8")
    for name in ("server.pem", "notes.txt"):
        world.repository.write(name, "of this machine")

    ended = world.run(**ARGUMENTS)

    assert ended.status == 0, ended.output
    built: list[list[str]] = [sorted(one.context) for one in platform.builder.builds] if platform.builder else []
    built += [files for call, files in zip(platform.calls, platform.files, strict=True) if call[0] == "deploy"]
    assert len(built) == 1 and {"manage.py", "deploy/settings.py"} <= {*built[0]}
    assert not {"server.pem", "notes.txt"} & {*built[0]}
    assert not [path for path in built[0] if path.startswith(".git/")]
    assert "not committed, so not deployed: notes.txt" in ended.output
    assert not list(world.temporary.glob("deploy-overlay-*")), "the export is still there"


def deployments(world: World, platform: Fly) -> list[str]:
    """The command lines of `fly deploy`, of our program or of the real one."""
    kept = world.folder / "arguments"
    lines = (
        kept.read_text(encoding="utf-8").splitlines() if kept.is_file() else [" ".join(one) for one in platform.calls]
    )
    return [line for line in lines if line.startswith("deploy ")]


def test_a_token_that_the_installation_needs_is_given_to_the_build(scene: tuple[World, Fly]) -> None:
    world, platform = scene
    settle(world, django_build_secrets=["TOKEN", "UV_INDEX_OWN_PASSWORD"])

    refused = world.run(**ARGUMENTS)
    assert refused.status == 1 and "Set the variable TOKEN in this shell" in refused.output
    assert deployments(world, platform) == []

    ended = world.run(**{**ARGUMENTS, "environ": {**ARGUMENTS["environ"], "TOKEN": "token-4711-of-an-index"}})
    assert ended.status == 0, ended.output
    (deployed,) = deployments(world, platform)
    assert "--build-secret TOKEN=token-4711-of-an-index" in deployed
    assert "token-4711" not in ended.output


@shows("platform-refused")
@pytest.mark.parametrize("trouble", ["taken", "no card", "no region"])
def test_a_refusal_says_what_to_do(scene: tuple[World, Fly], trouble: str) -> None:
    world, platform = scene
    if trouble == "taken":
        platform.taken.add("shelf")
    if trouble == "no card":
        platform.card = False
    if trouble == "no region":
        settle(world, fly_region="xyz")

    ended = world.run(**ARGUMENTS)

    cures = {
        "taken": "-d deploy_name=",
        "no card": "fly.io/dashboard",
        "no region": "fly_region",
    }
    assert ended.status == 1
    assert cures[trouble] in ended.output
    assert "deploy-overlay deploy" in ended.output
    assert not platform.apps.get("shelf", App("", "")).releases
