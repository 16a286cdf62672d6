"""The project's own manager where the project refuses the installed version of it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from deploy_overlay.base.log import Log
from deploy_overlay.base.message import Failure
from deploy_overlay.dependencies import Project
from deploy_overlay.dependencies.run_manager import run_tool

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the programs of this test are shell scripts")
REFUSES = "echo 'error: Required uv version `==0.9.*` does not match the running version `0.13.9`' >&2; exit 2"


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "programs"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    return folder


def program(folder: Path, name: str, does: str) -> None:
    path = folder / name
    path.write_text(f"#!/bin/sh\n{does}\n", encoding="utf-8")
    path.chmod(0o755)


def project(root: Path, required: str) -> Project:
    return Project(root, ".", (), "", Log(root / "log"), required=required)


def test_a_version_that_the_project_takes_is_fetched(programs: Path, tmp_path: Path) -> None:
    program(programs, "uv", REFUSES)
    program(programs, "uvx", f'echo "$@" > {tmp_path}/fetched')
    run_tool(project(tmp_path, "==0.9.*"), ["uv", "add", "whitenoise"])
    assert (tmp_path / "fetched").read_text(encoding="utf-8") == "--from uv==0.9.* uv add whitenoise\n"


def test_what_fails_for_another_reason_is_not_tried_with_another_version(programs: Path, tmp_path: Path) -> None:
    program(programs, "uv", "echo 'error: No solution found' >&2; exit 1")
    program(programs, "uvx", f"touch {tmp_path}/fetched")
    with pytest.raises(Failure, match="No solution found"):
        run_tool(project(tmp_path, "==0.9.*"), ["uv", "add", "whitenoise"])
    assert not (tmp_path / "fetched").exists()


UVX = """echo "Downloading virtualenv (5.6MiB)" >&2
echo " Downloaded virtualenv" >&2
echo "Installed 49 packages in 125ms" >&2
"""
PIPX = """echo "⚠️  poetry is already on your PATH and installed at" >&2
echo "    /usr/bin/poetry. Downloading and running anyway." >&2
echo "creating virtual environment..." >&2
echo "installing poetry..." >&2
echo "done! ✨ 🌟 ✨" >&2
"""


@pytest.mark.parametrize(("fetcher", "says"), [("uvx", UVX), ("pipx", PIPX)])
def test_the_error_is_the_managers_and_not_what_was_said_before_it(
    programs: Path, tmp_path: Path, fetcher: str, says: str
) -> None:
    program(programs, fetcher, f"{says}echo 'Could not find a matching version of package shelves' >&2; exit 1")

    with pytest.raises(Failure) as failed:
        run_tool(project(tmp_path, ""), ["poetry", "add", "shelves"])

    reason = str(failed.value).split("failed:\n")[1].splitlines()[0]
    assert reason == "Could not find a matching version of package shelves"


def test_what_a_fetcher_says_is_shown_where_the_manager_said_nothing(programs: Path, tmp_path: Path) -> None:
    program(programs, "uvx", f"{UVX}exit 1")
    with pytest.raises(Failure, match="Installed 49 packages"):
        run_tool(project(tmp_path, ""), ["poetry", "add", "shelves"])
