"""Finds a Python interpreter of the project's version, which Poetry, Pipenv and PDM insist on even to write a lock."""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from ..base.programs import output_of

_WINDOWS = os.name == "nt"


def interpreter(version: str, environments: Sequence[Path], environ: Mapping[str, str]) -> Path | None:
    """An interpreter whose version is or begins with `version` ("3.13"), or None.

    Looked at, in order: the project's environments, PATH, the versions of pyenv and of uv, the Python launcher of Windows,
    and the interpreter that runs this.
    """
    if not re.fullmatch(r"3\.\d+(\.\d+)?", version):
        return None
    for python in _candidates(version, environments, environ):
        if python.is_file() and f"{_version(python, environ)}.".startswith(f"{version}."):
            return python
    return None


def _candidates(version: str, environments: Sequence[Path], environ: Mapping[str, str]) -> Iterator[Path]:
    for folder in environments:
        yield folder / ("Scripts/python.exe" if _WINDOWS else "bin/python")
    short = ".".join(version.split(".")[:2])
    for name in (f"python{short}", "python3", "python"):
        found = shutil.which(name, path=environ.get("PATH"))
        if found:
            yield Path(found)
    pyenv = Path(environ.get("PYENV_ROOT") or Path.home() / ".pyenv") / (
        "pyenv-win/versions" if _WINDOWS else "versions"
    )
    for folder in sorted(pyenv.glob(f"{version}*"), reverse=True):
        yield folder / ("python.exe" if _WINDOWS else "bin/python")
    # https://docs.astral.sh/uv/reference/storage/#python-versions
    for folder in sorted(_uv_versions(environ).glob(f"cpython-{version}*"), reverse=True):
        yield folder / ("python.exe" if _WINDOWS else "bin/python3")
    if _WINDOWS and shutil.which("py", path=environ.get("PATH")):
        yield Path(output_of(["py", f"-{short}", "-c", "import sys; print(sys.executable)"], environ))
    yield Path(getattr(sys, "_base_executable", sys.executable))


def _uv_versions(environ: Mapping[str, str]) -> Path:
    if environ.get("UV_PYTHON_INSTALL_DIR"):
        return Path(environ["UV_PYTHON_INSTALL_DIR"])
    if _WINDOWS:
        return Path(environ.get("APPDATA") or Path.home() / "AppData" / "Roaming", "uv", "python")
    return Path(environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share", "uv", "python")


def _version(python: Path, environ: Mapping[str, str]) -> str:
    """The full version, "3.13.0"; empty when it does not start, as a pyenv shim of a version that is not active."""
    return output_of([str(python), "-c", "import platform; print(platform.python_version())"], environ)
