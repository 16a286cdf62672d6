"""Cases of the loop over faults that ended well, kept in the cache folder: runs of single scenes add up to the whole."""

from __future__ import annotations

import json
import threading
from pathlib import Path

from tests.support.cache import cache_folder
from tests.support.fingerprint import fingerprint

# What a case's end depends on; with other sources everything is open again.
_SOURCES = ("deploy_overlay", "tests/platforms/faults.py", "tests/platforms/*_scene.py", "tests/platforms/simulated",
            "tests/support/hook.py", "tests/tools/tools.toml")  # fmt: skip


class Settled:
    """The cases by scene, of this state of the repository; `fresh` forgets them."""

    def __init__(self, folder: Path | None = None, *, fresh: bool = False) -> None:
        place = folder or cache_folder() / "reliability"
        place.mkdir(parents=True, exist_ok=True)
        self._file = place / f"{fingerprint(_SOURCES)}.json"
        self._lock = threading.Lock()
        if fresh:
            self._file.unlink(missing_ok=True)

    def of(self, scene: str) -> set[str]:
        return set(self._read().get(scene, []))

    def note(self, scene: str, case: str) -> None:
        with self._lock:
            kept = self._read()
            kept[scene] = sorted({*kept.get(scene, []), case})
            fresh = self._file.with_suffix(".new")
            fresh.write_text(json.dumps(kept, indent=1), encoding="utf-8")
            fresh.replace(self._file)

    def _read(self) -> dict[str, list[str]]:
        if not self._file.is_file():
            return {}
        kept: dict[str, list[str]] = json.loads(self._file.read_text(encoding="utf-8"))
        return kept
