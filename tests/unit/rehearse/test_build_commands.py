"""A command of the build that fails: for want of the internet, which proves nothing, or of a variable, which is named."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import pytest

from deploy_overlay.rehearse.build import run_before_collectstatic
from deploy_overlay.rehearse.preparation import CannotTest
from deploy_overlay.rehearse.stage import Result, Stage

OFFLINE = """\
Downloading the CLI from 'https://downloads.example/v4/cli-linux-x64'.
CommandError: Failed to download: Connection error: <urlopen error [Errno -2] Name or service not known>
"""
NO_KEY = """\
Traceback (most recent call last):
  File "/app/site_/keys.py", line 4, in load
    KEY, _, SALT = os.environ.get("SIGNING_KEY").partition(":")
                   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
AttributeError: 'NoneType' object has no attribute 'partition'
"""
NO_SERVER = "redis.exceptions.ConnectionError: Error 111 connecting to localhost:6379. Connection refused.\n"


class Room:
    repository, package = Path("/app"), "deploy"

    def __init__(self, output: str) -> None:
        self.output = output

    def django(self, *_: Any) -> Result:
        return Result(1, self.output)


def test_a_host_of_the_internet_is_named() -> None:
    with pytest.raises(CannotTest, match=r"`python -m django tailwind download_cli` needs downloads\.example, which"):
        run_before_collectstatic(cast(Stage, Room(OFFLINE)), {}, (), ["tailwind download_cli"])


def test_a_server_that_a_build_does_not_have_is_a_fault() -> None:
    outcome = run_before_collectstatic(cast(Stage, Room(NO_SERVER)), {}, (), ["warm_cache"])
    assert outcome.status == "fail"


def test_the_variable_that_the_failing_line_reads_is_named() -> None:
    for output in (NO_KEY, "CommandError: Set the SIGNING_KEY environment variable\n"):
        outcome = run_before_collectstatic(cast(Stage, Room(output)), {}, {"OTHER_KEY", "SIGNING_KEY"}, ["sign_assets"])
        assert outcome.cure == (
            "Add SIGNING_KEY, which a build does not have, to REQUIRED in deploy/environment.py, so that it has a "
            "placeholder in the build."
        )
    other = run_before_collectstatic(cast(Stage, Room(NO_KEY)), {}, {"OTHER_KEY"}, ["sign_assets"])
    assert "sign_assets` reports. If a variable is missing, add it to REQUIRED" in other.cure
