"""An interpreter of a version is found where people have them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from deploy_overlay.dependencies.interpreters import interpreter

pytestmark = pytest.mark.skipif(os.name == "nt", reason="scripts stand for interpreters")


def make(path: Path, version: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\necho {version}\n")
    path.chmod(0o755)
    return path


@pytest.mark.parametrize(("wanted", "found"), [("3.97", "3.97.4"), ("3.97.1", "3.97.1"), ("3.97.2", ""), ("3.9", "")])
def test_a_minor_version_or_a_patch_release(wanted: str, found: str, tmp_path: Path) -> None:
    for version in ("3.97.1", "3.97.4"):
        make(tmp_path / "uv" / f"cpython-{version}-linux-x86_64-gnu" / "bin" / "python3", version)
    environ = {"PATH": "", "PYENV_ROOT": str(tmp_path / "none"), "UV_PYTHON_INSTALL_DIR": str(tmp_path / "uv")}

    path = interpreter(wanted, (), environ)

    assert (path.parts[-3].split("-")[1] if path else "") == found


def test_a_shim_of_a_version_that_is_not_active_is_passed_over(tmp_path: Path) -> None:
    shim = make(tmp_path / "shims" / "python3.97", "")
    real = make(tmp_path / "pyenv" / "versions" / "3.97.0" / "bin" / "python", "3.97.0")
    environ = {"PATH": str(shim.parent), "PYENV_ROOT": str(tmp_path / "pyenv")}

    assert interpreter("3.97", (), environ) == real
