"""Whether a process that a test did not start itself has ended."""

from __future__ import annotations

import os
import time
from pathlib import Path


def ended(pid: int, seconds: float = 20) -> bool:
    """Whether it ends within this time; one that nobody has waited for yet, as in a container without init, has ended too."""
    until = time.monotonic() + seconds
    while _runs(pid):
        if time.monotonic() > until:
            return False
        time.sleep(0.02)
    return True


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    except ProcessLookupError:
        return False
    except FileNotFoundError:  # gone in between, or no /proc on this system
        return True
