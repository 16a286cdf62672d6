"""On Heroku a backup is scheduled where nobody else keeps the data, and what its owner scheduled stays."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.platforms.heroku_scene import heroku
from tests.platforms.simulated.heroku import Heroku

pytestmark = pytest.mark.skipif(
    sys.platform == "win32", reason="the stand-ins for platforms' programs are shell scripts"
)


def schedules(platform: Heroku, app: str = "shelf") -> list[dict[str, Any]]:
    return platform.addons[f"{app}-db"].schedules


def test_a_backup_is_scheduled_once_and_costs_nothing(tmp_path: Path) -> None:
    with heroku(tmp_path) as (world, platform):
        first = world.command("provision")
        platform.begin()
        second = world.command("provision")

        assert first.status == second.status == 0, first.output
        assert [(one["name"], one["hour"], one["timezone"]) for one in schedules(platform)] == [
            ("DATABASE_URL", "02", "UTC")
        ]
        assert 'heroku pg:backups:schedule DATABASE_URL --at "02:00 UTC" -a shelf' in first.output
        assert "Backups: Heroku dumps the database every night at 02:00 UTC" in first.output
        assert "daily at 02:00 UTC" in second.output
        assert not [one for one in platform.asked if one.method == "POST"]


def test_what_its_owner_scheduled_stays(tmp_path: Path) -> None:
    with heroku(tmp_path) as (world, platform):
        assert world.command("provision").status == 0
        own = {"name": "DATABASE_URL", "hour": 5, "timezone": "Europe/Berlin"}
        schedules(platform)[:] = [own]

        again = world.command("provision")

        assert again.status == 0
        assert schedules(platform) == [own]
        assert "daily at 5:00 Europe/Berlin" in again.output


def test_a_schedule_that_its_owner_ended_is_not_made_again(tmp_path: Path) -> None:
    with heroku(tmp_path) as (world, platform):
        assert world.command("provision").status == 0
        schedules(platform).clear()

        again = world.command("provision")
        status = json.loads(world.command("status", "--json").printed)

        assert again.status == 0
        assert schedules(platform) == []
        step = next(one for one in status["platforms"][0]["steps"] if one["name"] == "backups")
        assert "no backup is scheduled" in step["differs"]


@pytest.mark.parametrize("case", ["protected", "staging", "scaled by its owner"])
def test_nothing_is_scheduled_where_it_is_not_needed(case: str, tmp_path: Path) -> None:
    plan = "standard-0" if case == "protected" else "essential-0"
    environment = ["--environment", "staging"] if case == "staging" else []
    with heroku(tmp_path, heroku_postgres=plan) as (world, platform):
        if case == "scaled by its owner":
            assert world.command("provision").status == 0
            schedules(platform).clear()
            platform.addons["shelf-db"].plan = "heroku-postgresql:standard-0"

        done = world.command("provision", *environment)

        assert done.status == 0, done.output
        assert schedules(platform, "shelf-staging" if environment else "shelf") == []
        assert "pg:backups:schedule" not in done.output
