"""Finds Node.js of production's major version on this machine."""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ..base.environment import outside_copier
from ..base.programs import output_of

# Where version managers keep theirs, `*` for a version; the newest of a major version comes last in each.
_KEPT = (
    (("NVM_DIR",), "~/.nvm", "versions/node/v*/bin"),
    (("FNM_DIR",), "~/.local/share/fnm", "node-versions/v*/installation/bin"),
    (("VOLTA_HOME",), "~/.volta", "tools/image/node/*/bin"),
    (("N_PREFIX",), "/usr/local", "n/versions/node/*/bin"),
    (("ASDF_DATA_DIR",), "~/.asdf", "installs/nodejs/*/bin"),
    (("MISE_DATA_DIR",), "~/.local/share/mise", "installs/node/*/bin"),
)


@dataclass(frozen=True)
class Node:
    """Node.js with its npm, in one folder."""

    folder: Path
    version: str  # in full, "24.1.0"

    @property
    def major(self) -> str:
        return self.version.partition(".")[0]

    @property
    def npm(self) -> str:
        return shutil.which("npm", path=str(self.folder)) or "npm"


def find(major: str) -> Node | None:
    """The Node.js of this major version ("24"), else the one on PATH; None if there is none."""
    environ = outside_copier()
    on_path = shutil.which("node", path=environ.get("PATH"))
    first = _asked(Path(on_path)) if on_path else None
    if first and first.major == major:
        return first
    for folder in _kept(major):
        program = folder / ("node.exe" if sys.platform == "win32" else "node")
        found = _asked(program) if program.is_file() else None
        if found and found.major == major:
            return found
    return first


def _kept(major: str) -> Iterator[Path]:
    for names, usual, pattern in _KEPT:
        places = [os.environ[name] for name in names if os.environ.get(name)]
        top = Path(places[0] if places else usual).expanduser()
        found = [path for path in top.glob(pattern) if re.search(rf"[/\\]v?{major}\.", str(path))]
        yield from sorted(found, key=lambda path: [int(part) for part in re.findall(r"\d+", str(path))], reverse=True)


def _asked(program: Path) -> Node | None:
    said = output_of([str(program), "--version"], outside_copier())
    return Node(program.parent, said.removeprefix("v")) if re.fullmatch(r"v\d+\.\d+\.\d+\S*", said) else None
