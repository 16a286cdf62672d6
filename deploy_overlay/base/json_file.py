"""A JSON document in the overlay's folder under the git folder: read however damaged, written whole or not at all."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .atomic_file import write_atomically
from .message import Failure


def read(path: Path) -> dict[str, Any]:
    """The object in the file; empty where there is none, or none that can be read."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def write(path: Path, content: Mapping[str, Any]) -> None:
    """Makes the folder, readable by this user alone, where it is missing. Raises Failure when it cannot be written."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise Failure(
            f"{path} cannot be written ({error.strerror}): make the folder writable.",
            anchor="state-not-writable",
        ) from None
    write_atomically(path, (json.dumps(content, indent=2, default=str) + "\n").encode())
