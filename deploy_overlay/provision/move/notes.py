"""Notes of a move for its next run, beside the notes of sites: see `adapter/record.py`."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path

from ...adapter.record import Record
from ...base import json_file

MOVE = "move"  # prefix of the key of its notes
CLOSED = "old site closed"  # note: JSON, the processes that ran beside the web process then


def record_of_move(folder: Path, source: str, app: str, environment: str, account: str) -> Record:
    """`account` is that of the old platform."""
    return Record(folder, f"{MOVE} {source}/{app}", environment, account)


def processes_before(record: Record) -> dict[str, str]:
    """The processes that ran when the old site was closed, with number and size; none if it was not."""
    found: object = {}
    with contextlib.suppress(ValueError):
        found = json.loads(record.chosen(CLOSED) or "{}")
    return {str(name): str(dynos) for name, dynos in found.items()} if isinstance(found, dict) else {}


def closed_sites(folder: Path) -> list[tuple[str, str]]:
    """Platform and name of the old sites that moves of this clone closed and did not reopen."""
    found = []
    for key, notes in json_file.read(folder / "provisioned.json").items():
        chosen = notes.get("chosen") if isinstance(notes, dict) else None
        if key.startswith(f"{MOVE} ") and isinstance(chosen, dict) and chosen.get(CLOSED):
            source, _, app = key.split()[1].partition("/")
            found.append((source, app))
    return found
