"""The lock as Windows takes it, against a stand-in for its `msvcrt`: no Windows is here, and this does not stand for one.

https://learn.microsoft.com/cpp/c-runtime-library/reference/locking: bytes from the file's position, for one open file alone,
given back when it is closed. Linux has such locks too, those of an open file description.
"""

from __future__ import annotations

import os
import struct
import sys
from pathlib import Path
from types import ModuleType

import pytest

from deploy_overlay.base.message import Failure
from deploy_overlay.base.run_lock import HOOK, RUN, exclusive_run, hold_run_lock

fcntl = pytest.importorskip("fcntl")
OPEN_FILE = getattr(fcntl, "F_OFD_SETLK", None)
pytestmark = pytest.mark.skipif(OPEN_FILE is None, reason="the stand-in needs Linux's locks of an open file")


@pytest.fixture
def places(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Where each lock was asked for, in a process that takes its system for Windows."""
    asked: list[int] = []

    def locking(descriptor: int, mode: int, count: int) -> None:
        assert mode == 2, "what waits would wait for a run that a person has left open"
        asked.append(os.lseek(descriptor, 0, os.SEEK_CUR))
        wanted = struct.pack("hhqqi4x", fcntl.F_WRLCK, os.SEEK_SET, asked[-1], count, 0)
        try:
            fcntl.fcntl(descriptor, OPEN_FILE, wanted)
        except OSError:
            raise PermissionError(13, "Permission denied") from None

    stand_in = ModuleType("msvcrt")
    stand_in.locking, stand_in.LK_NBLCK = locking, 2  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "msvcrt", stand_in)
    monkeypatch.setattr(sys, "platform", "win32")
    return asked


def test_who_comes_second_is_kept_out_until_the_first_is_done(places: list[int], tmp_path: Path) -> None:
    with exclusive_run(tmp_path), pytest.raises(Failure, match="Another run"), exclusive_run(tmp_path):
        pass
    with exclusive_run(tmp_path):
        assert {path.name for path in tmp_path.iterdir()} == {RUN, HOOK}


def test_the_process_id_can_be_read_while_the_lock_is_held(places: list[int], tmp_path: Path) -> None:
    """Windows lets nobody read what is locked."""
    number = hold_run_lock(tmp_path)

    assert hold_run_lock(tmp_path) == number == int((tmp_path / RUN).read_text())
    assert min(places) > len(str(number))
    with exclusive_run(tmp_path, number):
        pass
