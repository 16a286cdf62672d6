"""uv, run for real: it needs the package index, and answers in about a second."""

import os
import shlex
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from deploy_overlay.dependencies.production import installation
from tests.support import interpreter
from tests.support.hook import Repository, answers, tools_path

PYPROJECT = """\
[project]
name = "shop"
version = "1"
requires-python = ">=3.11"
# what the site needs
dependencies = [
    "django>=5.2,<5.3",  # long-term support
]

[dependency-groups]
dev = ["gunicorn==23.0.0"]
"""


def uv(repository: Repository, *arguments: str, folder: str = ".") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["uv", *arguments],
        cwd=repository.root / folder,
        env={**os.environ, "PATH": tools_path()},
        capture_output=True,
        text=True,
        timeout=300,
    )


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_the_lock_is_in_step_and_nothing_is_installed(repository: Repository, newline: str) -> None:
    repository.write("pyproject.toml", PYPROJECT.replace("\n", newline))
    assert uv(repository, "lock").returncode == 0
    repository.commit(**answers("uv", "pyproject.toml", "uv.lock"))
    django = [line for line in repository.read("uv.lock").splitlines() if "Django" in line or "django-" in line]

    result = repository.hook()

    assert result.returncode == 0, result.stderr
    assert repository.changed() == ["pyproject.toml", "uv.lock"]
    after = repository.read("pyproject.toml")
    assert after.count("\r\n") == (after.count("\n") if newline == "\r\n" else 0)
    content = tomllib.loads(after.replace("\r\n", "\n"))
    assert sorted(content["project"]["dependencies"]) == [
        "dj-database-url>=2.2",
        "django>=5.2,<5.3",
        "gunicorn==23.0.0",
        "psycopg[binary]>=3.2",
        "whitenoise>=6.7",
    ]
    assert "# what the site needs" in after
    assert "# long-term support" in after
    assert [line for line in repository.read("uv.lock").splitlines() if line in django] == django
    assert uv(repository, "lock", "--check").returncode == 0
    assert not (repository.root / ".venv").exists()
    assert sorted(repository.state()["files"])[1:] == ["pyproject.toml", "uv.lock"]
    assert "deploy-overlay rehearse" in result.stdout

    assert repository.hook().returncode == 0
    assert repository.read("pyproject.toml") == after


def test_a_member_of_a_workspace(repository: Repository) -> None:
    repository.write("pyproject.toml", '[tool.uv.workspace]\nmembers = ["backend"]\n')
    repository.write("backend/pyproject.toml", PYPROJECT)
    assert uv(repository, "lock").returncode == 0
    repository.commit(
        **answers("uv", "backend/pyproject.toml", "uv.lock", django_root="backend", django_dependency_root="backend")
    )
    result = repository.hook()
    assert result.returncode == 0, result.stderr
    assert repository.changed() == ["backend/pyproject.toml", "uv.lock"]


def test_what_cannot_be_resolved_is_undone(repository: Repository) -> None:
    repository.write("pyproject.toml", PYPROJECT.replace("gunicorn==23.0.0", "gunicorn==0.0.999"))
    repository.commit(**answers("uv", "pyproject.toml"))
    result = repository.hook()
    assert result.returncode == 1
    assert "gunicorn==0.0.999" in result.stderr
    assert "    uv add " in result.stderr
    assert repository.changed() == []


def test_a_python_of_this_machine_is_used_where_none_can_be_fetched(repository: Repository, tmp_path: Path) -> None:
    """uv itself looks on PATH and among its own; the versions of pyenv are on PATH only where they are active."""
    python = interpreter("3.13")
    place = tmp_path / "pyenv" / "versions" / "3.13.0" / "bin" / "python"
    place.parent.mkdir(parents=True)
    place.symlink_to(python)
    programs = tmp_path / "programs"
    programs.mkdir()
    for name in ("git", "uv"):
        (programs / name).symlink_to(shutil.which(name, path=tools_path()) or "")
    repository.write("pyproject.toml", PYPROJECT.replace(">=3.11", ">=3.13"))
    repository.commit(**answers("uv", "pyproject.toml", django_python_version="3.13"))
    offline = {"UV_PYTHON_DOWNLOADS": "never", "UV_PYTHON_INSTALL_DIR": str(tmp_path / "none")}

    result = repository.hook(PATH=str(programs), PYENV_ROOT=str(tmp_path / "pyenv"), **offline)

    assert result.returncode == 0, result.stderr
    assert repository.changed() == ["pyproject.toml", "uv.lock"]


def test_production_has_its_own_python_whatever_the_project_prefers(repository: Repository, tmp_path: Path) -> None:
    manifest = '[project]\nname = "shop"\nversion = "1"\nrequires-python = ">=3.11"\ndependencies = []\n'
    repository.write("pyproject.toml", f'{manifest}[tool.uv]\npython-preference = "only-managed"\n')
    environ = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}:{tools_path()}",
        "UV_OFFLINE": "1",
        "UV_PYTHON_INSTALL_DIR": str(tmp_path / "none"),
        "UV_PROJECT_ENVIRONMENT": str(tmp_path / "venv"),
    }
    locked = subprocess.run(
        ["uv", "lock", "--python", sys.executable], cwd=repository.root, env=environ, capture_output=True, text=True
    )
    assert locked.returncode == 0, locked.stderr
    production = installation(
        {"django_dependency_manager": "uv", "django_dependency_files": ["pyproject.toml", "uv.lock"]}
    )

    result = subprocess.run(
        shlex.split(production.line()),
        cwd=repository.root,
        env={**environ, **production.environ},
        capture_output=True,
        text=True,
        timeout=300,
    )

    assert result.returncode == 0, result.stderr
    assert (tmp_path / "venv" / "pyvenv.cfg").is_file()
