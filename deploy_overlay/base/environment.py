"""The environment for other programs: the user's own, without what Copier and its environment added."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path

_INTERPRETERS = ("PYTHONHOME", "PYTHONPATH", "__PYVENV_LAUNCHER__")
# Projects may use these names too, so they are removed only if Copier has set them:
# https://copier.readthedocs.io/en/stable/configuring/#tasks
_COPIERS = ("COPIER_OPERATION", "STAGE", "VERSION_FROM", "VERSION_TO", "VERSION_PEP440_FROM", "VERSION_PEP440_TO")


def outside_copier(environ: Mapping[str, str] | None = None, prefix: str = "") -> dict[str, str]:
    """The variables without Copier's own environment.

    `uvx copier` puts the folder of its throw-away environment first on PATH, where a tool that looks for a Python
    would take it for the project's: it goes last. An environment that the user activated (VIRTUAL_ENV) stays.
    """
    environ = os.environ if environ is None else environ
    prefix = prefix or sys.prefix
    foreign = _INTERPRETERS + (_COPIERS if "COPIER_OPERATION" in environ else ())
    kept = {name: value for name, value in environ.items() if name not in foreign}
    if not _same_path(kept.get("VIRTUAL_ENV", ""), prefix):
        scripts = Path(prefix) / ("Scripts" if os.name == "nt" else "bin")
        folders = kept.get("PATH", "").split(os.pathsep)
        others = [folder for folder in folders if not _same_path(folder, str(scripts))]
        kept["PATH"] = os.pathsep.join([*others, str(scripts)] if len(others) < len(folders) else others)
    return kept


def _same_path(one: str, other: str) -> bool:
    return bool(one) and Path(one).absolute() == Path(other).absolute()
