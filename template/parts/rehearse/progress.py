"""Says what is being done: at a terminal on one line that is overwritten, elsewhere on a line for each step."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TextIO

from .report import shows

USUAL_WIDTH = 80


@dataclass
class Progress:
    """Writes to `stream`. `overwriting` is for terminals on which nothing else is printed meanwhile."""

    stream: TextIO
    overwriting: bool
    shown: int = 0

    def say(self, text: str) -> None:
        line = f"  {text} {'…' if shows(self.stream.encoding, '…') else '...'}"
        if not self.overwriting:
            print(line, file=self.stream, flush=True)
            return
        line = line[: self._width() - 1]  # a full line would make the terminal begin the next one
        self._over(line)
        self.shown = len(line)

    def clear(self) -> None:
        """Leave an empty line to whatever is printed next."""
        if self.shown:
            self._over("")
            self.shown = 0

    def _over(self, line: str) -> None:
        end = "" if line else "\r"
        self.stream.write(f"\r{line.ljust(self.shown)}{end}")
        self.stream.flush()

    def _width(self) -> int:
        try:
            return os.get_terminal_size(self.stream.fileno()).columns or USUAL_WIDTH
        except (OSError, ValueError):
            return USUAL_WIDTH
