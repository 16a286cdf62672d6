"""The command and one platform, simulated on loopback. tests/slow/platforms/test_command.py has every platform."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

import pytest

from tests.platforms.heroku_scene import heroku
from tests.platforms.upsun_scene import upsun
from tests.support.anchors import shows
from tests.support.hook import ANSWERS

pytestmark = pytest.mark.skipif(
    sys.platform == "win32", reason="the stand-ins for platforms' programs are shell scripts"
)

KEY = "payment-key-of-the-file-77c"


@shows("env-file")
@pytest.mark.parametrize("names", [[], ["NOT_THERE"]])
def test_a_file_that_has_nothing_to_push(tmp_path: Path, names: list[str]) -> None:
    with heroku(tmp_path) as (world, platform):
        world.repository.write(".env", "EMPTY=\n")

        ended = world.command("env", "push", ".env", *names, "--yes")

        assert ended.status == 1
        assert platform.asked == []


@shows("not-an-answer")
@pytest.mark.parametrize(
    ("words", "cure"),
    [
        (["deploy", "-d", "heroku_region=us"], "deploy-overlay set"),
        (["deploy", "-d", "heroku_team"], "heroku_team=VALUE"),
        (["env", "set", "NAME WITH SPACE=1"], "NAME=value"),
        (["run"], "manage createsuperuser"),
    ],
)
def test_words_that_the_command_cannot_use(tmp_path: Path, words: list[str], cure: str) -> None:
    with heroku(tmp_path) as (world, platform):
        ended = world.command(*words)

        assert ended.status == 1
        assert cure in ended.output
        assert platform.asked == []


def test_an_error_is_a_document_too(tmp_path: Path) -> None:
    with heroku(tmp_path) as (world, _):
        ended = world.command("status", "--json", PATH="/usr/bin:/bin")

        assert ended.status == 1
        error = json.loads(ended.printed)["error"]
        assert "heroku" in error["message"].lower()
        assert error["help"].endswith("/errors/#program-missing")


@shows("program-missing")
def test_a_program_that_the_platforms_own_one_runs(tmp_path: Path) -> None:
    with upsun(tmp_path) as (world, platform):
        path = tmp_path / "path"
        path.mkdir()
        for program in (shutil.which("git"), world.programs[0] / "upsun"):
            assert program
            (path / Path(program).name).symlink_to(program)

        ended = world.command("status", PATH=str(path))

        assert ended.status == 1
        assert "curl is not on PATH" in ended.output
        assert platform.asked == []


@pytest.mark.parametrize(
    ("verb", "line"),
    [
        (["logs"], "heroku logs --tail -a shelf"),
        (["shell"], "heroku run -a shelf -- bash"),
        (["run", "env", "-0"], "heroku run -a shelf -- env -0"),
        (
            ["run", "manage", "createsuperuser", "--username", "Ada L"],
            'heroku run -a shelf -- python -m django createsuperuser --username "Ada L" --settings deploy.settings',
        ),
        (["open"], "heroku open -a shelf"),
    ],
)
def test_the_platforms_own_command_is_shown_and_run(tmp_path: Path, verb: list[str], line: str) -> None:
    with heroku(tmp_path) as (world, _):
        program = world.folder / "bin" / "heroku"
        program.parent.mkdir(parents=True, exist_ok=True)
        program.write_text('#!/bin/sh\nfor word in "$@"; do printf "[%s]" "$word"; done\nexit 7\n')
        program.chmod(0o755)
        world.programs.insert(0, program.parent)

        ended = world.command(*verb)

        assert ended.status == 7  # the program's own
        assert f"$ {line}" in ended.output
        words = line.replace('"Ada L"', "Ada~L").split()[1:]
        assert ended.printed.strip() == "".join(f"[{word.replace('~', ' ')}]" for word in words)


@shows("several-platforms")
def test_which_platform_is_meant(tmp_path: Path) -> None:
    with heroku(tmp_path) as (world, _):
        world.repository.commit(**json.loads(world.repository.read(ANSWERS)) | {"deploy_platforms": ["heroku", "fly"]})

        ended = world.command("logs")

        assert ended.status == 1
        assert "--platform heroku" in ended.output


@shows("several-platforms")
def test_a_release_is_numbered_by_one_platform(tmp_path: Path) -> None:
    with heroku(tmp_path) as (world, platform):
        world.repository.commit(**json.loads(world.repository.read(ANSWERS)) | {"deploy_platforms": ["heroku", "fly"]})

        ended = world.command("rollback", "--to", "v12", "--yes")

        assert ended.status == 1
        assert "rollback --platform heroku --to v12" in ended.output
        assert platform.asked == []


@shows("project-not-on-platform")
def test_a_platform_that_the_project_is_not_on(tmp_path: Path) -> None:
    with heroku(tmp_path) as (world, _):
        ended = world.command("logs", "--platform", "fly")

        assert ended.status == 1
        assert "deploy-overlay add fly" in ended.output


@shows("not-logged-in")
@pytest.mark.parametrize(
    ("environ", "words"),
    [
        ({"HEROKU_API_KEY": "", "CI": "true"}, "HEROKU_API_KEY is empty: store a token as a secret of this name"),
        ({"HEROKU_API_KEY": "expired", "CI": "true"}, "rejects the token in HEROKU_API_KEY"),
        ({"HEROKU_API_KEY": ""}, "run `heroku login`"),
    ],
)
def test_a_token_that_is_missing_or_not_accepted(environ: dict[str, str], words: str, tmp_path: Path) -> None:
    with heroku(tmp_path) as (world, platform):
        platform.logged_in = False

        ended = world.command("deploy", "--yes", "--skip-rehearsal", **environ)

        assert ended.status == 1
        assert words in ended.output, ended.output


@shows("report-not-written")
def test_a_report_for_which_there_is_no_place(tmp_path: Path) -> None:
    with heroku(tmp_path) as (world, _):
        ended = world.command("rehearse", "--report", "nowhere/report.json")

        assert ended.status == 2
        assert not (world.repository.root / "nowhere").exists()


@shows("not-a-report")
@pytest.mark.parametrize("text", ["", "[]", '{"schema": 1, "verdict": "ready", "tree": "another"}'])
def test_another_document_is_no_report(tmp_path: Path, text: str) -> None:
    with heroku(tmp_path) as (world, _):
        report = tmp_path / "report.json"
        report.write_text(text, encoding="utf-8")

        ended = world.command("deploy", "--report", str(report), MAIL_PASSWORD="x")

        assert ended.status == 1
        assert "report.json" in ended.output
