"""What the overlay left behind, so that a run that is repeated or was interrupted is told from the user's edits.

`state.json` in the overlay's folder under the git folder:
    {"files": {path: sha256 hex}, "unfinished": [path]}     paths POSIX, relative to the git root
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from .failure import Failure


@dataclass(frozen=True)
class State:
    folder: Path  # `git rev-parse --git-path deploy-overlay`
    root: Path  # the git root

    @property
    def path(self) -> Path:
        return self.folder / "state.json"

    def unfinished(self) -> list[str]:
        """Files that a run was changing when it was cut off."""
        return [path for path in self._read()["unfinished"] if isinstance(path, str)]

    def begin(self, paths: Iterable[str]) -> None:
        """Before a tool changes files: they may be dirty if this run is cut off."""
        self._write({**self._read(), "unfinished": sorted(paths)})

    def finish(self, paths: Iterable[str]) -> None:
        """The files as they are now are as the overlay left them, and nothing is under way."""
        files = dict(self._read()["files"])
        for path in paths:
            file = self.root / path
            if file.is_file():
                files[path] = hashlib.sha256(file.read_bytes()).hexdigest()
            else:
                files.pop(path, None)
        self._write({"files": dict(sorted(files.items())), "unfinished": []})

    def _read(self) -> dict[str, object]:
        empty: dict[str, object] = {"files": {}, "unfinished": []}
        try:
            found = json.loads(self.path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return empty
        if not isinstance(found, dict):
            return empty
        files, unfinished = found.get("files"), found.get("unfinished")
        return {
            "files": files if isinstance(files, dict) else {},
            "unfinished": unfinished if isinstance(unfinished, list) else [],
        }

    def _write(self, content: dict[str, object]) -> None:
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        new = self.path.with_suffix(".new")
        try:
            new.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8", newline="\n")
            os.replace(new, self.path)
        except OSError as error:
            raise Failure(f"{self.path} cannot be written ({error.strerror}): make the folder writable.") from None
