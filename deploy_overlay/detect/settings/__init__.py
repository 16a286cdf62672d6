"""Reads the project's Python without running it: settings modules, and the scripts that name them.

`read(module, environ)` is the entry point. It returns values as far as they can be known: Python's own, and the kinds
exported here. Anything else is known only by running the code.
"""

from __future__ import annotations

from .classes import configuration_classes, read_configuration
from .entry_points import EntryPoint, read_entry_point
from .frame import Run, Work
from .reader import read
from .values import GAP, ClassValue, DatabaseUrl, Instance, Module, RepoPath, instance_at, known, parts, truth

__all__ = [
    "GAP",
    "ClassValue",
    "DatabaseUrl",
    "EntryPoint",
    "Instance",
    "Module",
    "RepoPath",
    "Run",
    "Work",
    "configuration_classes",
    "instance_at",
    "known",
    "parts",
    "read",
    "read_configuration",
    "read_entry_point",
    "truth",
]
