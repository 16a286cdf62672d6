"""The command that the summary names for installing: from the lock, as production does, where there is one."""

from __future__ import annotations

from pathlib import Path

import pytest

from deploy_overlay.base.log import Log
from deploy_overlay.dependencies import Project, manager


@pytest.mark.parametrize(
    ("name", "lock", "from_lock", "without"),
    [
        ("uv", "uv.lock", "uv sync --locked", "uv sync"),
        ("pdm", "pdm.lock", "pdm sync", "pdm install"),
        ("pipenv", "Pipfile.lock", "pipenv sync --dev", "pipenv install --dev"),
    ],
)
def test_what_production_installs_is_installed(
    name: str, lock: str, from_lock: str, without: str, tmp_path: Path
) -> None:
    project = Project(tmp_path, "backend", (), "3.13", Log(tmp_path / "log"))
    assert manager(name).install(project) == without

    (tmp_path / "backend").mkdir()
    (tmp_path / "backend" / lock).touch()
    assert manager(name).install(project) == from_lock
