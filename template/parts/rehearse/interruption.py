"""Ctrl-C and its kin: heard once, never between making something and noting it, and then everything is tidied up."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field


@dataclass
class _Interruption:
    """What was heard so far, and what has to be undone before this program may end."""

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
    """Within this block SIGTERM and SIGHUP end the rehearsal as Ctrl-C does: once, and then it tidies up in peace."""
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
    """Within this block nothing is interrupted; what was heard is raised at its end."""
    _now.held += 1
    try:
        yield
    finally:
        _now.held -= 1
    _now.raise_once()


def undo_at_the_end(made: object, undo: Callable[[], object]) -> None:
    """Note, within `held`, what was just made and what ends it; `undone` takes it back."""
    _now.undo[made] = undo


def undone(made: object) -> None:
    """It is gone, and nothing needs to be done for it at the end."""
    _now.undo.pop(made, None)


def undo_back_to(made: object) -> None:
    """Undo, the newest first, what was made since, and this too; all there is where it is not noted."""
    while _now.undo:
        newest, undo = _now.undo.popitem()
        undo()
        if newest == made:
            return
