"""The rehearsal lands in the project as one file, made from this version's modules."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from deploy_overlay.ask.bundle import bundled
from tests.support.template import REPOSITORY


def test_the_rehearsal_is_one_file(overlaid: Path) -> None:
    rendered = (overlaid / "deploy" / "rehearse.py").read_bytes()
    assert rendered == bundled(REPOSITORY / "template" / "parts" / "rehearse").encode()
    assert not (overlaid / "deploy" / "rehearse").exists()


def test_a_formatter_of_the_project_leaves_the_rehearsal_as_it_is(overlaid: Path) -> None:
    """Otherwise the next update would be a conflict in every line that it wrapped."""
    for command in (["format", "--check", "--line-length", "88"], ["check", "--select", "ALL"]):
        done = subprocess.run(
            [sys.executable, "-m", "ruff", *command, "--isolated", "deploy/rehearse.py"],
            cwd=overlaid,
            capture_output=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout.decode()
