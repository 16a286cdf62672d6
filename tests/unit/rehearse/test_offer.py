"""The rehearsal is offered at a terminal, where the project is installed, and its exit status is the hook's."""

import os
import shutil
import sys
from pathlib import Path

import pytest

from deploy_overlay.dependencies.interpreters import interpreter as interpreter_of_version
from tests.support.hook import ANSWERS, TEMPLATE, Repository, answers

if os.name == "nt":
    pytest.skip("links interpreters and uses a terminal of POSIX", allow_module_level=True)
import pexpect


def environment(folder: Path, django: bool = True) -> Path:
    """What a virtual environment looks like from outside."""
    packages = folder / "lib/python3.13/site-packages" / ("django" if django else "flask")
    packages.mkdir(parents=True)
    (packages / "__init__.py").touch()
    (folder / "bin").mkdir()
    (folder / "bin/python").symlink_to(sys.executable)
    return folder / "bin/python"


@pytest.mark.parametrize(("answer", "status"), [("y", 7), ("n", 0)])
@pytest.mark.parametrize("program", ["uvx", "pipx"])
def test_asked_at_a_terminal(repository: Repository, tmp_path: Path, program: str, answer: str, status: int) -> None:
    """The command of the version that was copied is started, by what this machine has for it."""
    repository.write("requirements.txt", "Django==5.2\n")
    repository.commit(**answers("pip", "requirements.txt", _src_path="gh:org/deploy-overlay", _commit="v9.8.7"))
    programs = tmp_path / "programs"
    programs.mkdir()
    for name in ("git", "sh"):
        (programs / name).symlink_to(str(shutil.which(name)))
    (programs / program).write_text('#!/bin/sh\nfor word in "$@"; do printf "[%s]" "$word"; done\nexit 7\n')
    (programs / program).chmod(0o755)
    command = [str(TEMPLATE / "hooks/after_copy.py"), ANSWERS, "--ask"]
    child = pexpect.spawn(
        sys.executable,
        command,
        cwd=str(repository.root),
        env={**os.environ, "PATH": str(programs)},
        timeout=60,
        dimensions=(40, 200),
        encoding="utf-8",
    )
    child.expect("configured for Fly.io, not yet rehearsed")
    child.expect("Rehearse now")
    child.send(answer)
    if answer == "y":
        first = {"uvx": r"\[--from\]", "pipx": r"\[run\]\[--spec\]"}[program]
        address = r"\[git\+https://github.com/org/deploy-overlay@v9.8.7\]"
        child.expect(rf"{first}{address}\[deploy-overlay\]\[rehearse\]")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == status


def test_nothing_is_asked_where_nothing_can_start_it(repository: Repository, tmp_path: Path) -> None:
    repository.write("requirements.txt", "Django==5.2\n")
    repository.commit(**answers("pip", "requirements.txt"))
    (tmp_path / "programs").mkdir()
    (tmp_path / "programs" / "git").symlink_to(str(shutil.which("git")))
    child = pexpect.spawn(
        sys.executable,
        [str(TEMPLATE / "hooks/after_copy.py"), ANSWERS, "--ask"],
        cwd=str(repository.root),
        env={**os.environ, "PATH": str(tmp_path / "programs")},
        timeout=60,
        dimensions=(40, 200),
        encoding="utf-8",
    )
    child.expect(pexpect.EOF)
    child.close()
    assert "uv tool install git+https://github.com/org/deploy-overlay" in child.before
    assert "Rehearse now" not in child.before
    assert child.exitstatus == 0


def test_an_interpreter_of_a_version(tmp_path: Path) -> None:
    version = f"3.{sys.version_info.minor}"
    own = environment(tmp_path / ".venv")
    assert interpreter_of_version(version, [tmp_path / ".venv"], {"PATH": ""}) == own
    assert interpreter_of_version("3.2", [tmp_path / ".venv"], {"PATH": "", "PYENV_ROOT": str(tmp_path)}) is None
    assert interpreter_of_version("", [], {}) is None


def test_a_pyenv_version_that_is_not_active(tmp_path: Path) -> None:
    shims = tmp_path / "shims"
    shims.mkdir()
    (shims / "python3.99").write_text("#!/bin/sh\necho 'not installed' >&2\nexit 127\n")
    (shims / "python3.99").chmod(0o755)
    python = tmp_path / "versions/3.99.1/bin/python"
    python.parent.mkdir(parents=True)
    python.write_text("#!/bin/sh\necho 3.99.1\n")
    python.chmod(0o755)
    environ = {"PATH": f"{shims}:/usr/bin:/bin", "PYENV_ROOT": str(tmp_path)}
    assert interpreter_of_version("3.99", [], environ) == python
