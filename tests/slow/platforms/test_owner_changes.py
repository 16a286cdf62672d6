"""A second deployment leaves what the owner changed on the platform, says so in the plan, and calls nothing new that runs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.platforms import fly_scene, heroku_scene, upsun_scene
from tests.platforms.fly_scene import CONFIGURATION, fly
from tests.platforms.heroku_scene import heroku
from tests.platforms.owner import another_clone, commit
from tests.platforms.planned import plan
from tests.platforms.simulated.fly import App, Cluster
from tests.platforms.simulated.world import World
from tests.platforms.upsun_scene import upsun
from tests.support.anchors import shows

SAME_CLONE: Callable[[World], None] = lambda world: None  # noqa: E731
CLONES = pytest.mark.parametrize("clone", [SAME_CLONE, another_clone], ids=["this clone", "another clone"])
SIZE = '[[vm]]\n  size = "shared-cpu-1x"\n  memory = "{}mb"\n'


def memory(app: App) -> list[int]:
    return [machine["config"]["guest"]["memory_mb"] for machine in app.machines]


# Fly.io


@CLONES
def test_machines_of_fly_io_keep_their_number_and_size(tmp_path: Path, clone: Callable[[World], None]) -> None:
    with fly(tmp_path) as (world, platform):
        assert world.run(**fly_scene.ARGUMENTS).status == 0
        app = platform.apps["shelf"]
        assert memory(app) == [512]
        platform.create_machine(app, "ams")
        platform.create_machine(app, "fra")
        for machine in app.machines:
            machine["config"]["guest"] = {"cpu_kind": "performance", "cpus": 2, "memory_mb": 4096}
        clone(world)
        head = commit(world)

        ended = world.run(**fly_scene.ARGUMENTS)

        assert ended.status == 0, ended.output
        assert head[:12] in app.releases[-1]["ImageRef"]
        assert [(one["region"], one["config"]["guest"]["memory_mb"]) for one in app.machines] == [
            ("fra", 4096),
            ("ams", 4096),
            ("fra", 4096),
        ]
        told = plan(ended.output)
        assert "Changed on Fly.io, and left as it is" in told
        assert (
            "3 (performance-cpu-2x with 4096 MB) in ams, fra; the answers say 1 (shared-cpu-1x with 512 MB) in fra"
            in told
        )
        assert "to create" not in told


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"memory_mb": 1024}, "1 (shared-cpu-1x with 1024 MB) in fra; the answers say 1"),
        ({"cpus": 2}, "1 (shared-cpu-2x with 512 MB) in fra; the answers say 1"),
        ({"region": "ams"}, "1 (shared-cpu-1x with 512 MB) in ams; the answers say 1"),
    ],
    ids=["memory", "CPUs", "region"],
)
@pytest.mark.parametrize("database", ["postgres", "sqlite"])
def test_one_machine_of_fly_io_that_is_another_than_the_answers_say(
    tmp_path: Path, change: dict[str, int | str], told: str, database: str
) -> None:
    with fly(tmp_path, deploy_database=database) as (world, platform):
        assert world.run(**fly_scene.ARGUMENTS).status == 0
        (machine,) = platform.apps["shelf"].machines
        machine["region"] = change.get("region", machine["region"])
        machine["config"]["guest"] |= {name: value for name, value in change.items() if name != "region"}
        before = dict(machine["config"]["guest"])
        another_clone(world)
        commit(world)

        ended = world.run(**fly_scene.ARGUMENTS)

        assert ended.status == 0, ended.output
        assert machine["config"]["guest"] == before and len(platform.apps["shelf"].machines) == 1
        assert told in plan(ended.output).partition("Changed on Fly.io, and left as it is")[2]


def test_what_fly_io_made_larger_has_its_price_in_the_total(tmp_path: Path) -> None:
    with fly(tmp_path, deploy_database="sqlite", fly_region="iad") as (world, platform):
        assert world.run(**fly_scene.ARGUMENTS).status == 0
        app = platform.apps["shelf"]
        app.volumes[0] |= {"size_gb": 10}
        app.machines[0] |= {"region": "iad"}
        app.machines[0]["config"]["guest"] |= {"cpu_kind": "performance", "cpus": 1, "memory_mb": 2048}
        commit(world)

        ended = world.run(**fly_scene.ARGUMENTS)

        assert ended.status == 0, ended.output
        told = plan(ended.output)
        assert "10 GB in iad; the answers say 1 GB in iad" in told
        assert "Total a month: $34.50, of which $0 is new." in told, "a Machine of $33 and a volume of $1.50"


def test_a_cluster_of_fly_io_keeps_its_plan(tmp_path: Path) -> None:
    with fly(tmp_path, fly_region="fra") as (world, platform):
        assert world.run(**fly_scene.ARGUMENTS).status == 0
        platform.clusters[0].plan, platform.clusters[0].disk = "starter", 20
        commit(world)

        ended = world.run(**fly_scene.ARGUMENTS)

        assert ended.status == 0, ended.output
        told = plan(ended.output)
        assert "the plan starter in fra; the answers say basic in fra" in told
        assert "Total a month: $81.86, of which $0 is new." in told, "$72, 20 GB of $0.28, and the Machine"


def test_an_unmanaged_database_of_fly_io_has_its_price_in_every_total(tmp_path: Path) -> None:
    with fly(tmp_path, fly_postgres="unmanaged", fly_region="iad") as (world, platform):
        assert world.run(**fly_scene.ARGUMENTS).status == 0
        platform.apps["shelf"].machines[0]["region"] = "iad"
        commit(world)
        assert "Total a month: $6.03, of which $0 is new." in plan(world.run(**fly_scene.ARGUMENTS).output)

        platform.apps["shelf-db"].machines[0]["config"]["guest"]["memory_mb"] = 1024
        commit(world, "more.txt")
        told = plan(world.run(**fly_scene.ARGUMENTS).output)

        assert "1 Machine (shared-cpu-1x with 1024 MB); it was made with 1 (shared-cpu-1x with 256 MB)" in told
        assert "Total a month: $10.54, of which $0 is new." in told


def test_an_existing_cluster_of_fly_io_costs_nothing_more(tmp_path: Path) -> None:
    with fly(tmp_path, fly_cluster="c1", fly_region="iad") as (world, platform):
        platform.clusters = [Cluster("c1", "company", "personal", "iad", "launch", "password-of-c1", ["shop"])]

        ended = world.run(**fly_scene.ARGUMENTS)

        assert ended.status == 0, ended.output
        assert "Total a month: $3.69, of which $3.69 is new." in plan(ended.output)


@pytest.mark.parametrize("state", ["stopped", "suspended"])
def test_a_machine_that_its_owner_stopped_is_told_and_not_started_beside(tmp_path: Path, state: str) -> None:
    with fly(tmp_path) as (world, platform):
        assert world.run(**fly_scene.ARGUMENTS).status == 0
        (machine,) = platform.apps["shelf"].machines
        machine["state"] = state
        commit(world)

        ended = world.run(**fly_scene.ARGUMENTS)

        assert ended.status == 0, ended.output
        assert platform.apps["shelf"].machines == [machine]
        assert "1 stopped" in plan(ended.output)


def test_a_secret_that_is_set_after_the_deployment_reaches_the_machines(tmp_path: Path) -> None:
    """What is only staged waits for a deployment, and none follows where the commit is online already."""
    with fly(tmp_path) as (world, platform):
        assert world.run(**fly_scene.ARGUMENTS).status == 0
        app = platform.apps["shelf"]
        del app.secrets["MAIL_PASSWORD"]
        app.live.discard("MAIL_PASSWORD")

        ended = world.run(**fly_scene.ARGUMENTS)

        assert ended.status == 0, ended.output
        assert "MAIL_PASSWORD" in app.live and len(app.releases) == 1


def test_more_machines_that_were_answered_are_started_once(tmp_path: Path) -> None:
    with fly(tmp_path, fly_machines=3) as (world, platform):
        assert world.run(**fly_scene.ARGUMENTS).status == 0
        app = platform.apps["shelf"]
        assert memory(app) == [512, 512, 512]
        del app.machines[1:]
        commit(world)

        assert world.run(**fly_scene.ARGUMENTS).status == 0

        assert memory(app) == [512]


@shows("platform-refused")
def test_a_size_in_fly_toml_that_the_owner_has_left_behind_stops_the_deployment(tmp_path: Path) -> None:
    with fly(tmp_path) as (world, platform):
        commit(world, "fly.toml", CONFIGURATION.format(name="shelf") + SIZE.format(512))
        assert world.run(**fly_scene.ARGUMENTS).status == 0
        app = platform.apps["shelf"]
        app.machines[0]["config"]["guest"]["memory_mb"] = 2048
        commit(world)

        ended = world.run(**fly_scene.ARGUMENTS)

        assert ended.status == 1
        assert "take [[vm]] out of fly.toml" in ended.output
        assert memory(app) == [2048] and len(app.releases) == 1

        commit(world, "fly.toml", CONFIGURATION.format(name="shelf"))
        assert world.run(**fly_scene.ARGUMENTS).status == 0
        assert memory(app) == [2048] and len(app.releases) == 2


def test_a_size_that_the_owner_changes_in_fly_toml_is_deployed(tmp_path: Path) -> None:
    with fly(tmp_path) as (world, platform):
        commit(world, "fly.toml", CONFIGURATION.format(name="shelf") + SIZE.format(512))
        assert world.run(**fly_scene.ARGUMENTS).status == 0
        commit(world, "fly.toml", CONFIGURATION.format(name="shelf") + SIZE.format(1024))

        ended = world.run(**fly_scene.ARGUMENTS)

        assert ended.status == 0, ended.output
        assert "shared-cpu-1x with 512 MB becomes shared-cpu-1x with 1024 MB" in plan(ended.output)
        assert memory(platform.apps["shelf"]) == [1024]


@shows("platform-refused")
def test_a_fly_io_app_that_its_owner_scaled_to_none_is_not_started_by_a_deployment(tmp_path: Path) -> None:
    with fly(tmp_path) as (world, platform):
        assert world.run(**fly_scene.ARGUMENTS).status == 0
        platform.apps["shelf"].machines.clear()
        commit(world)

        ended = world.run(**fly_scene.ARGUMENTS)

        assert ended.status == 1 and "fly scale count 1 -a shelf" in ended.output
        assert platform.apps["shelf"].machines == [] and len(platform.apps["shelf"].releases) == 1


def test_secrets_that_the_owner_changed_stay(tmp_path: Path) -> None:
    with fly(tmp_path) as (world, platform):
        assert world.run(**fly_scene.ARGUMENTS).status == 0
        secrets = platform.apps["shelf"].secrets
        secrets |= {"SECRET_KEY": "the owner's", "DATABASE_URL": "postgres://elsewhere", "MAIL_PASSWORD": "newer"}
        platform.clusters.clear()
        before = dict(secrets)
        another_clone(world)
        commit(world)

        ended = world.run(**fly_scene.ARGUMENTS)

        assert ended.status == 0, ended.output
        assert secrets == before and platform.clusters == []


# Heroku


@CLONES
def test_dynos_of_heroku_keep_their_number_and_size(tmp_path: Path, clone: Callable[[World], None]) -> None:
    with heroku(tmp_path) as (world, platform):
        assert world.run(**heroku_scene.ARGUMENTS).status == 0
        app = platform.apps["shelf"]
        app.formation |= {"web": (4, "Standard-2x"), "worker": (0, "Standard-2x")}
        scaled = dict(app.formation)
        clone(world)
        head = commit(world)

        ended = world.run(**heroku_scene.ARGUMENTS)

        assert ended.status == 0, ended.output
        assert app.pushed == head and app.formation == scaled
        told = plan(ended.output)
        assert "Changed on Heroku, and left as it is" in told
        assert "web=4:Standard-2x; the answers say web=1:Basic" in told
        assert "to create" not in told and "ps:scale" not in told


@CLONES
@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"worker": (2, "Standard-1x")}, "worker=2:Standard-1x, which the answers do not start"),
        ({"web": (1, "Standard-1x")}, "web=1:Standard-1x; the answers say web=1:Basic"),
        ({"web": (1, "Private-S")}, "the answers say web=1:Basic; the price of private-s is not in the total"),
        ({"beat": (1, "Basic")}, "beat=1:Basic, which the answers do not start"),
    ],
    ids=["workers", "size", "a size without a price", "a process type of its owner"],
)
def test_every_change_of_a_formation_stays_and_is_told(
    tmp_path: Path, clone: Callable[[World], None], change: dict[str, tuple[int, str]], told: str
) -> None:
    with heroku(tmp_path) as (world, platform):
        procfile = (world.repository.root / "Procfile").read_text(encoding="utf-8")
        commit(
            world, "Procfile", f"{procfile}beat: python manage.py beat\n"
        )  # Heroku drops a type that it does not name
        assert world.run(**heroku_scene.ARGUMENTS).status == 0
        app = platform.apps["shelf"]
        app.formation |= change
        scaled = dict(app.formation)
        clone(world)
        commit(world)

        ended = world.run(**heroku_scene.ARGUMENTS)

        assert ended.status == 0, ended.output
        assert app.formation == scaled
        assert told in plan(ended.output).partition("Changed on Heroku, and left as it is")[2]


def test_add_ons_of_heroku_have_their_own_price_in_the_total(tmp_path: Path) -> None:
    with heroku(tmp_path) as (world, platform):
        assert world.run(**heroku_scene.ARGUMENTS).status == 0
        platform.addons["shelf-db"].plan = "heroku-postgresql:premium-0"
        commit(world)

        ended = world.run(**heroku_scene.ARGUMENTS)

        assert "Total a month: $207, of which $0 is new." in plan(ended.output)


@CLONES
def test_what_the_owner_configured_on_heroku_stays(tmp_path: Path, clone: Callable[[World], None]) -> None:
    with heroku(tmp_path) as (world, platform):
        assert world.run(**heroku_scene.ARGUMENTS).status == 0
        app = platform.apps["shelf"]
        app.config |= {
            "DJANGO_SETTINGS_MODULE": "shelf.production",
            "MAIL_PASSWORD": "newer",
            "SECRET_KEY": "newer too",
        }
        app.features.clear()
        platform.addons["shelf-db"].plan = "heroku-postgresql:standard-0"
        config = dict(app.config)
        clone(world)
        commit(world)

        ended = world.run(**heroku_scene.ARGUMENTS)

        assert ended.status == 0, ended.output
        assert app.config == config and app.features == set()
        told = plan(ended.output)
        assert "shelf-db has the plan heroku-postgresql:standard-0" in told
        assert "DJANGO_SETTINGS_MODULE is shelf.production" in told
        assert "heroku labs:enable runtime-dyno-metadata -a shelf" in told


@shows("platform-refused")
def test_a_heroku_app_that_its_owner_scaled_to_none_is_not_started_by_a_deployment(tmp_path: Path) -> None:
    with heroku(tmp_path) as (world, platform):
        assert world.run(**heroku_scene.ARGUMENTS).status == 0
        app = platform.apps["shelf"]
        app.formation["web"] = (0, "Basic")
        before = app.pushed
        commit(world)

        ended = world.run(**heroku_scene.ARGUMENTS)

        assert ended.status == 1 and "heroku ps:scale web=1 -a shelf" in ended.output
        assert app.formation["web"] == (0, "Basic") and app.pushed == before


def test_a_first_scaling_that_a_failed_release_kept_back_is_made_up_for(tmp_path: Path) -> None:
    with heroku(tmp_path, heroku_dyno="standard-1x") as (world, platform):
        platform.release_command = "failed"
        assert world.run(**heroku_scene.ARGUMENTS).status == 1
        platform.release_command = "succeeded"

        assert world.run(**heroku_scene.ARGUMENTS).status == 0

        assert platform.apps["shelf"].formation["web"] == (1, "Standard-1x")


def test_what_the_owner_scaled_after_a_failed_release_stays(tmp_path: Path) -> None:
    with heroku(tmp_path) as (world, platform):
        platform.release_command = "failed"
        assert world.run(**heroku_scene.ARGUMENTS).status == 1
        platform.release_command = "succeeded"
        platform.apps["shelf"].formation["web"] = (2, "Standard-1x")

        assert world.run(**heroku_scene.ARGUMENTS).status == 0

        assert platform.apps["shelf"].formation["web"] == (2, "Standard-1x")


# Upsun


@CLONES
def test_what_the_owner_configured_on_upsun_stays(tmp_path: Path, clone: Callable[[World], None]) -> None:
    fixed = {"upsun_flavour": "fixed", "upsun_plan": "development"}
    with upsun(tmp_path, **fixed) as (world, platform):
        platform.organisations[0].type = "fixed"
        assert world.run(**upsun_scene.ARGUMENTS).status == 0
        (project,) = platform.projects
        project.plan, project.region = "large", "us-4.platform.sh"
        project.variables["env:SECRET_KEY"]["value"] = "newer"
        clone(world)
        head = commit(world)

        ended = world.run(**upsun_scene.ARGUMENTS)

        assert ended.status == 0, ended.output
        assert (project.plan, project.head) == ("large", head)
        assert project.variables["env:SECRET_KEY"]["value"] == "newer"
        told = plan(ended.output)
        assert "the project is in us-4.platform.sh; the answer upsun_region is eu-5.platform.sh" in told
        assert "the project has the plan large; the answer upsun_plan is development" in told
        assert "to create" not in told


@CLONES
def test_sizes_of_upsun_stay_and_are_told(tmp_path: Path, clone: Callable[[World], None]) -> None:
    with upsun(tmp_path) as (world, platform):
        assert world.run(**upsun_scene.ARGUMENTS).status == 0
        (project,) = platform.projects
        project.sizes = {"app": ("0.5", 512, 2), "db": ("0.1", 2048, 1)}
        clone(world)
        commit(world)

        ended = world.run(**upsun_scene.ARGUMENTS)

        assert ended.status == 0, ended.output
        assert project.sizes == {"app": ("0.5", 512, 2), "db": ("0.1", 2048, 1)}
        told = plan(ended.output).partition("Changed on Upsun, and left as it is")[2]
        assert "app has size 0.5 and 2 instances, db has 2048 MB; the total counts the smallest sizes" in told


def test_a_variable_of_the_platforms_own_file_is_not_missing(tmp_path: Path) -> None:
    with fly(tmp_path) as (world, platform):
        commit(world, "fly.toml", CONFIGURATION.format(name="shelf") + '[env]\n  MAIL_HOST = "mail.example.com"\n')

        ended = world.run(**{**fly_scene.ARGUMENTS, "variables": ["MAIL_PASSWORD", "MAIL_HOST"]})

        assert ended.status == 0, ended.output
        assert "MAIL_HOST" not in platform.apps["shelf"].secrets
    with upsun(tmp_path / "upsun") as (world, upsuns):
        text = "applications:\n  app:\n    variables:\n      env: {MAIL_HOST: mail.example.com}\n"
        commit(world, ".upsun/config.yaml", text)

        ended = world.run(**{**upsun_scene.ARGUMENTS, "variables": ["MAIL_PASSWORD", "MAIL_HOST"]})

        assert ended.status == 0, ended.output
        assert "env:MAIL_HOST" not in upsuns.projects[0].variables


def test_a_variable_that_production_alone_has_on_upsun_is_not_missing(tmp_path: Path) -> None:
    with upsun(tmp_path) as (world, platform):
        assert world.run(**upsun_scene.ARGUMENTS).status == 0
        (project,) = platform.projects
        variable = project.variables.pop("env:MAIL_PASSWORD")
        project.own["env:MAIL_PASSWORD"] = variable
        commit(world)

        ended = world.run(variables=["MAIL_PASSWORD"])

        assert ended.status == 0, ended.output
        assert "env:MAIL_PASSWORD" not in project.variables


@CLONES
def test_a_second_deployment_on_upsun_asks_for_sizes_of_what_is_new_alone(
    tmp_path: Path, clone: Callable[[World], None]
) -> None:
    """`resources.init` is for containers without a size: https://docs.upsun.com/manage-resources/resource-init.html"""
    with upsun(tmp_path) as (world, platform):
        assert world.run(**upsun_scene.ARGUMENTS).status == 0
        (project,) = platform.projects
        project.sizes["app"] = ("0.5", 1024, 2)
        clone(world)
        head = commit(world)

        assert world.run(**upsun_scene.ARGUMENTS).status == 0

        assert (project.head, project.options) == (head, ["resources.init=minimum"])
        assert project.sizes["app"] == ("0.5", 1024, 2)


@shows("platform-refused")
def test_an_environment_of_upsun_that_its_owner_paused_stays_so(tmp_path: Path) -> None:
    with upsun(tmp_path) as (world, platform):
        assert world.run(**upsun_scene.ARGUMENTS).status == 0
        (project,) = platform.projects
        project.status, before = "paused", project.head
        commit(world)

        ended = world.run(**upsun_scene.ARGUMENTS)

        assert ended.status == 1 and "upsun environment:resume" in ended.output
        assert project.head == before
