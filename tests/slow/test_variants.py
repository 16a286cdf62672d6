"""What a project does otherwise than `startproject` keeps working in production.

Slow, as each project is installed and served for real; uv installs them, because the manager is not the point here.
"""

from pathlib import Path

import pytest

from tests.support import VARIANTS, make_project, proven


@pytest.mark.parametrize("variant", VARIANTS)
def test_a_project_with_this_habit_deploys(variant: str, template: Path, tmp_path: Path) -> None:
    project = make_project(tmp_path / "library", manager="uv", variants=[variant])

    proven(project, template)


def test_habits_live_together_in_a_split_nested_project(template: Path, tmp_path: Path) -> None:
    habits = [
        "own-storages",
        "static-folders",
        "middleware-tuple",
        "wsgi-assigns",
        "log-file",
        "celery",
        "debug-toolbar",
    ]
    project = make_project(
        tmp_path / "library", layout="nested", manager="uv", settings="split", database="postgresql", variants=habits
    )

    proven(project, template)
