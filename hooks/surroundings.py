"""The environment variables that programs get: the user's own, without what belongs to Copier's process."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path

# Set for Copier's interpreter or by Copier itself (its STAGE is a name that projects use too).
_COPIERS = ("PYTHONHOME", "PYTHONPATH", "__PYVENV_LAUNCHER__", "COPIER_OPERATION", "STAGE")
_MIGRATION = "VERSION_"


def outside_copier(environ: Mapping[str, str] | None = None, prefix: str = "") -> dict[str, str]:
    """The variables without Copier's own environment.

    `uvx copier` puts the folder of its throw-away environment first on PATH, where a tool that looks for a Python
    would take it for the project's. An environment that the user activated (VIRTUAL_ENV) stays.
    """
    environ = os.environ if environ is None else environ
    prefix = prefix or sys.prefix
    kept = {name: value for name, value in environ.items() if name not in _COPIERS and not name.startswith(_MIGRATION)}
    if not _same(kept.get("VIRTUAL_ENV", ""), prefix):
        scripts = Path(prefix) / ("Scripts" if os.name == "nt" else "bin")
        folders = kept.get("PATH", "").split(os.pathsep)
        kept["PATH"] = os.pathsep.join(folder for folder in folders if not _same(folder, str(scripts)))
    return kept


def _same(one: str, other: str) -> bool:
    return bool(one) and os.path.normcase(os.path.abspath(one)) == os.path.normcase(os.path.abspath(other))
