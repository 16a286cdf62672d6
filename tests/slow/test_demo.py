"""`make demo ONCE=1`, which the README offers to everybody."""

from __future__ import annotations

import subprocess
import sys

from tests.support.programs import environment
from tests.support.template import REPOSITORY


def test_the_demo_ends_with_a_rehearsal_that_finds_nothing_wrong() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.demo", "--once"],
        cwd=REPOSITORY, env=environment(), capture_output=True, text=True, encoding="utf-8", timeout=1800, check=False,
    )  # fmt: skip

    assert done.returncode == 0, done.stdout + done.stderr
    assert "checks passed" in done.stdout
