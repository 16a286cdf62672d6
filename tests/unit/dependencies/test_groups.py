"""Groups and extras that production installs: what they bring is there already, and is not added a second time."""

from __future__ import annotations

from pathlib import Path

import pytest

from deploy_overlay.base.log import Log
from deploy_overlay.dependencies import Project, manager

PEP_621 = '[project]\nname = "x"\nversion = "1"\ndependencies = ["django"]\n'
GROUPS = PEP_621 + '[dependency-groups]\nweb = ["gunicorn"]\ndev = ["whitenoise"]\n'
EXTRAS = PEP_621 + '[project.optional-dependencies]\nweb = ["gunicorn"]\ndev = ["whitenoise"]\n'
POETRY = (
    '[tool.poetry.dependencies]\npython = "^3.12"\ndjango = "^5.2"\n'
    '[tool.poetry.group.web.dependencies]\ngunicorn = "*"\n[tool.poetry.group.dev.dependencies]\nwhitenoise = "*"\n'
)
PIPFILE = '[packages]\ndjango = "*"\n[web]\ngunicorn = "*"\n[dev-packages]\nwhitenoise = "*"\n'


@pytest.mark.parametrize(
    ("name", "file", "text"),
    [
        ("uv", "pyproject.toml", GROUPS),
        ("uv", "pyproject.toml", EXTRAS),
        ("pdm", "pyproject.toml", GROUPS),
        ("poetry", "pyproject.toml", POETRY),
        ("pip", "pyproject.toml", EXTRAS),
        ("pipenv", "Pipfile", PIPFILE),
    ],
)
def test_what_production_installs_of_groups_is_production(tmp_path: Path, name: str, file: str, text: str) -> None:
    (tmp_path / file).write_text(text, encoding="utf-8")
    project = Project(tmp_path, ".", (file,), "3.13", Log(tmp_path / "log"))
    without, taken = (
        manager(name).declared(project),
        manager(name).declared(project._replace(groups=frozenset({"web"}))),
    )
    assert set(without.production) == {"django"}
    assert set(taken.production) == {"django", "gunicorn"}
    assert set(taken.elsewhere) == {"whitenoise"}
