"""A JSON document in the overlay's folder under the git folder: reading tolerates damage, writing is atomic."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .atomic_file import write_atomically
from .message import state_not_writable


def read(path: Path) -> dict[str, Any]:
    """The object in the file; empty if there is none, or if it cannot be read."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def write(path: Path, content: Mapping[str, Any]) -> None:
    """Create the folder if it is missing, for this user alone, and write the file. Raises Failure if that is impossible."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise state_not_writable(path, error.strerror) from None
    write_atomically(path, (json.dumps(content, indent=2, default=str) + "\n").encode())
