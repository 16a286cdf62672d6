"""How this machine reaches the database of a site, on each platform."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy_overlay.adapter.request import Request
from deploy_overlay.base import answers
from deploy_overlay.base.log import Log
from deploy_overlay.base.message import Failure, with_help_link
from deploy_overlay.base.state import State
from deploy_overlay.provision.sites import site_on
from tests.platforms import fly_scene, heroku_scene, render_scene, upsun_scene
from tests.platforms.simulated.world import World
from tests.support.anchors import note, shows
from tests.support.hook import ANSWERS


@contextlib.contextmanager
def reached(world: World, name: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address that the adapter of a platform gives on this developer's machine."""
    root = world.repository.root
    for variable, value in world.environment().items():
        monkeypatch.setenv(variable, value)
    monkeypatch.chdir(root)
    log = Log(world.folder / "log")
    log.path.touch()
    module, site = site_on(name, answers.read(root, ANSWERS), Request(), State(root / ".git", root), log)
    try:
        with module.database(site) as url:
            yield url
    except Failure as failure:
        note(with_help_link(str(failure), failure.anchor))
        raise


@shows("database-missing")
@pytest.mark.parametrize("name", ["fly", "heroku", "render", "upsun"])
def test_a_site_without_a_database_says_what_makes_one(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = {
        "fly": fly_scene.fly,
        "heroku": heroku_scene.heroku,
        "render": render_scene.render,
        "upsun": upsun_scene.upsun,
    }[name]
    with made(tmp_path, deploy_database="external") as (world, _):
        if name != "upsun":
            assert world.run(**heroku_scene.ARGUMENTS).status == 0

        with pytest.raises(Failure) as failure, reached(world, name, monkeypatch):
            pass

    assert failure.value.anchor == "database-missing"


@pytest.mark.parametrize("own", [[], [{"cidrBlock": "203.0.113.0/24", "description": "office"}]])
def test_a_database_on_render_is_open_only_as_long_as_it_is_used(
    own: list[dict[str, str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with render_scene.render(tmp_path) as (world, platform):
        (found,) = platform.databases.values()
        found["ipAllowList"] = own

        with contextlib.suppress(ZeroDivisionError), reached(world, "render", monkeypatch) as url:
            assert url.endswith("?sslmode=require")
            assert found["ipAllowList"][:-1] == own and found["ipAllowList"][-1]["cidrBlock"] == "0.0.0.0/0"
            found["ipAllowList"].append({"cidrBlock": "198.51.100.7/32", "description": "home"})  # by its owner
            raise ZeroDivisionError

        assert found["ipAllowList"] == [*own, {"cidrBlock": "198.51.100.7/32", "description": "home"}]


@shows("platform-refused")
def test_a_database_on_render_that_stays_open_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with render_scene.render(tmp_path) as (world, platform):
        with pytest.raises(Failure) as failure, reached(world, "render", monkeypatch):
            platform.begin((1, "402"))  # after its list, the request that closes it

        assert "shelf-db still accepts connections from anywhere" in str(failure.value)
