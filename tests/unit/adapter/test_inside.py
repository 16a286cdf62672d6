"""A program that runs in a site, and what it is sent."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy_overlay.adapter.cli import Cli, Tool
from deploy_overlay.adapter.inside import BOOTSTRAP, Inside, talk
from deploy_overlay.base.log import Log
from deploy_overlay.base.message import Failure

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the platform's program is a script")
MARK = "@moon "
COUNTS = f"""
import json, sys
sys.stdin.readline()
print({MARK!r} + json.dumps({{"lines": len(list(sys.stdin))}}))
"""


@pytest.fixture
def inside(tmp_path: Path) -> Inside:
    program = tmp_path / "moon"
    program.write_text(f'#!/bin/sh\nexec sh -c "{sys.executable} $2"\n', encoding="utf-8")
    program.chmod(0o755)
    log = Log(tmp_path / "log")
    log.path.touch()
    tool = Tool(("moon",), "Moon", ("version",), (1,), ("whoami",), "moon login", {})
    return Inside(Cli(tool, str(program), tmp_path, log), lambda line: ("ssh", line), BOOTSTRAP)


def test_it_gets_every_chunk(inside: Inside) -> None:
    assert talk(inside, COUNTS, {}, MARK, send=[b"a", b"b", {}]) == {"lines": 3}


@pytest.mark.parametrize(
    "problem", [Failure("The bucket cannot be read.", anchor="bucket-not-readable"), OSError(5, "EIO")]
)
def test_what_cannot_be_read_here_ends_the_conversation_at_once(inside: Inside, problem: Exception) -> None:
    """The program would wait for the rest for ever."""

    def chunks() -> Iterator[bytes]:
        yield b"a"
        raise problem

    with pytest.raises(type(problem), match=str(problem.args[-1])[:4]):
        talk(inside, COUNTS, {}, MARK, send=chunks())
