"""Files that git leaves out and an image built in this folder would have: those that no .dockerignore keeps out."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from . import git
from .image_context import Rule, excluding, parse_rules

_MOST_ENTRIES = 5_000  # that are looked at in folders which git ignores


def find_let_in(root: Path, dockerignore: str) -> list[str]:
    """POSIX paths from the git root, folders with a slash at their end, that git ignores and this .dockerignore lets in.

    `dockerignore` is a path from the git root. [] where git cannot tell or there is no such file.
    """
    try:
        lines = (root / dockerignore).read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return []
    told = git.output(root, "ls-files", "-z", "--others", "--ignored", "--exclude-standard", "--directory")
    paths = [path for path in (told or b"").decode("utf-8", "surrogateescape").split("\0") if path]
    rules = parse_rules(lines) if paths else []
    return sorted(path for path in paths if _enters(root, path, rules))


def _enters(root: Path, path: str, rules: Sequence[Rule]) -> bool:
    """Whether a file, or any file in a folder, is not kept out."""
    if not path.endswith("/"):
        return not excluding(rules, path)
    left = _MOST_ENTRIES
    for folder, folders, files in os.walk(root / path):
        here = Path(folder).relative_to(root).as_posix()
        folders[:] = [name for name in folders if not _whole(rules, f"{here}/{name}")]
        left -= len(files) + len(folders)
        if any(not excluding(rules, f"{here}/{name}") for name in files):
            return True
        if left < 0:
            return False
    return False


def _whole(rules: Sequence[Rule], folder: str) -> bool:
    """Whether nothing below a folder can enter."""
    return bool(excluding(rules, folder)) and all(rule.excludes for rule in rules)
