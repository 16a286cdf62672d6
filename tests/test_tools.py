"""The programs that judge: found when installed; else the test that asks is skipped by name, or fails where it must run."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.tools import REQUIRED, tool
from tests.tools.pins import pinned

INSTALLED = [pin.name for pin in pinned().values() if not pin.optional and pin.name != "node"]


@pytest.mark.parametrize("name", INSTALLED)
def test_an_installed_program_runs(name: str) -> None:
    told = subprocess.run([tool(name), *pinned()[name].shows], capture_output=True, text=True, check=True)

    # Not the last number: a package on PyPI counts its own releases there.
    major_minor = ".".join(pinned()[name].version.split(".")[:2])
    assert major_minor in told.stdout + told.stderr


def test_a_missing_program_is_named_with_the_command_that_installs_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.delenv(REQUIRED, raising=False)

    with pytest.raises(pytest.skip.Exception, match=r"hadolint .* is not installed: run `make tools`"):
        tool("hadolint")


def test_where_programs_are_required_a_missing_one_fails(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv(REQUIRED, "required")

    with pytest.raises(pytest.fail.Exception, match="make tools"):
        tool("hadolint")


def test_a_program_that_no_registry_has_is_skipped_with_the_reason(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv(REQUIRED, "required")
    monkeypatch.delenv("DEPLOY_OVERLAY_FLYCTL", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    refusal = pinned()["flyctl"].refusal
    refusal.parent.mkdir(parents=True)
    refusal.write_text("flyctl is not to be had here: 403\n", encoding="utf-8")

    with pytest.raises(pytest.skip.Exception, match="not to be had here: 403"):
        tool("flyctl")


def test_a_program_that_no_registry_has_may_be_the_machines_own(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.delenv("DEPLOY_OVERLAY_FLYCTL", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    programs = [tmp_path / "bin" / "fly", tmp_path / "built"]
    for program in programs:
        program.parent.mkdir(exist_ok=True)
        program.write_text("#!/bin/sh\n", encoding="utf-8")
        program.chmod(0o755)

    assert tool("flyctl") == programs[0]
    monkeypatch.setenv("DEPLOY_OVERLAY_FLYCTL", str(programs[1]))
    assert tool("flyctl") == programs[1]
    monkeypatch.setenv("DEPLOY_OVERLAY_FLYCTL", str(tmp_path / "gone"))
    with pytest.raises(AssertionError, match="which is no program"):
        tool("flyctl")
