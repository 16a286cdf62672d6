"""The output of platforms' programs, with what they print around it."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import Any

import pytest

from deploy_overlay.adapter.cli import Cli, Tool
from deploy_overlay.base.log import Log
from deploy_overlay.base.message import Failure

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the program is a script")

TOOL = Tool(("moon",), "Moon", ("version",), (1,), ("whoami",), "moon login", {})


def moon(folder: Path, output: str, ending: str = "exit 0") -> Cli:
    """A program that prints this."""
    program = folder / "moon"
    program.write_text(f"#!/bin/sh\nprintf %s {shlex.quote(output)}\n{ending}\n", encoding="utf-8")
    program.chmod(0o755)
    log = Log(folder / "log")
    log.path.touch()
    return Cli(TOOL, str(program), folder, log)


@pytest.mark.parametrize(
    "output",
    [
        '[{"name": "shelf"}]',
        '\ufeff[{"name": "shelf"}]\r\n',
        '\x1b[33mWarning\x1b[0m: moon 2 is out\n[\n  {\n    "name": "shelf"\n  }\n]\n',
        '[warning] moon 1 ends in May\n[WARN 12:00] upgrade {now}\n[{"name": "shelf"}]\n',
        '[{"name": "shelf"}]\n\nA new version of moon is available: 1.0 -> 2.0\n[hint] moon upgrade\n',
        '\x1b]8;;https://moon.example\x07notice\x1b]8;;\x07\n[{"name": "shelf"}]',
    ],
)
def test_what_a_program_prints_around_json_is_passed_over(output: str, tmp_path: Path) -> None:
    assert moon(tmp_path, output).json("list") == [{"name": "shelf"}]


@pytest.mark.parametrize(
    "output",
    ["", "\n", "no apps", '[{"name": "shelf"', '[\n  {"name": "shelf"},\n  {"na', '{"a": 1}, 2', "<html>", "[oops"],
)
def test_half_an_answer_is_none(output: str, tmp_path: Path) -> None:
    with pytest.raises(Failure) as failure:
        moon(tmp_path, output).json("list")

    assert failure.value.anchor == "answer-not-understood"


def test_notices_of_php_are_no_rows(tmp_path: Path) -> None:
    notice = "\nDeprecated: Optional parameter $a, before $b, in moon.phar on line 7\nPHP Warning:  x, y in z\n\n"
    rows = 'shelf,"two\nlines"\nNotice: board,active\n'

    found = moon(tmp_path, notice + rows).table("list", columns="name,status")

    assert found == [["shelf", "two\nlines"], ["Notice: board", "active"]]


def test_half_a_secret_answer_is_no_reason(tmp_path: Path) -> None:
    cli = moon(tmp_path, '{"STRIPE": "sk-live-4711", "MAIL', "echo 'connection reset' >&2; exit 1")
    silent = moon(tmp_path, '{"STRIPE": "sk-live-4711", "MAIL', "exit 1")

    for one in (cli, silent):
        with pytest.raises(Failure) as failure:
            one.json("config", secret=True)
        assert "4711" not in str(failure.value)
    assert "4711" not in (tmp_path / "log").read_text(encoding="utf-8")


@pytest.mark.parametrize("ending", ["kill -SEGV $$", "exit 1", "echo 'panic: runtime error' >&2; exit 2"])
def test_a_program_that_crashes_is_told_with_what_helps(ending: str, tmp_path: Path) -> None:
    cli = moon(tmp_path, "", ending)

    told: Any = cli.failure(cli.ask("list"), "moon list")

    assert "run this again, and update the Moon CLI" in str(told)
