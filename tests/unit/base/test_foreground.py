"""Ctrl-C at the terminal is the running program's business: it tidies up, and its exit status is passed on."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from deploy_overlay.base.programs import status_of

REPOSITORY = Path(__file__).resolve().parents[3]
TIDIES = """
import pathlib, signal, sys, time
assert signal.getsignal(signal.SIGINT) is signal.default_int_handler, "not inherited"
try:
    print("running", flush=True)
    time.sleep(30)
except KeyboardInterrupt:
    time.sleep(1)  # longer than the quarter of a second that subprocess.run leaves
    pathlib.Path("tidied").touch()
    sys.exit(130)
"""
PARENT = """
import os, pathlib, signal, sys
from deploy_overlay.base.programs import status_of
before = signal.getsignal(signal.SIGINT)
code = status_of([sys.executable, "-c", sys.argv[1]], pathlib.Path(sys.argv[2]), os.environ)
assert signal.getsignal(signal.SIGINT) is before
print("status", code, flush=True)
"""


def test_the_status_is_passed_on(tmp_path: Path) -> None:
    assert status_of([sys.executable, "-c", "import sys; sys.exit(7)"], tmp_path, os.environ) == 7
    with pytest.raises(FileNotFoundError):
        status_of([str(tmp_path / "python")], tmp_path, os.environ)


@pytest.mark.skipif(os.name == "nt", reason="sends signals of POSIX")
def test_ctrl_c_is_left_to_the_program(tmp_path: Path) -> None:
    command = [sys.executable, "-c", PARENT, TIDIES, str(tmp_path)]
    parent = subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE, text=True, start_new_session=True)
    assert parent.stdout
    assert parent.stdout.readline() == "running\n"
    os.killpg(parent.pid, signal.SIGINT)  # as a terminal does: to all processes in its foreground
    said, _ = parent.communicate(timeout=20)
    assert said == "status 130\n"
    assert (tmp_path / "tidied").exists()


@pytest.mark.skipif(os.name == "nt", reason="sends signals of POSIX")
def test_a_program_that_a_signal_ended(tmp_path: Path) -> None:
    ended = "import os, signal; os.kill(os.getpid(), signal.SIGTERM)"
    assert status_of([sys.executable, "-c", ended], tmp_path, os.environ) == 128 + signal.SIGTERM
