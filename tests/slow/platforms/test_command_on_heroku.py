"""The command and one platform, simulated on loopback, where it is started several times or rehearses."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from deploy_overlay.base.release import own_version
from deploy_overlay.rehearse.tree import name_of_tree
from tests.platforms.faults import leaked
from tests.platforms.heroku_scene import heroku
from tests.support.anchors import shows
from tests.support.hook import ANSWERS

pytestmark = pytest.mark.skipif(
    sys.platform == "win32", reason="the stand-ins for platforms' programs are shell scripts"
)

KEY = "payment-key-of-the-file-77c"


def test_one_variable_by_name(tmp_path: Path) -> None:
    with heroku(tmp_path) as (world, platform):
        platform.secrets += [KEY]
        assert world.command("provision").status == 0

        ended = world.command("env", "set", "PAYMENT_KEY", "EMAIL_HOST=smtp.example.com", PAYMENT_KEY=KEY)

        assert ended.status == 0, ended.output
        config = platform.apps["shelf"].config
        assert (config["PAYMENT_KEY"], config["EMAIL_HOST"]) == (KEY, "smtp.example.com")
        assert "heroku config:set" in ended.output
        assert "takes values only as arguments" in ended.output
        assert leaked(world, platform) == []


def test_a_run_in_a_subfolder_is_one_of_the_project(tmp_path: Path) -> None:
    with heroku(tmp_path) as (world, _):
        world.repository.write("deep/er/.env", "PAYMENT_KEY=x-y-z-1\n")
        assert world.command("provision").status == 0

        ended = world.command("env", "push", ".env", folder="deep/er")

        assert ended.status == 0, ended.output


@shows("not-rehearsed")
def test_what_is_not_ready_is_not_deployed(tmp_path: Path) -> None:
    """The scene has no Django at all."""
    with heroku(tmp_path) as (world, platform):
        before = platform.final()

        ended = world.command("deploy", "--yes", MAIL_PASSWORD="x")

        assert ended.status == 1, ended.output
        assert "Nothing was deployed" in ended.output and "--skip-rehearsal" in ended.output
        assert platform.final() == before


def test_a_report_for_the_same_files_counts(tmp_path: Path) -> None:
    with heroku(tmp_path) as (world, _):
        report = tmp_path / "report.json"
        tree = name_of_tree(world.repository.root, [])
        world.repository.write("notes.txt", "Not committed, so not part of the deployment.\n")
        about = {"schema": 1, "verdict": "unproven", "tree": tree, "version": own_version(), "platforms": ["heroku"]}
        report.write_text(json.dumps(about), encoding="utf-8")

        ended = world.command("deploy", "--yes", "--report", str(report), MAIL_PASSWORD="x")

        assert ended.status == 0, ended.output
        assert "not everything could be tested" in ended.output


@shows("something-new")
def test_what_only_releases_creates_nothing(tmp_path: Path) -> None:
    with heroku(tmp_path) as (world, platform):
        before = platform.final()

        ended = world.command("deploy", "--yes", "--only-release", "--skip-rehearsal")

        assert ended.status == 1
        assert "Heroku does not have app shelf, PostgreSQL shelf-db, dyno web yet" in ended.output
        assert platform.final() == before

        assert world.command("deploy", "--yes", "--skip-rehearsal").status == 0
        world.repository.write("news.txt", "A change.\n")
        world.repository.commit(**json.loads(world.repository.read(ANSWERS)))
        (database,) = platform.addons.values()
        database.schedules.clear()  # by the owner, which another clone does not know
        (world.repository.overlay_folder / "provisioned.json").unlink()
        released = world.command("deploy", "--yes", "--only-release", "--skip-rehearsal")

        assert released.status == 0, released.output
        assert database.schedules == []


@shows("something-new")
def test_what_was_chosen_since_is_not_started_by_a_release(tmp_path: Path) -> None:
    with heroku(tmp_path) as (world, platform):
        assert world.command("deploy", "--yes", "--skip-rehearsal").status == 0
        worker = {"service": "celery", "name": "worker", "command": "celery -A shelf worker"}
        world.repository.commit(
            **json.loads(world.repository.read(ANSWERS)) | {"django_workers": [worker], "deploy_runs": ["worker"]}
        )
        before = platform.final()

        ended = world.command("deploy", "--yes", "--only-release", "--skip-rehearsal")

        assert ended.status == 1
        assert "does not have dyno worker yet" in ended.output
        assert platform.final() == before
