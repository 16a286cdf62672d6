"""`--here` uses the environment that the project is developed with."""

import os
import sys
from pathlib import Path

import pytest

from deploy_overlay.base.answers import Answers
from deploy_overlay.base.message import Failure, with_help_link
from deploy_overlay.rehearse.here import environment_python
from tests.support.anchors import note, shows
from tests.support.hook import ANSWERS, answers

pytestmark = pytest.mark.skipif(os.name == "nt", reason="makes environments as they are on POSIX")


def environment(folder: Path, package: str = "django") -> Path:
    """What a virtual environment looks like from outside."""
    packages = folder / "lib/python3.13/site-packages" / package
    packages.mkdir(parents=True)
    (packages / "__init__.py").touch()
    (folder / "bin").mkdir()
    (folder / "bin/python").symlink_to(sys.executable)
    return folder / "bin/python"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Answers:
    """A project below the git root; the command itself runs in an environment without Django."""
    monkeypatch.delenv("VIRTUAL_ENV", raising=False)
    environment(tmp_path / "of-the-command", "yaml")
    monkeypatch.setattr(sys, "prefix", str(tmp_path / "of-the-command"))
    return Answers(tmp_path, ANSWERS, answers("pip", django_root="backend/site", django_dependency_root="backend"))


def test_the_active_one_first_then_those_beside_the_project(project: Answers, monkeypatch: pytest.MonkeyPatch) -> None:
    at_the_root = environment(project.root / "venv")
    assert environment_python(project) == at_the_root
    environment(project.root / "backend/site/.venv", "flask")
    assert environment_python(project) == at_the_root
    beside = environment(project.root / "backend/.venv")
    assert environment_python(project) == beside
    active = environment(project.root / "active")
    monkeypatch.setenv("VIRTUAL_ENV", str(project.root / "active"))
    assert environment_python(project) == active


def test_the_commands_own_where_it_is_installed_beside_django(
    project: Answers, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = environment(project.root / "own")
    monkeypatch.setattr(sys, "prefix", str(project.root / "own"))
    assert environment_python(project) == own


@shows("rehearsal-no-environment")
def test_without_one_the_fix_is_named(project: Answers) -> None:
    with pytest.raises(Failure, match="Activate your project's environment") as failure:
        environment_python(project)
    note(with_help_link(str(failure.value), failure.value.anchor))
