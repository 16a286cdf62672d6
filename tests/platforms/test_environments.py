"""An environment beside production, on a simulated platform. tests/slow/platforms/test_environments.py has every platform."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from tests.platforms.heroku_scene import GIVEN, heroku
from tests.support.anchors import shows

pytestmark = pytest.mark.skipif(
    sys.platform == "win32", reason="the stand-ins for platforms' programs are shell scripts"
)
LONG = "the-library-of-our-town-today"  # 29 characters; 30 are allowed


@shows("environment-name")
@pytest.mark.parametrize("verb", [["deploy", "--yes"], ["plan"], ["env", "list"]])
@pytest.mark.parametrize(
    ("name", "cure"),
    [("the-library-of-our-town", "at most 6 characters"), (LONG, "-d deploy_name=NAME before its first deployment")],
)
def test_a_name_that_is_too_long_is_refused_before_anything_is_asked(
    tmp_path: Path, name: str, cure: str, verb: list[str]
) -> None:
    with heroku(tmp_path, deploy_name=name) as (world, platform):
        ended = world.command(*verb, "--environment", "staging")

        assert ended.status == 1
        assert f"{name}-staging has {len(name) + 8}" in ended.output and cure in ended.output
        assert platform.asked == []


def test_without_a_verb_the_environments_of_this_clone_are_listed(tmp_path: Path) -> None:
    with heroku(tmp_path, django_required_env=["MAIL_PASSWORD"]) as (world, _):
        assert "staging" not in world.command().output
        assert world.command("provision", "--yes", "--environment", "staging", MAIL_PASSWORD=GIVEN).status == 0

        told, document = world.command(), json.loads(world.command("--json").printed)

        assert "created by this clone: app shelf-staging" in told.output
        assert "deploy-overlay status --environment staging" in told.output
        assert document["created"] == []
        assert "app shelf-staging" in document["environments"]["staging"]


def test_a_document_says_which_environment_it_is_about(tmp_path: Path) -> None:
    with heroku(tmp_path) as (world, _):
        for verb in ("plan", "status"):
            document = json.loads(world.command(verb, "--json", "--environment", "staging").printed)
            assert document["environment"] == "staging"
            (told,) = document["platforms"]
            assert (told["app"], told["environment"]) == ("shelf-staging", "staging")
