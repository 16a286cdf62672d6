"""Renamed questions and files, so that answers and edits follow.

A line is added by the major version that renames (docs/stability.md) and stays as long as updates from older versions are
supported.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..base.answers import OWN
from ..base.template_files import PACKAGE

ANSWERS: Mapping[str, str] = {}  # new name of a question by its old one
FILES: Mapping[str, str] = {}  # new path in the template, without .jinja, by its old one


def rename_answers(values: Mapping[str, Any], names: Mapping[str, str] = ANSWERS) -> dict[str, Any]:
    """Answers with values of old names copied to new names; existing values are not replaced."""
    found = dict(values)
    for old, new in names.items():
        if old in found:
            found.setdefault(new, found[old])
    if isinstance(found.get(OWN), list):
        found[OWN] = [names.get(name, name) for name in found[OWN]]
    return found


def renamed_path(path: str, old_folder: str, new_folder: str, files: Mapping[str, str] = FILES) -> str:
    """The new path of a renamed file; empty if it was not renamed.

    Paths are POSIX and relative to the git root; the folders are those of the package, old and new.
    """
    for old, new in files.items():
        if path == old.replace(PACKAGE, old_folder):
            return new.replace(PACKAGE, new_folder)
    return ""
