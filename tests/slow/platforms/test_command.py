"""The command on every platform, simulated on loopback: what looks changes nothing, what deploys does so once, and no value
of a variable is seen anywhere."""

from __future__ import annotations

import contextlib
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.platforms import pushed
from tests.platforms.faults import bounded, leaked, recorded, tried
from tests.platforms.fly_scene import fly
from tests.platforms.heroku_scene import heroku
from tests.platforms.simulated.world import World
from tests.platforms.upsun_scene import upsun
from tests.support.anchors import shows

pytestmark = pytest.mark.skipif(
    sys.platform == "win32", reason="the stand-ins for platforms' programs are shell scripts"
)

SCENES: dict[str, Callable[..., contextlib.AbstractContextManager[tuple[World, Any]]]] = {
    "fly": fly,
    "heroku": heroku,
    "upsun": upsun,
}
MAIL, KEY = "mail-password-of-the-file-5f1", "payment-key-of-the-file-77c"
FILE = (
    f"# For production\nMAIL_PASSWORD={MAIL}\nexport PAYMENT_KEY='{KEY}'\nDEBUG=1\nEMPTY=\n"
    "DATABASE_URL=postgres://me:secret-of-mine@localhost/shelf\n"
)


@pytest.fixture(params=SCENES)
def scene(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[str, World, Any]]:
    with SCENES[request.param](tmp_path, django_required_env=["MAIL_PASSWORD"]) as (world, platform):
        platform.secrets += [MAIL, KEY, "secret-of-mine"]
        yield request.param, world, platform


def document(ended: Any) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(ended.printed)
    assert found["schema"] == 1
    return found


def states(ended: Any) -> dict[str, str]:
    (platform,) = document(ended)["platforms"]
    return {step["name"]: step["state"] for step in platform["steps"]}


def test_a_look_changes_nothing_and_a_deployment_happens_once(scene: tuple[str, World, Any]) -> None:
    name, world, platform = scene
    empty, files = platform.final(), world.repository.changed()

    planned = world.command("plan", "--json")
    told = world.command("deploy", "--dry-run")
    status = world.command("status")

    assert [one.status for one in (planned, told, status)] == [0, 0, 0], planned.output + told.output + status.output
    assert platform.final() == empty
    assert world.repository.changed() == files
    assert set(states(planned).values()) <= {"missing", "unknown"}
    assert "Total a month" in told.printed or "Prices are from" in told.printed
    assert "deploy-overlay deploy" in told.printed
    assert document(planned)["platforms"][0]["platform"] == name

    deployed = world.command("deploy", "--yes", "--skip-rehearsal", MAIL_PASSWORD=MAIL, DEPLOY_OVERLAY_YES="")

    assert deployed.status == 0, deployed.output
    assert "is online at" in deployed.output
    there = platform.final()
    assert there != empty
    again = world.command("status", "--json")
    assert again.status == 0, again.output
    assert set(states(again).values()) == {"there"}
    assert platform.final() == there
    assert leaked(world, platform) == []


def test_a_file_of_variables_is_shown_first_and_then_pushed(scene: tuple[str, World, Any]) -> None:
    _, world, platform = scene
    world.repository.write(".env.production", FILE)
    world.repository.write(".gitignore", ".env*\n")
    assert world.command("deploy", "--skip-rehearsal", MAIL_PASSWORD="another-value-before-2a").status == 0
    platform.secrets += ["another-value-before-2a"]
    before = platform.final()

    shown = world.command("env", "push", ".env.production", "--dry-run")

    assert shown.status == 0, shown.output
    assert platform.final() == before
    for word in ("MAIL_PASSWORD", "PAYMENT_KEY", "new", "DEBUG", "left out", "DATABASE_URL"):
        assert word in shown.output
    assert "EMPTY" not in shown.output

    refused = world.command("env", "push", ".env.production", DEPLOY_OVERLAY_YES="")

    assert refused.status == 1
    assert "add --yes" in refused.output
    assert platform.final() == before

    pushed = world.command("env", "push", ".env.production", "--yes", "--json")

    assert pushed.status == 0, pushed.output
    (told,) = document(pushed)["platforms"]
    fates = {one["name"]: one["action"] for one in told["variables"]}
    assert fates["PAYMENT_KEY"] == "new" and fates["MAIL_PASSWORD"] in ("changed", "replaced")
    assert fates["DEBUG"] == fates["DATABASE_URL"] == "left out"
    assert platform.final() != before
    listed = document(world.command("env", "list", "--json"))["platforms"][0]["variables"]
    assert {"name": "PAYMENT_KEY", "set": True} in listed
    assert not [one for one in listed if one["name"].startswith("DEPLOY_OVERLAY_PROJECT")]
    (world.repository.root / ".env.production").unlink()  # where they are meant to be
    assert leaked(world, platform) == []


@pytest.mark.parametrize("name", pushed.SCENES)
def test_a_push_that_was_disturbed_and_repeated_ends_like_one_that_was_not(name: str, tmp_path: Path) -> None:
    scenery = pushed.SCENES[name]()
    wanted = recorded(scenery, tmp_path / "recorded")
    assert all(value in str(wanted.final) for value in pushed.VALUES)

    counts = tried(scenery, tmp_path, wanted, bounded(scenery, wanted, 8))

    assert counts.faults
    assert not counts.found, "\n".join(counts.found)


@shows("nothing-there-yet")
def test_variables_of_an_app_that_is_not_there(scene: tuple[str, World, Any]) -> None:
    _, world, platform = scene
    world.repository.write(".env.production", FILE)

    ended = world.command("env", "push", ".env.production", "--yes")

    assert ended.status == 1
    assert "deploy-overlay provision" in ended.output
    (world.repository.root / ".env.production").unlink()
    assert leaked(world, platform) == []
