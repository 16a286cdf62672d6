"""A site that its owner has closed to visitors is deployed, stays closed, and is not called online."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.platforms import heroku_scene, upsun_scene
from tests.platforms.heroku_scene import heroku
from tests.platforms.owner import commit
from tests.platforms.planned import plan
from tests.platforms.upsun_scene import upsun
from tests.tools import tool


@pytest.mark.parametrize("program", ["ours", "heroku"])
def test_maintenance_mode_of_heroku_stays_on(tmp_path: Path, program: str) -> None:
    with heroku(tmp_path, tool("heroku") if program == "heroku" else None) as (world, platform):
        assert world.run(**heroku_scene.ARGUMENTS).status == 0
        app = platform.apps["shelf"]
        app.maintenance, platform.site = True, "http://127.0.0.1:9"  # Heroku itself answers with 503
        head = commit(world)

        ended = world.run(**heroku_scene.ARGUMENTS)

        assert ended.status == 0, ended.output
        assert app.maintenance and app.pushed == head
        assert "is online" not in ended.output
        assert "maintenance mode is on" in plan(ended.output).partition("Changed on Heroku, and left as it is")[2]
        after = ended.output.partition("Prices are")[2]
        assert "run `heroku maintenance:off -a shelf`, then open http://127.0.0.1:9/healthz" in after


@pytest.mark.parametrize(
    "access",
    [
        {"is_enabled": True, "addresses": [], "basic_auth": {"ada": "a-password-4711"}},
        {"is_enabled": True, "addresses": [{"permission": "deny", "address": "0.0.0.0/0"}], "basic_auth": {}},
    ],
    ids=["password", "addresses"],
)
@pytest.mark.parametrize("program", ["ours", "upsun"])
def test_access_to_upsun_that_is_limited_stays_so(tmp_path: Path, program: str, access: dict[str, Any]) -> None:
    with upsun(tmp_path, tool("upsun") if program == "upsun" else None) as (world, platform):
        assert world.run(**upsun_scene.ARGUMENTS).status == 0
        (project,) = platform.projects
        project.access, platform.site = access, "http://127.0.0.1:9"
        head = commit(world)

        ended = world.run(**upsun_scene.ARGUMENTS)

        assert ended.status == 0, ended.output
        assert (project.head, project.access) == (head, access)
        assert "is online" not in ended.output and "upsun environment:http-access --enabled 0" in ended.output
        if program == "upsun":  # which hides passwords
            assert not [where for where, text in world.texts().items() if "a-password-4711" in text]


def test_limits_that_are_switched_off_close_nothing(tmp_path: Path) -> None:
    with upsun(tmp_path) as (world, platform):
        assert world.run(**upsun_scene.ARGUMENTS).status == 0
        platform.projects[0].access = {"is_enabled": False, "addresses": [], "basic_auth": {"ada": "a-password-4711"}}
        commit(world)

        ended = world.run(**upsun_scene.ARGUMENTS)

        assert ended.status == 0 and "is online at" in ended.output, ended.output


def test_what_upsun_holds_back_for_its_owner_is_not_deployed_in_their_place(tmp_path: Path) -> None:
    with upsun(tmp_path) as (world, platform):
        assert world.run(**upsun_scene.ARGUMENTS).status == 0
        (project,) = platform.projects
        project.by_hand, live = True, project.live
        head = commit(world)

        ended = world.run(**upsun_scene.ARGUMENTS)

        assert ended.status == 1 and "upsun environment:deploy --project project1 --environment main" in ended.output
        assert (project.head, project.live) == (head, live)
