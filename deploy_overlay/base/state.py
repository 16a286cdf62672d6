"""Records the overlay's own changes, so that a repeated or interrupted run is not mistaken for the user's edits.

`state.json` in the overlay's folder under the git folder:
    {"files": {path: sha256 hex}, "unfinished": [path], "rendering": [path]}    paths POSIX, relative to the git root
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from . import json_file as document


class State(NamedTuple):
    folder: Path  # `git rev-parse --git-path deploy-overlay`
    root: Path  # the git root

    @property
    def path(self) -> Path:
        return self.folder / "state.json"

    def unfinished(self) -> list[str]:
        """Files that an interrupted run was changing."""
        return self._read()[1]

    def begin(self, paths: Iterable[str]) -> None:
        """Record that a tool will change these files: they may be dirty if this run is interrupted."""
        self._write(self._read()[0], sorted(paths))

    def rendering(self) -> list[str]:
        """Files that an interrupted run was about to create, which may be incomplete."""
        found = document.read(self.path).get("rendering")
        return [str(path) for path in found] if isinstance(found, list) else []

    def render(self, paths: Iterable[str]) -> None:
        """Record that Copier will create these files."""
        files, unfinished = self._read()
        self._write(files, unfinished, sorted(paths))

    def finish(self, paths: Iterable[str]) -> None:
        """Record that these files are as the overlay left them, and that nothing is in progress."""
        files = dict(self._read()[0])
        for path in paths:
            file = self.root / path
            if file.is_file():
                files[path] = hashlib.sha256(file.read_bytes()).hexdigest()
            else:
                files.pop(path, None)
        self._write(dict(sorted(files.items())), [])

    def _read(self) -> tuple[dict[str, str], list[str]]:
        """`files` and `unfinished`; a damaged file counts as empty, so that no dirty file is excused."""
        found = document.read(self.path)
        files, unfinished = found.get("files"), found.get("unfinished")
        return (
            {str(path): str(digest) for path, digest in files.items()} if isinstance(files, dict) else {},
            [str(path) for path in unfinished] if isinstance(unfinished, list) else [],
        )

    def _write(self, files: dict[str, str], unfinished: list[str], rendering: Sequence[str] = ()) -> None:
        begun = {"rendering": list(rendering)} if rendering else {}
        document.write(self.path, {"files": files, "unfinished": unfinished, **begun})
