"""Production's Python is found where it is installed, and fetched only where that is wished."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from deploy_overlay.base.log import Log
from deploy_overlay.rehearse.pythons import Python, absent, fetch, find, nearest, running

pytestmark = pytest.mark.skipif(os.name == "nt", reason="scripts stand for interpreters and for uv")
MINE = ".".join(map(str, sys.version_info[:2]))


@pytest.fixture
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Log:
    """A machine with nothing but the shell and the folder of uv."""
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/bin")
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path / "pyenv"))
    monkeypatch.setenv("UV_PYTHON_INSTALL_DIR", str(tmp_path / "uv"))
    return Log(tmp_path / "log")


def script(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)


def interpreter(folder: Path, version: str) -> Path:
    path = folder / f"cpython-{version}-linux" / "bin" / "python3"
    script(path, f"echo {version}")
    return path


def test_the_python_that_runs_this(log: Log) -> None:
    found = find(MINE, log)

    assert found == running() and found.minor == MINE


def test_one_of_uv(log: Log, tmp_path: Path) -> None:
    path = interpreter(tmp_path / "uv", "3.97.2")

    assert find("3.97", log) == find("3.97.2", log) == Python(path, "3.97.2")


def test_another_patch_release_will_do(log: Log, tmp_path: Path) -> None:
    path = interpreter(tmp_path / "uv", "3.97.2")

    assert find("3.97.1", log) == Python(path, "3.97.2")


@pytest.mark.parametrize("version", ["3.98", "", "three", "3.9; rm"])
def test_none(version: str, log: Log) -> None:
    assert find(version, log) is None


@pytest.mark.parametrize(
    ("there", "used"),
    [(("3.95.1", "3.96.1"), "3.96.1"), (("3.96.1", "3.98.0"), "3.98.0"), (("3.96.1", "3.99.4"), "3.96.1")],
)
def test_the_nearest_one_is_used_instead(there: tuple[str, ...], used: str, log: Log, tmp_path: Path) -> None:
    for version in there:
        interpreter(tmp_path / "uv", version)

    assert nearest("3.97", log).version == used


@pytest.mark.parametrize("version", ["3.97.1", "", "three"])
def test_without_one_that_is_near_the_one_that_runs_this_is_used(version: str, log: Log) -> None:
    assert nearest(version, log) == running()


def test_what_is_said_without_it() -> None:
    told = absent("3.98.1", Python(Path("python"), "3.13.0"))

    assert "Python 3.98.1" in told and "3.13 was used" in told and "`uv python install 3.98`" in told


def test_uv_fetches_it_and_says_so(log: Log, tmp_path: Path) -> None:
    copied = interpreter(tmp_path / "there", "3.96.1").parents[1]
    place = tmp_path / "uv"
    install = f'mkdir -p "{place}" && cp -R "{copied}" "{place}/"'
    script(tmp_path / "bin" / "uv", f'if [ "$2" = dir ]; then echo "{place}"; else {install}; fi')
    said: list[str] = []

    found = fetch("3.96", log, said.append)

    assert found and found.version == "3.96.1"
    assert said == [f"fetching Python 3.96 (about 30 MB, 110 MB unpacked) into {place}"]


def test_uv_that_cannot(log: Log, tmp_path: Path) -> None:
    assert fetch("3.96", log, print) is None
    script(tmp_path / "bin" / "uv", "exit 2")
    assert fetch("3.96", log, print) is None
