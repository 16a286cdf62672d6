"""Finds production's Python on this machine, or downloads it with uv on request."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ..base.environment import outside_copier
from ..base.log import Log
from ..base.message import Failure
from ..base.programs import find as find_program
from ..base.programs import output_of, run
from ..dependencies.interpreters import interpreter

_ASKED = (
    "import sys, platform; print(platform.python_version()); print(getattr(sys, '_base_executable', sys.executable))"
)
_OLDEST, _FARTHEST = 8, 4  # minor versions that are worth a look instead of another
_TIMEOUT = 900.0  # seconds, to fetch one over a slow line


@dataclass(frozen=True)
class Python:
    """A base interpreter for virtual environments, never one of an environment."""

    executable: Path
    version: str  # in full, "3.13.1"

    @property
    def minor(self) -> str:
        """ "3.13" """
        return _minor(self.version)

    @property
    def has_tomllib(self) -> bool:
        return int(self.version.split(".")[1]) >= 11


def find(version: str, log: Log) -> Python | None:
    """Production's Python ("3.13", or "3.13.1") on this machine; another patch release of it where that one is missing.

    Looked at are the interpreter that runs this, PATH, pyenv, the Pythons of uv, and the launcher of Windows.
    """
    if not re.fullmatch(r"3\.\d+(\.\d+)?", version):
        return None
    environ = outside_copier()
    for wanted in dict.fromkeys((version, _minor(version))):
        mine = running()
        found = mine if _is(mine, wanted) else _asked(interpreter(wanted, (), environ))
        if found and _is(found, wanted):
            log.write(f"Python {found.version}: {found.executable}")
            return found
    log.write(f"no Python {version} on this machine")
    return None


def fetch(version: str, log: Log, say: Callable[[str], None]) -> Python | None:
    """The same by `uv python install`, which keeps it in uv's own folder; None if uv is missing or cannot.

    UV_PYTHON_INSTALL_MIRROR names another place to fetch from:
    https://docs.astral.sh/uv/reference/environment/#uv_python_install_mirror
    """
    uv = find_program("uv")
    if uv is None or not re.fullmatch(r"3\.\d+(\.\d+)?", version):
        return None
    place = output_of([*uv.argv, "python", "dir"], outside_copier()) or "the folder of uv"
    say(f"fetching Python {version} (about 30 MB, 110 MB unpacked) into {place}")
    try:
        done = run([*uv.argv, "python", "install", version], cwd=Path.home(), log=log, timeout=_TIMEOUT)
    except Failure:
        return None
    return find(version, log) if done.status == 0 else None


def nearest(version: str, log: Log) -> Python:
    """The Python of this machine that is nearest to a missing one: what production's packages ask for is likeliest to fit.

    Of two that are equally far the newer one, as projects ask for "3.12 or later". Where none is near, or no version is
    known, the one that runs this.
    """
    if not re.fullmatch(r"3\.\d+(\.\d+)?", version):
        return running()
    minor = int(version.split(".")[1])
    steps = (step for far in range(1, _FARTHEST + 1) for step in (far, -far))
    return next(filter(None, (find(f"3.{minor + step}", log) for step in steps if minor + step >= _OLDEST)), running())


def running() -> Python:
    """The Python that runs this."""
    version = ".".join(map(str, sys.version_info[:3]))
    return Python(Path(getattr(sys, "_base_executable", sys.executable)), version)


def absent(version: str, instead: Python) -> str:
    """The sentence for a missing Python of production."""
    return f"Python {version}, which production uses, is not installed here: {instead.minor} was used. {cure(version)}"


def cure(version: str) -> str:
    """How to get production's Python."""
    return f"Run `uv python install {_minor(version)}`, and rehearse again."


def _minor(version: str) -> str:
    return ".".join(version.split(".")[:2])


def _is(python: Python, version: str) -> bool:
    return f"{python.version}.".startswith(f"{version}.")


def _asked(executable: Path | None) -> Python | None:
    """The base Python behind a shim, a link or an environment."""
    if executable is None:
        return None
    version, _, base = output_of([str(executable), "-c", _ASKED], outside_copier()).partition("\n")
    if not version:
        return None
    # Windows starts an environment's Python by a launcher that is no interpreter itself.
    return Python(Path(base) if base and os.access(base, os.X_OK) else executable, version)
