"""Questions and files that a version calls something else: answers and edits go with them.

A line here belongs to the major version that renames (docs/stability.md), and stays for as long as older versions can be
updated from.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..base.answers import OWN
from ..base.overlay_files import PACKAGE

ANSWERS: Mapping[str, str] = {}  # the question's name of now, by the one before
FILES: Mapping[str, str] = {}  # the template's path of now, without .jinja, by the one before


def with_names_of_now(values: Mapping[str, Any], names: Mapping[str, str] = ANSWERS) -> dict[str, Any]:
    """Answers with what was stored under an earlier name under the one of now too; nothing that is there is replaced."""
    found = dict(values)
    for old, new in names.items():
        if old in found:
            found.setdefault(new, found[old])
    if isinstance(found.get(OWN), list):
        found[OWN] = [names.get(name, name) for name in found[OWN]]
    return found


def place_of_now(path: str, old_folder: str, new_folder: str, files: Mapping[str, str] = FILES) -> str:
    """Where the version of now has what another one had at `path`; empty where nothing was renamed.

    Paths are POSIX and relative to the git root, folders those of the package, before and now.
    """
    for old, new in files.items():
        if path == old.replace(PACKAGE, old_folder):
            return new.replace(PACKAGE, new_folder)
    return ""
