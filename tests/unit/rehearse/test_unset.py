"""A variable without a value that an app needs: the fix names it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any, cast

from deploy_overlay.rehearse.project_checks import check_deploy
from deploy_overlay.rehearse.stage import Result, Stage, StartedProgram

ERROR = """\
Traceback (most recent call last):
  File "/app/manage.py", line 1, in <module>
django.core.exceptions.ImproperlyConfigured: ('Setting CAPTCHA_PRIVATE_KEY is not of type', <class 'str'>)
"""


class Ended:
    def result(self) -> Result:
        return Result(1, ERROR)


class FakeStage:
    repository, package = Path("/app"), "site_.deploy"


def cure(package: str, **facts: Any) -> str:
    stage = FakeStage()
    stage.package = package
    outcome, _ = check_deploy(cast(Stage, stage), cast(StartedProgram, Ended()), facts)
    return outcome.cure


def test_the_fix_names_the_variable_that_the_settings_read_and_did_not_find() -> None:
    told = cure("site_.deploy", unset=["CAPTCHA", "CAPTCHA_PRIVATE_KEY", "OTHER_KEY"])
    assert told.startswith("Set CAPTCHA_PRIVATE_KEY, ")
    assert told.endswith("add it to REQUIRED in site_/deploy/environment.py.")
    assert "REQUIRED" not in cure("", unset=["CAPTCHA_PRIVATE_KEY"])


def test_a_name_that_is_no_variable_of_the_settings_is_not_asked_for() -> None:
    for name in ("OTHER_KEY", "OTHER_KEY(", ".*_.*"):
        assert cure("site_.deploy", unset=[name]).startswith("Correct this error")


def test_variables_that_are_asked_for_and_not_there_are_noted() -> None:
    code = (
        "import os\nfrom deploy_overlay.rehearse.inside.watch import Watch\nwatch = Watch()\n"
        "os.getenv('NOT_THERE_A'), os.environ.get('NOT_THERE_B', 'x'), os.environ['PATH']\n"
        "try:\n    os.environ['NOT_THERE_C']\nexcept KeyError:\n    print(*sorted(watch.unset))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout.split() == ["NOT_THERE_A", "NOT_THERE_B", "NOT_THERE_C"]
