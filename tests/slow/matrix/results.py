"""What was seen of each cell, kept in the cache folder so that a run which was cut off goes on where it was."""

from __future__ import annotations

import json
import threading
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.support.cache import cache_folder
from tests.support.fingerprint import fingerprint

PASSED, REFUSED, FAILED = "passed", "refused", "failed"
# What a result depends on, beside the packages of the day.
_SOURCES = ("copier.yml", "questions", "deploy_overlay", "template", "tests/slow/matrix", "tests/support",
            "tests/projects", "tests/platforms/upsun_container.py")  # fmt: skip


@dataclass(frozen=True)
class Outcome:
    """`told` is the entry of docs/errors.md for a refusal, what went wrong for a failure, and versions otherwise."""

    state: str
    told: str
    seconds: float


class Results:
    """The outcomes by the cell's name, of this state of the repository."""

    def __init__(self, folder: Path | None = None, *, fresh: bool = False) -> None:
        place = folder or cache_folder() / "matrix"
        place.mkdir(parents=True, exist_ok=True)
        self._file = place / f"{fingerprint(_SOURCES)}.json"
        self._lock = threading.Lock()
        kept = json.loads(self._file.read_text(encoding="utf-8")) if self._file.is_file() and not fresh else {}
        self.seen = {name: Outcome(**outcome) for name, outcome in kept.items()}

    def settled(self, name: str) -> bool:
        """Whether a cell need not be tried again: it passed, or was refused as it has to be."""
        return name in self.seen and self.seen[name].state != FAILED

    def note(self, name: str, outcome: Outcome) -> None:
        with self._lock:
            self.seen[name] = outcome
            text = json.dumps({key: asdict(value) for key, value in self.seen.items()}, indent=1)
            fresh = self._file.with_suffix(".new")
            fresh.write_text(text, encoding="utf-8")
            fresh.replace(self._file)
