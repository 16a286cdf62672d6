"""What the support matrix of tests/slow/matrix leaves out: older Djangos, further managers, a deep layout, databases.

Slow, 15 to 30 seconds a cell: each really resolves, installs and serves, because that is what is promised.
"""

import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.support import make_project, proven

# Django 5.2 where nothing else is said.
CELLS: dict[str, dict[str, Any]] = {
    "poetry-classic": {"manager": "poetry-classic"},
    "pip-tools": {"manager": "pip-tools", "layout": "nested"},
    "pep621": {"manager": "pep621", "layout": "monorepo"},
    "django-4.2": {"manager": "uv", "django": "4.2"},
    "django-6.0": {"manager": "pip", "django": "6.0"},
    "split-settings": {"manager": "uv", "settings": "split", "layout": "nested"},
    "deep": {"manager": "uv", "layout": "deep"},
}
# Where a Django is named, as the workflow does on every system: there nobody plays the platforms, so the rehearsal decides.
if "DEPLOY_OVERLAY_DJANGO" in os.environ:
    CELLS |= {
        f"{layout}-{manager}": {"layout": layout, "manager": manager}
        for layout in ("flat", "nested", "monorepo")
        for manager in ("pip", "poetry", "pipenv", "uv", "pdm")
    }


@pytest.mark.parametrize("cell", CELLS)
def test_a_project_of_this_shape_deploys(cell: str, template: Path, tmp_path: Path) -> None:
    project = make_project(tmp_path / "library", **CELLS[cell])

    proven(project, template)


def has_postgresql() -> bool:
    """Whether the server programs are on this machine, on PATH or where Debian puts them."""
    debian = Path("/usr/lib/postgresql").glob("*/bin")
    return bool(shutil.which("initdb", path=os.pathsep.join([os.environ["PATH"], *map(str, debian)])))


@pytest.mark.parametrize("settings", ["single", "split"])
def test_a_postgresql_project_is_rehearsed_on_postgresql(settings: str, template: Path, tmp_path: Path) -> None:
    project = make_project(tmp_path / "library", manager="uv", database="postgresql", settings=settings)

    report = proven(project, template)

    # Without the server programs the rehearsal falls back to SQLite and says so.
    if has_postgresql():
        assert "postgresql" in report["database"].lower()
        assert not [sentence for sentence in report["unproven"] if "Python" not in sentence]
    else:
        assert any("PostgreSQL" in sentence for sentence in report["unproven"])


def test_sqlite_in_production_is_rehearsed_on_sqlite(template: Path, tmp_path: Path) -> None:
    project = make_project(tmp_path / "library", manager="uv")

    report = proven(project, template, deploy_database="sqlite")

    assert "sqlite" in report["database"].lower()
