"""Reads the project's Python without running it: settings modules, and the scripts that name them.

`read(module, environ)` is the way in. What it gives are values as far as they can be told: Python's own, the kinds
exported here, and anything else for what only running the code would tell.
"""

from __future__ import annotations

from .classes import configuration_classes, read_configuration
from .entry_points import EntryPoint, read_entry_point
from .frame import Run, Work
from .reader import read
from .values import GAP, ClassValue, DatabaseUrl, Module, RepoPath, known, parts, truth

__all__ = [
    "GAP",
    "ClassValue",
    "DatabaseUrl",
    "EntryPoint",
    "Module",
    "RepoPath",
    "Run",
    "Work",
    "configuration_classes",
    "known",
    "parts",
    "read",
    "read_configuration",
    "read_entry_point",
    "truth",
]
