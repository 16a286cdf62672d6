"""What the programs of the rehearsal print is kept, but never more than fits; what was begun runs meanwhile."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from deploy_overlay.rehearse.scratch import new_folder
from deploy_overlay.rehearse.stage import MOST_OUTPUT, Stage


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage(tmp_path, tmp_path, tmp_path, "deploy", tmp_path / "rehearsal.log", Path(sys.executable))


def test_of_endless_output_the_end_is_kept(stage: Stage) -> None:
    result = stage.run([sys.executable, "-c", f"print('x' * {2 * MOST_OUTPUT}); print('the end')"], os.environ)

    assert result.output.splitlines()[-1] == "the end"
    assert "bytes are left out" in result.output
    assert stage.log.stat().st_size < 1.1 * MOST_OUTPUT


def test_what_was_begun_runs_meanwhile_and_keeps_its_own_answer(stage: Stage) -> None:
    begun = stage.start_action(os.environ, "installed", "json", "no_such_module")

    assert stage.inside(os.environ, "installed", "sys").data == {"sys": True}
    begun.process.wait(timeout=60)
    assert begun.result().data == {"json": True, "no_such_module": False}


@pytest.mark.skipif(sys.platform == "win32", reason="process groups are of POSIX")
def test_what_nobody_waits_for_is_ended_with_the_rehearsal(tmp_path: Path) -> None:
    with new_folder(tmp_path) as scratch:
        log = tmp_path / "rehearsal.log"
        stage = Stage(tmp_path, tmp_path, scratch, "deploy", log, Path(sys.executable))
        endless = stage.start_action(os.environ, "serve", "0", "wsgiref.simple_server:demo_app")
        assert endless.process.poll() is None

    assert endless.process.returncode == -9
    assert not scratch.exists()
