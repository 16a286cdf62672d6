"""The rehearsal is offered at a terminal, where the project is installed, and its exit status is the hook's."""

import os
import sys
from pathlib import Path

import pytest

from deploy_overlay.base.answers import Answers
from deploy_overlay.dependencies.interpreters import interpreter as interpreter_of_version
from deploy_overlay.rehearse.offer import interpreter
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


def test_the_active_environment_first_then_those_beside_the_manifest(tmp_path: Path) -> None:
    given = Answers(tmp_path, ANSWERS, answers("pip", django_root="backend/site", django_dependency_root="backend"))
    assert interpreter(given, "", {}) is None
    environment(tmp_path / ".venv", django=False)
    assert interpreter(given, "", {}) is None
    beside = environment(tmp_path / "backend/venv")
    assert interpreter(given, "", {}) == (str(beside),)
    active = environment(tmp_path / "active")
    assert interpreter(given, "", {"VIRTUAL_ENV": str(tmp_path / "active")}) == (str(active),)


@pytest.mark.parametrize(("answer", "status"), [("y", 7), ("n", 0)])
def test_asked_at_a_terminal(repository: Repository, answer: str, status: int) -> None:
    repository.write("requirements.txt", "Django==5.2\n")
    repository.write(".gitignore", ".venv/\n")
    repository.commit(**answers("pip", "requirements.txt"))
    repository.write("deploy/__init__.py", "")
    repository.write("deploy/rehearse.py", "import sys; print('rehearsing'); sys.exit(7)\n")
    environment(repository.root / ".venv")
    variables = {name: value for name, value in os.environ.items() if name != "VIRTUAL_ENV"}
    command = [str(TEMPLATE / "hooks/after_copy.py"), ANSWERS, "--ask"]
    child = pexpect.spawn(
        sys.executable,
        command,
        cwd=str(repository.root),
        env=variables,
        timeout=30,
        dimensions=(40, 200),
        encoding="utf-8",
    )
    child.expect("configured for Fly.io, not yet rehearsed")
    child.expect("Rehearse now")
    child.send(answer)
    if answer == "y":
        child.expect("rehearsing")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == status


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
