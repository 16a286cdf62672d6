"""One run at a time: a held lock keeps others out, also a hook that outlives its run; a dead holder's is free."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from deploy_overlay.base.message import Failure
from deploy_overlay.base.run_lock import exclusive_run, hold_run_lock, run_of
from tests.support.template import REPOSITORY

RUN = "from deploy_overlay.base.run_lock import hold_run_lock; hold_run_lock(folder)"
HOOK = "from deploy_overlay.base.run_lock import exclusive_run; block = exclusive_run(folder, {run}); block.__enter__()"


@contextmanager
def another(folder: Path, work: str) -> Iterator[subprocess.Popen[bytes]]:
    """Another process that has done this and waits."""
    code = (
        f"import sys; from pathlib import Path; folder = Path(sys.argv[1]); {work}; print('ready', flush=True); input()"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code, str(folder)], cwd=REPOSITORY, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert process.stdout is not None and process.stdin is not None
    try:
        assert process.stdout.readline().strip() == b"ready"
        yield process
    finally:
        process.kill()
        process.communicate()


def refused(folder: Path) -> bool:
    """Whether a hook that was started by hand is kept out."""
    try:
        with exclusive_run(folder):
            return False
    except Failure as failure:
        assert failure.anchor == "still-at-work"
        return True


@pytest.mark.parametrize("work", [RUN, HOOK.format(run=0)])
def test_who_comes_second_is_kept_out_until_the_first_is_dead(work: str, tmp_path: Path) -> None:
    with another(tmp_path, work) as first:
        assert refused(tmp_path)
        first.send_signal(signal.SIGTERM)
        first.wait()
        assert not refused(tmp_path)


def test_a_run_and_its_own_hooks_do_not_keep_each_other_out(tmp_path: Path) -> None:
    with another(tmp_path, RUN) as run:
        with exclusive_run(tmp_path, run.pid):  # the first hook
            assert refused(tmp_path)
        with exclusive_run(tmp_path, run.pid):  # and the next
            pass
        with pytest.raises(Failure), exclusive_run(tmp_path, run.pid + 1):  # of another run
            pass


def test_a_hook_that_outlives_its_run_keeps_the_next_run_out(tmp_path: Path) -> None:
    with another(tmp_path, RUN) as run, another(tmp_path, HOOK.format(run=run.pid)) as hook:
        run.kill()
        run.wait()
        with pytest.raises(Failure):
            hold_run_lock(tmp_path)
        hook.kill()
        hook.wait()
        assert not refused(tmp_path)


def test_a_process_takes_its_own_lock_again(tmp_path: Path) -> None:
    assert hold_run_lock(tmp_path) == hold_run_lock(tmp_path)
    with exclusive_run(tmp_path, hold_run_lock(tmp_path)):
        pass


@pytest.mark.parametrize(
    ("arguments", "number"), [(["a", "--run=41"], 41), (["a"], 0), (["--run=x"], 0), (["--run="], 0)]
)
def test_the_number_that_a_hook_is_told(arguments: list[str], number: int) -> None:
    assert run_of(arguments) == number


@pytest.mark.skipif(sys.platform == "win32", reason="a limit for the size of files is a thing of POSIX")
def test_a_full_disk_does_not_keep_the_lock_from_holding(tmp_path: Path) -> None:
    full = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))"
    with another(tmp_path, f"{full}; {RUN}"):
        assert refused(tmp_path)
