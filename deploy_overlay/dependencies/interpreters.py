"""Finds a Python interpreter of the project's version, which Poetry, Pipenv and PDM insist on even to write a lock."""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from ..base.programs import answer_of

_WINDOWS = os.name == "nt"


def interpreter(version: str, environments: Sequence[Path], environ: Mapping[str, str]) -> Path | None:
    """An interpreter whose version begins with `version` ("3.13"), or None.

    Looked at, in order: the project's environments, PATH, pyenv's versions, the Python launcher of Windows, and the
    interpreter that runs this.
    """
    if not re.fullmatch(r"3\.\d+(\.\d+)?", version):
        return None
    for python in _candidates(version, environments, environ):
        if python.is_file() and _version(python, environ).startswith(f"{version}."):
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
    if _WINDOWS and shutil.which("py", path=environ.get("PATH")):
        yield Path(answer_of(["py", f"-{short}", "-c", "import sys; print(sys.executable)"], environ))
    yield Path(getattr(sys, "_base_executable", sys.executable))


def _version(python: Path, environ: Mapping[str, str]) -> str:
    """The full version, "3.13.0"; empty when it does not start, as a pyenv shim of a version that is not active."""
    return answer_of([str(python), "-c", "import platform; print(platform.python_version())"], environ)
