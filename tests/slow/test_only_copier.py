"""Copy, update and provision where nothing is installed but Copier and copier-template-extensions.

Slow: an environment of its own, and whole runs of Copier in it. A package `deploy_overlay` that is installed beside, of
another version, must never be the one that runs, nor may two versions of the template meet in an update.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.platforms.heroku_scene import ARGUMENTS, heroku
from tests.support import Project, commit, environment, git, make_project, status
from tests.support.installing import python_with
from tests.support.programs import BIN, run
from tests.support.versions import Versions, appended

OTHER = "raise RuntimeError('the deploy_overlay that is installed beside was taken')\n"


@pytest.fixture(scope="module")
def python() -> Path:
    """The Python of an environment that has what `uvx --with copier-template-extensions copier` has."""
    return python_with(Path(sys.executable), "copier>=9.19", "copier-template-extensions>=0.3.4")


@pytest.fixture
def beside(tmp_path: Path) -> Path:
    """A folder of packages in which another `deploy_overlay` is installed."""
    folder = tmp_path / "packages"
    (folder / "deploy_overlay").mkdir(parents=True)
    (folder / "deploy_overlay" / "__init__.py").write_text(OTHER, encoding="utf-8")
    return folder


@pytest.fixture
def versions(template: Path, tmp_path: Path) -> Versions:
    root = tmp_path / "template"
    git(tmp_path, "clone", "--quiet", str(template), str(root))
    return Versions(root)


def copier(python: Path, project: Project, beside: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    variables = environment(project.python, PYTHONPATH=str(beside))
    return run([python, "-m", "copier", *arguments], project.root, variables)


def test_copy_and_update(python: Path, beside: Path, versions: Versions, tmp_path: Path) -> None:
    project = make_project(tmp_path / "library")
    copier(python, project, beside, "copy", "--trust", "--defaults", "-d", "deploy_platforms=[heroku]",
           str(versions.root), ".")  # fmt: skip
    commit(project, "Add the deployment overlay")
    versions.release("1.1.0", appended("deploy_overlay/plan/packages.py", "\nNEW = True\n"))
    versions.release("1.2.0", appended("template/project/Procfile.jinja", "# of 1.2.0\n"))

    done = copier(python, project, beside, "update", "--trust", "--defaults")

    assert (project.root / "Procfile").read_text(encoding="utf-8").endswith("# of 1.2.0\n")
    assert "Traceback" not in done.stdout + done.stderr
    assert {line[3:] for line in status(project)} == {"Procfile", ".copier-answers.yml", "deploy/README.md"}


def test_provision(python: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The task after a copy, as Copier starts it: with its own Python."""
    with heroku(tmp_path) as (world, platform):
        world.interpreter = python
        done = world.run("provision", **ARGUMENTS)

        assert done.status == 0, done.output
        assert len(platform.addons) == 1


def test_nothing_else_is_installed(python: Path) -> None:
    """The environment really lacks what the command and the development environment have."""
    listed = run([python, "-c", "import importlib.metadata as m, json; print(json.dumps([d.name for d in m.distributions()]))"],
                 Path.cwd(), dict(os.environ)).stdout  # fmt: skip

    assert not {"deploy-overlay", "pytest", "django"} & {name.lower() for name in json.loads(listed)}
    assert (python.parent.parent / BIN).is_dir()
