"""What an update changed in the work tree, which was clean before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ..base import git

_UNMERGED = ("DD", "AU", "UD", "UA", "DU", "AA", "UU")


@dataclass(frozen=True)
class Changes:
    """POSIX paths relative to the git root, each in one of these."""

    new: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()
    conflicts: tuple[str, ...] = ()  # marked in the file, or beside it as FILE.rej

    def __bool__(self) -> bool:
        return bool(self.new or self.changed or self.gone or self.conflicts)


def changes(root: Path) -> Changes:
    listed = git.output(root, "status", "--porcelain=v1", "-z", "--no-renames", "--untracked-files=all") or b""
    entries = [entry for entry in listed.decode("utf-8", "surrogateescape").split("\0") if len(entry) > 3]
    found = {entry[3:]: entry[:2] for entry in entries}
    conflicts = sorted(path for path, code in found.items() if code in _UNMERGED or path.endswith(".rej"))
    same = _only_line_endings_differ(root, found) if any("M" in code for code in found.values()) else set()
    rest = sorted(path for path in found if path not in conflicts and path not in same)
    return Changes(
        new=tuple(path for path in rest if "?" in found[path] or "A" in found[path]),
        changed=tuple(path for path in rest if "M" in found[path] or "T" in found[path]),
        gone=tuple(path for path in rest if "D" in found[path]),
        conflicts=tuple(conflicts),
    )


def _only_line_endings_differ(root: Path, found: Mapping[str, str]) -> set[str]:
    """Files that `git status` lists as modified only because git converts line endings (core.autocrlf)."""
    differing = git.output(root, "diff", "--name-only", "-z", "HEAD")
    if differing is None:
        return set()
    named = set(differing.decode("utf-8", "surrogateescape").split("\0"))
    return {path for path, code in found.items() if code == " M" and path not in named}
