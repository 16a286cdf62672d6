"""One edit of the dependency files by their manager: as it should be, or the files as they were."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from ..base.atomic_file import write_atomically
from ..base.backup import restored_on_failure
from ..base.state import State
from .manifests import text_file


def edited(
    root: Path, paths: Sequence[str], state: State, edit: Callable[[], None], check: Callable[[], None]
) -> list[str]:
    """Those of the paths, relative to the root, that `edit` changed; their newlines stay.

    `check` looks at the result and raises Failure where it is not as it should be.
    """
    before = {path: _content(root / path) for path in paths}
    with restored_on_failure(state, paths):
        edit()
        for path, content in before.items():
            _keep_newlines(root / path, content)
        check()
    return [path for path, content in before.items() if _content(root / path) != content]


def _content(path: Path) -> bytes | None:
    return path.read_bytes() if path.is_file() else None


def _keep_newlines(path: Path, before: bytes | None) -> None:
    """Tools write the newlines of the machine; the file keeps its own."""
    if before is None or not path.is_file():
        return
    file = text_file.decode(before, path.name)
    now = text_file.read(path, path.name)
    if file.newline != now.newline:
        write_atomically(path, now.encoded(text_file.with_newlines(now.text, file.newline)))
