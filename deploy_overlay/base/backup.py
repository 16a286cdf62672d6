"""Copies files before a tool changes them, and restores them if the tool fails or is interrupted.

The copies lie under the git folder, so that the next run can undo one that was killed.
"""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from .atomic_file import copy_atomically, write_atomically
from .log import say
from .sealed import delete
from .state import State

BEFORE = "before"
_ABSENT = ".absent"  # marks a file that was not there


@contextmanager
def restored_on_failure(state: State, paths: Sequence[str]) -> Iterator[None]:
    """Restore the files (relative to the git root) if the block raises, also on Ctrl-C."""
    store = state.folder / BEFORE
    delete(store)
    for path in paths:
        copy = store / path
        copy.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if (state.root / path).is_file():
            copy_atomically(state.root / path, copy)
        else:
            copy.with_name(copy.name + _ABSENT).touch()
    state.begin(paths)
    try:
        with _ending_politely():
            yield
    except BaseException:
        with _undisturbed():
            _put_back(state, store, paths)
            state.finish(())
        raise
    state.finish(paths)
    delete(store)


def restore_after_crash(state: State, kept: str) -> list[str]:
    """Restore files that an interrupted run left half-changed; returns the paths.

    The half-changed files go to the folder `kept` beside the state, so that nothing is lost.
    """
    store = state.folder / BEFORE
    changed = []
    for path in state.unfinished():
        before, now = store / path, state.root / path
        absent = before.with_name(before.name + _ABSENT).is_file()
        if not absent and not before.is_file():
            continue
        if (absent and now.is_file()) or (not absent and _bytes(now) != before.read_bytes()):
            if now.is_file():
                copy = state.folder / kept / path
                copy.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                copy_atomically(now, copy)
            changed.append(path)
    _put_back(state, store, changed)
    state.finish(())
    delete(store)
    return changed


def put_aside(state: State, paths: Sequence[str]) -> None:
    """Move files that an interrupted run began to create out of the way, in case somebody edited them since; says so."""
    kept = state.folder / time.strftime("cut-off-%Y%m%dT%H%M%S", time.gmtime())
    for path in paths:
        if (state.root / path).stat().st_size:
            (kept / path).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            copy_atomically(state.root / path, kept / path)
        (state.root / path).unlink()
    if kept.is_dir():
        say(
            f"an earlier run was interrupted; the files that it had begun are written again, and copies are in {kept.as_posix()}/"
        )


def _bytes(path: Path) -> bytes | None:
    return path.read_bytes() if path.is_file() else None


def _put_back(state: State, store: Path, paths: Sequence[str]) -> None:
    for path in paths:
        copy, target = store / path, state.root / path
        if copy.is_file():
            if _bytes(target) != copy.read_bytes():
                copy_atomically(copy, target)
        elif copy.with_name(copy.name + _ABSENT).is_file():
            target.unlink(missing_ok=True)


@contextmanager
def as_before(path: Path) -> Iterator[None]:
    """Restore one small file after the block, for what a tool leaves behind unasked."""
    content = _bytes(path)
    try:
        yield
    finally:
        if content is None:
            path.unlink(missing_ok=True)
        elif _bytes(path) != content:
            write_atomically(path, content)


@contextmanager
def _ending_politely() -> Iterator[None]:
    """Let SIGTERM raise SystemExit, as Ctrl-C raises KeyboardInterrupt, so that the files are restored."""

    def end(number: int, _frame: object) -> None:
        raise SystemExit(128 + number)

    with _signals(end):
        yield


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Ignore a second Ctrl-C while files are restored."""
    with _signals(signal.SIG_IGN, also=(signal.SIGINT,)):
        yield


@contextmanager
def _signals(handler: object, also: tuple[signal.Signals, ...] = ()) -> Iterator[None]:
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    numbers = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP", "SIGBREAK") if hasattr(signal, name)]
    before = {number: signal.signal(number, handler) for number in (*numbers, *also)}  # type: ignore[arg-type]
    try:
        yield
    finally:
        for number, old in before.items():
            signal.signal(number, old)
