"""Files that a tool changes are put back when it fails, is interrupted or is cut off."""

import hashlib
import json
import os
import signal
from pathlib import Path
from typing import Any

import pytest

from deploy_overlay.base.backup import as_before, restore_after_crash, restored_on_failure
from deploy_overlay.base.state import State


@pytest.fixture
def state(tmp_path: Path) -> State:
    root = tmp_path / "project"
    root.mkdir()
    (root / "pyproject.toml").write_text("before")
    return State(tmp_path / "overlay", root)


FILES = ["pyproject.toml", "backend/uv.lock"]


def written(state: State) -> dict[str, Any]:
    """What the state file holds, as its module says."""
    found: dict[str, Any] = json.loads(state.path.read_text(encoding="utf-8"))
    return found


def change(state: State) -> None:
    (state.root / "pyproject.toml").write_text("half")
    (state.root / "backend").mkdir(exist_ok=True)
    (state.root / "backend/uv.lock").write_text("half")


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, SystemExit])
def test_files_are_as_before_after_any_error(state: State, error: type[BaseException]) -> None:
    with pytest.raises(error), restored_on_failure(state, FILES):
        change(state)
        assert sorted(state.unfinished()) == sorted(FILES)
        raise error
    assert (state.root / "pyproject.toml").read_text() == "before"
    assert not (state.root / "backend/uv.lock").exists()
    assert state.unfinished() == []


@pytest.mark.skipif(os.name == "nt", reason="Windows ends a process without telling it")
def test_files_are_as_before_when_asked_to_end(state: State) -> None:
    with pytest.raises(SystemExit), restored_on_failure(state, FILES):
        change(state)
        signal.raise_signal(signal.SIGTERM)
    assert (state.root / "pyproject.toml").read_text() == "before"
    assert signal.getsignal(signal.SIGTERM) == signal.SIG_DFL


def test_what_was_left_is_recorded(state: State) -> None:
    with restored_on_failure(state, FILES):
        change(state)
    digest = hashlib.sha256(b"half").hexdigest()
    assert written(state) == {"files": {"backend/uv.lock": digest, "pyproject.toml": digest}, "unfinished": []}
    assert not (state.folder / "before").exists()


def test_a_run_that_was_cut_off_is_undone_by_the_next(state: State) -> None:
    with pytest.raises(RuntimeError), restored_on_failure(state, FILES):
        change(state)
        saved = {path: path.read_bytes() for path in state.folder.rglob("*") if path.is_file()}
        raise RuntimeError
    change(state)
    for path, content in saved.items():  # as kill -9 leaves it
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    assert sorted(restore_after_crash(state, "kept")) == sorted(FILES)
    assert (state.root / "pyproject.toml").read_text() == "before"
    assert not (state.root / "backend/uv.lock").exists()
    assert (state.folder / "kept/pyproject.toml").read_text() == "half"
    assert restore_after_crash(state, "again") == []


def test_a_damaged_state_excuses_nothing(state: State) -> None:
    state.folder.mkdir()
    state.path.write_text('{"files": [], "unfinished": 3')
    assert state.unfinished() == []
    state.finish(["pyproject.toml"])
    assert list(written(state)["files"]) == ["pyproject.toml"]


def test_one_file_stays_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / ".pdm-python"
    with as_before(path):
        path.write_text("x")
    assert not path.exists()
    path.write_text("mine")
    with as_before(path):
        path.unlink()
    assert path.read_text() == "mine"
