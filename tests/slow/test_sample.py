"""The sample project is sound before any overlay: what a test of ours says about a deployed project rests on that.

Slow, some seconds a Django: each is installed from its lock and runs the sample's own tests.
"""

from pathlib import Path

import pytest

from tests.support import DJANGO, LAYOUTS, environment, install, make_project, run, status


@pytest.mark.parametrize("django", DJANGO)
def test_the_sample_works_on_every_supported_django(django: str, tmp_path: Path) -> None:
    project = make_project(tmp_path / "library", django=django, manager="uv")
    python = install(project)

    for command in (["check"], ["makemigrations", "--check", "--dry-run"], ["test"]):
        run(
            [python, "-W", "error::DeprecationWarning", "manage.py", *command], project.django_root, environment(python)
        )

    assert status(project) == []


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_layout_puts_manage_py_where_it_says(layout: str, tmp_path: Path) -> None:
    project = make_project(tmp_path / "library", layout=layout)

    assert (project.django_root / "manage.py").is_file()
    assert (project.dependency_root / "requirements.txt").is_file()
    assert project.django_root == project.root / LAYOUTS[layout][0]
    assert status(project) == []
