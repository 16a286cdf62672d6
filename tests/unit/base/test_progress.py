"""Who watches sees what runs and for how long; who reads a file finds plain lines; who wants quiet has it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.template import REPOSITORY

# Runs until a line comes in.
CODE = """
import sys
from deploy_overlay.base import progress
progress.TICK = 0.05
with progress.show_progress("poetry, this can take a minute"):
    sys.stdin.readline()
progress.tell("poetry is done")
"""


def printed(**variables: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", CODE],
        cwd=REPOSITORY,
        env={"PYTHONPATH": str(REPOSITORY), **variables},
        input=b"\n",
        capture_output=True,
        check=True,
    )
    assert not done.stdout
    return done.stderr.decode("ascii")


def test_what_is_no_terminal_gets_a_line_at_each_end() -> None:
    lines = printed().splitlines()

    assert lines == ["deploy-overlay: poetry, this can take a minute ...", "deploy-overlay: poetry is done"]


@pytest.mark.parametrize(("value", "lines"), [("1", 0), ("yes", 0), ("0", 2), ("", 2)])
def test_quiet(value: str, lines: int) -> None:
    assert len(printed(DEPLOY_OVERLAY_QUIET=value).splitlines()) == lines


@pytest.mark.skipif(sys.platform == "win32", reason="a pseudo-terminal is needed")
@pytest.mark.parametrize("columns", [80, 30])
def test_a_terminal_counts_the_seconds_on_one_line_that_goes_away(columns: int, tmp_path: Path) -> None:
    import pexpect
    import pyte

    child = pexpect.spawn(
        sys.executable,
        ["-c", CODE],
        cwd=str(REPOSITORY),
        env={"PYTHONPATH": str(REPOSITORY), "TERM": "xterm"},  # type: ignore[arg-type]
        dimensions=(5, columns),
        encoding="utf-8",
        echo=False,
        timeout=30,
    )
    screen = pyte.Screen(columns, 5)
    child.expect_exact(" 1 s")
    pyte.Stream(screen).feed(child.before + child.after)
    counting = [line.rstrip() for line in screen.display if line.strip()]
    child.send("\n")
    child.expect(pexpect.EOF)
    pyte.Stream(screen).feed(child.before)
    child.close()

    assert len(counting) == 1
    assert counting[0].startswith("deploy-overlay: poet")
    assert counting[0].endswith(" ... 1 s")
    assert [line.rstrip() for line in screen.display if line.strip()] == ["deploy-overlay: poetry is done"]


@pytest.mark.skipif(sys.platform == "win32", reason="a pseudo-terminal is needed")
def test_a_terminal_that_cannot_go_back_gets_plain_lines() -> None:
    import pexpect

    child = pexpect.spawn(
        sys.executable,
        ["-c", CODE],
        cwd=str(REPOSITORY),
        env={"PYTHONPATH": str(REPOSITORY), "TERM": "dumb"},  # type: ignore[arg-type]
        encoding="utf-8",
        echo=False,
        timeout=30,
    )
    child.expect_exact("minute ...\r\n")
    child.send("\n")
    child.expect(pexpect.EOF)

    assert child.before == "deploy-overlay: poetry is done\r\n"
