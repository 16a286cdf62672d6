"""The log of a run, under the git folder, where it cannot be committed."""

from __future__ import annotations

import contextlib
import os
import sys
import time
from pathlib import Path
from typing import NamedTuple

from .message import state_not_writable
from .scrub import scrubbed

KEPT = 20  # the newest logs of all runs


class Log(NamedTuple):
    """A text file that only its owner reads; every line is scrubbed of secrets."""

    path: Path

    def write(self, text: str) -> None:
        """On a full disk the log ends, and not the run: what the run has to remember is written elsewhere."""
        with (
            contextlib.suppress(OSError),
            self.path.open("a", encoding="utf-8", errors="replace", newline="\n") as file,
        ):
            file.write(scrubbed(text).replace("\0", "\n").rstrip("\n") + "\n")


def say(text: str) -> None:
    """A progress line, on standard error: standard output is the summary's."""
    print(f"deploy-overlay: {scrubbed(text)}", file=sys.stderr, flush=True)


def start(folder: Path, name: str) -> Log:
    """Create a log, and its folder if needed, and delete all but the newest twenty. Raises Failure if that is impossible."""
    stamp = time.strftime("%Y%m%dT%H%M%S", time.gmtime())
    path = folder / f"{stamp}-{os.getpid()}-{name}.log"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o600))
    except OSError as error:
        raise state_not_writable(path, error.strerror) from None
    for old in sorted(folder.glob("*.log"))[:-KEPT]:
        with contextlib.suppress(OSError):  # on Windows another run may have it open
            old.unlink()
    return Log(path)
