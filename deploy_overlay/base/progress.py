"""Shows progress: on a terminal in a line that counts the seconds and then disappears, elsewhere in plain lines.

It uses ASCII and no control sequence except carriage return, so that every console can show it, and prints nothing with
--quiet. TERM=dumb also gets plain lines, for screen readers.
"""

from __future__ import annotations

import contextlib
import os
import sys
import threading
import time
from collections.abc import Iterator, Sequence

from .log import say

QUIET = "DEPLOY_OVERLAY_QUIET"
TICK = 1.0  # seconds
USUAL_WIDTH = 80


def set_quiet(arguments: Sequence[str]) -> None:
    """Apply Copier's `--quiet` to this process and its children."""
    if "--quiet" in arguments:
        os.environ[QUIET] = "1"


def quiet() -> bool:
    return os.environ.get(QUIET, "") not in ("", "0")


def tell(text: str) -> None:
    """Print a line of progress, unless quiet."""
    if not quiet():
        say(text)


@contextlib.contextmanager
def show_progress(text: str) -> Iterator[None]:
    """Show progress while the block runs. The block must not print or ask anything."""
    text = text.removesuffix(" ...")
    if quiet() or not _can_overwrite():
        tell(f"{text} ...")
        yield
        return
    over = threading.Event()
    counting = threading.Thread(target=_count, args=(text, over), daemon=True)
    counting.start()
    try:
        yield
    finally:
        over.set()
        counting.join()


def _can_overwrite() -> bool:
    return sys.stderr.isatty() and os.environ.get("TERM") != "dumb"


def _count(text: str, over: threading.Event) -> None:
    """Write the line each second until it is `over`, then clear it."""
    since, shown = time.monotonic(), 0
    while True:
        passed = f" ... {time.monotonic() - since:.0f} s"
        room = _width() - 1 - len(passed)  # a full line would make the terminal begin the next one
        line = f"{f'deploy-overlay: {text}'[: max(room, 0)]}{passed}"[: _width() - 1]
        _write(line.ljust(shown))
        shown = len(line)
        if over.wait(TICK):
            _write(" " * shown + "\r")
            return


def _write(text: str) -> None:
    with contextlib.suppress(OSError, ValueError):  # the terminal may be gone
        sys.stderr.write(f"\r{text}")
        sys.stderr.flush()


def _width() -> int:
    try:
        return os.get_terminal_size(sys.stderr.fileno()).columns or USUAL_WIDTH
    except (OSError, ValueError):
        return USUAL_WIDTH
