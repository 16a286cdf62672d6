"""State that the first hook of an update passes to the last one: `update.json` in the overlay's folder in the git folder.

`before` and `written` are the answers file before and after the first hook. `ask/updating.py` restores the former if the
update is aborted before it rendered anything.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from ..base import json_file
from ..base.interrupted_update import RECORD
from ..base.state import State


@dataclass(frozen=True)
class Record:
    answers: dict[str, Any] = field(default_factory=dict)  # before the update
    facts: dict[str, list[Any]] = field(default_factory=dict)  # name: [before, now]
    kept: list[str] = field(default_factory=list)  # the user's files that this version of the template has too
    line_endings: list[str] = field(default_factory=list)  # our files that the user keeps with CRLF
    before: str = ""
    written: str = ""


def save(state: State, record: Record) -> None:
    """Raises Failure if the git folder cannot be written."""
    json_file.write(state.folder / RECORD, asdict(record))


def load(state: State) -> Record:
    """The record; an empty one if there is none or it cannot be read."""
    try:
        return Record(**json.loads((state.folder / RECORD).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError, RecursionError):
        return Record()


def remove(state: State) -> None:
    (state.folder / RECORD).unlink(missing_ok=True)


def with_line_endings(record: Record, paths: list[str]) -> Record:
    return replace(record, line_endings=paths)
