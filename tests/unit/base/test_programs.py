"""Programs are found in order, run without standard input, and ended with all that they started."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from deploy_overlay.base.environment import outside_copier
from deploy_overlay.base.log import KEPT, Log, start
from deploy_overlay.base.message import Failure, command_line
from deploy_overlay.base.programs import Finished, find, run
from tests.support.processes import ended

posix = pytest.mark.skipif(os.name == "nt", reason="makes programs with a shell line")


def program(folder: Path, name: str) -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    return path


@posix
def test_the_users_own_program_first_then_uvx_then_pipx(tmp_path: Path) -> None:
    environ = {"PATH": str(tmp_path / "bin")}
    assert find("poetry", environ=environ) is None
    pipx = program(tmp_path / "bin", "pipx")
    found = find("poetry", "poetry<2", "3.13", environ)
    assert found is not None
    assert found.argv == (str(pipx), "run", "--python", "3.13", "--spec", "poetry<2", "poetry")
    uvx = program(tmp_path / "bin", "uvx")
    found = find("pip-compile", "pip-tools", "", environ)
    assert found is not None
    assert found.argv == (str(uvx), "--from", "pip-tools", "pip-compile")
    own = program(tmp_path / "bin", "poetry")
    found = find("poetry", "poetry<2", "3.13", environ)
    assert found is not None
    assert (found.argv, found.own) == ((str(own),), True)


def test_standard_input_is_closed_and_output_is_logged(tmp_path: Path, log: Log) -> None:
    code = "import sys; print(repr(sys.stdin.read()), 'API_KEY=abc'); sys.exit(3)"
    finished = run([sys.executable, "-c", code], cwd=tmp_path, log=log, timeout=30)
    assert (finished.status, finished.output.strip()) == (3, "'' API_KEY=abc")
    written = log.path.read_text()
    assert "API_KEY=***" in written
    assert "exit status 3" in written
    assert "abc" not in written.splitlines()[1]


def test_text_for_standard_input_is_not_logged(tmp_path: Path, log: Log) -> None:
    code = "import sys; print(len(sys.stdin.read()))"
    finished = run([sys.executable, "-c", code], cwd=tmp_path, log=log, timeout=30, stdin="hush-hush")
    assert finished.output.strip() == "9"
    assert "hush-hush" not in log.path.read_text()


def test_a_program_that_is_missing_is_a_failure(tmp_path: Path, log: Log) -> None:
    with pytest.raises(Failure, match="no-such-program cannot be started"):
        run(["no-such-program"], cwd=tmp_path, log=log, timeout=30)


@posix
def test_after_a_timeout_nothing_goes_on(tmp_path: Path, log: Log) -> None:
    with pytest.raises(Failure, match="took longer than"):
        run(["sh", "-c", "sleep 600 & echo $! > at-work; wait"], cwd=tmp_path, log=log, timeout=0.5)

    assert ended(int((tmp_path / "at-work").read_text(encoding="utf-8")))


def test_command_lines_can_be_pasted() -> None:
    assert command_line(["uv", "add", "gunicorn>=23.0", "a"]) == 'uv add "gunicorn>=23.0" a'
    assert command_line(["upsun", "api:curl", '{"plan": "flex"}']) == """upsun api:curl '{"plan": "flex"}'"""


def test_copiers_own_environment_goes_last_on_path(tmp_path: Path) -> None:
    scripts = str(tmp_path / ("Scripts" if os.name == "nt" else "bin"))
    environ = {
        "PATH": os.pathsep.join([scripts, "/usr/bin"]),
        "PYTHONPATH": "x",
        "STAGE": "task",
        "COPIER_OPERATION": "copy",
    }
    assert outside_copier(environ, str(tmp_path)) == {"PATH": os.pathsep.join(["/usr/bin", scripts])}
    activated = {**environ, "VIRTUAL_ENV": str(tmp_path)}
    assert outside_copier(activated, str(tmp_path))["PATH"] == environ["PATH"]


def test_a_stage_of_the_users_own_stays() -> None:
    assert outside_copier({"STAGE": "production", "PATH": ""}, "/x") == {"STAGE": "production", "PATH": ""}


def test_the_newest_logs_are_kept_and_private(tmp_path: Path) -> None:
    for index in range(KEPT + 5):
        (tmp_path / f"2020010100{index:02d}-1-after-copy.log").touch()
    log = start(tmp_path, "after-copy")
    assert log.path.is_file()
    assert len(list(tmp_path.glob("*.log"))) == KEPT
    if os.name != "nt":
        assert log.path.stat().st_mode & 0o777 == 0o600


def test_a_reason_has_the_error_that_its_last_lines_explain() -> None:
    causes = [f"cause: number {number}" for number in range(9)]
    long = Finished(("uv",), 1, "\n".join(["Resolving", "error: Request failed", *causes]))
    assert long.reason.splitlines() == ["error: Request failed", *causes[-6:]]

    short = Finished(("uv",), 1, "\n".join(["error: an old one", *causes, "ERROR: Request failed", "hint: later"]))
    assert short.reason.splitlines() == [*causes[-4:], "ERROR: Request failed", "hint: later"]
    assert Finished(("uv",), 1, "").reason == ""


@posix
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_program_ends_too_where_the_signal_comes_while_it_is_started(
    number: signal.Signals, tmp_path: Path, log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on a busy machine, where it runs before the call that starts it returns."""
    begun: list[subprocess.Popen[str]] = []

    class Busy(subprocess.Popen):  # type: ignore[type-arg]
        def __init__(self, *arguments: Any, **options: Any) -> None:
            super().__init__(*arguments, **options)
            begun.append(self)
            os.kill(os.getpid(), number)

    def interrupted(number: int, frame: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(number, interrupted)
    monkeypatch.setattr(subprocess, "Popen", Busy)
    try:
        with pytest.raises(KeyboardInterrupt):
            run(["sleep", "600"], cwd=tmp_path, log=log, timeout=30)
        assert signal.getsignal(number) is interrupted
    finally:
        signal.signal(number, before)

    assert begun[0].poll() is not None
