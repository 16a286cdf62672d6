"""Runs a program at the terminal which tidies up by itself when somebody presses Ctrl-C."""

from __future__ import annotations

import contextlib
import signal
import subprocess
import threading
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path


def status_of(command: Sequence[str], folder: Path, environ: Mapping[str, str]) -> int:
    """Run a program to its end with this terminal; its exit status, 128 and the signal's number where a signal ended it.

    Ctrl-C reaches the program as it reaches this process. `subprocess.run` would kill the program 0.25 seconds later,
    in the middle of its tidying: https://docs.python.org/3/library/subprocess.html#subprocess.Popen.wait

    Raises:
        OSError: the program cannot be started.
    """
    with _left_to_the_program():
        code = subprocess.Popen(command, cwd=folder, env=dict(environ)).wait()
    return 128 - code if code < 0 else code


@contextlib.contextmanager
def _left_to_the_program() -> Iterator[None]:
    """Within this block Ctrl-C does nothing here. An ignored signal would be inherited, a handler is not."""
    before = signal.getsignal(signal.SIGINT)
    if before in (signal.SIG_IGN, None) or threading.current_thread() is not threading.main_thread():
        yield
        return
    signal.signal(signal.SIGINT, lambda number, frame: None)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
