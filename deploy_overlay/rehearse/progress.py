"""Shows progress: at a terminal in one line that counts the seconds, elsewhere in one line for each step."""

from __future__ import annotations

import os
import threading
import time
from dataclasses import dataclass, field
from typing import TextIO

from .report import shows

USUAL_WIDTH = 80
TICK = 1.0  # seconds


@dataclass
class Progress:
    """Writes to `stream`. `overwriting` is for terminals on which nothing else is printed meanwhile."""

    stream: TextIO
    overwriting: bool
    quiet: bool = False
    shown: int = 0
    over: threading.Event = field(default_factory=threading.Event)
    counting: threading.Thread | None = None

    def say(self, text: str) -> None:
        line = f"  {text} {'…' if shows(self.stream.encoding, '…') else '...'}"
        if self.quiet:
            return
        if not self.overwriting:
            print(line, file=self.stream, flush=True)
            return
        self._stop()
        self.over = threading.Event()
        self.counting = threading.Thread(target=self._count, args=(line, self.over), daemon=True)
        self.counting.start()

    def clear(self) -> None:
        """Leave an empty line to whatever is printed next."""
        self._stop()
        if self.shown:
            self._over("")

    def _stop(self) -> None:
        if self.counting:
            self.over.set()
            self.counting.join()
            self.counting = None

    def _count(self, line: str, over: threading.Event) -> None:
        since = time.monotonic()
        self._over(line)
        while not over.wait(TICK):
            self._over(f"{line} {time.monotonic() - since:.0f} s")

    def _over(self, line: str) -> None:
        # A full line would make the terminal begin the next one.
        line = line[: self._width() - 1]
        end = "" if line else "\r"
        self.stream.write(f"\r{line.ljust(self.shown)}{end}")
        self.stream.flush()
        self.shown = len(line)

    def _width(self) -> int:
        try:
            return os.get_terminal_size(self.stream.fileno()).columns or USUAL_WIDTH
        except (OSError, ValueError):
            return USUAL_WIDTH
