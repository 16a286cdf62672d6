"""A project of every dependency manager gets the overlay, is installed from its lock by its manager, and is rehearsed.

Ten seconds and more a manager: each really resolves, installs and serves, which nothing faster shows. tests/slow has the
other layouts, Djangos, databases and habits.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support import make_project, proven
from tests.support.platforms import needed

# Every manager once, each on a platform of its own; Heroku does not build projects of PDM.
CELLS = {
    "pip": "fly",
    "pip-tools": "heroku",
    "poetry": "upsun",
    "pipenv": "render",
    "uv": "kubernetes",
    "pdm": "compose",
}


@pytest.mark.parametrize("manager", CELLS)
def test_a_project_of_this_manager_deploys(manager: str, template: Path, tmp_path: Path) -> None:
    project = make_project(tmp_path / "library", manager=manager)

    name = CELLS[manager]

    report = proven(project, template, deploy_platforms=[name], **needed(name))

    assert report["platforms"] == [name]
