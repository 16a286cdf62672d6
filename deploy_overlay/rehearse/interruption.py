"""Handles Ctrl-C and signals: once, never between creating and recording something, and followed by a cleanup."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field


@dataclass
class _Interruption:
    """The signals so far, and what to clean up before the program ends."""

    held: int = 0  # blocks that must not be interrupted, one within the other
    heard: bool = False
    raised: bool = False
    undo: dict[object, Callable[[], object]] = field(default_factory=dict)

    def hear(self, number: int, frame: object) -> None:
        self.heard = True
        self.raise_once()

    def raise_once(self) -> None:
        """Python runs this between two steps of the main thread, wherever those are."""
        if self.heard and not self.held and not self.raised:
            self.raised = True
            raise KeyboardInterrupt


_now = _Interruption()


@contextlib.contextmanager
def interruptible() -> Iterator[None]:
    """Within this block, SIGTERM and SIGHUP act like Ctrl-C: the first one stops the rehearsal, which then cleans up."""
    names = ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")
    numbers = [number for name in names if (number := getattr(signal, name, None))]
    before = {number: signal.getsignal(number) for number in numbers}
    for number, handler in before.items():
        if handler != signal.SIG_IGN:
            signal.signal(number, _now.hear)
    try:
        yield
    finally:
        undo_back_to(None)
        for number, handler in before.items():
            signal.signal(number, handler)


@contextlib.contextmanager
def held() -> Iterator[None]:
    """Delay signals until the end of the block."""
    _now.held += 1
    try:
        yield
    finally:
        _now.held -= 1
    _now.raise_once()


def undo_at_the_end(made: object, undo: Callable[[], object]) -> None:
    """Record, within `held`, how to clean up what was just created; `undone` removes the record."""
    _now.undo[made] = undo


def undone(made: object) -> None:
    """Remove the record: it was cleaned up."""
    _now.undo.pop(made, None)


def undo_back_to(made: object) -> None:
    """Undo, newest first, everything created since this and this itself; undo everything if it is not recorded."""
    while _now.undo:
        newest, undo = _now.undo.popitem()
        undo()
        if newest == made:
            return
