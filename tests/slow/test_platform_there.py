"""The platform that a project is on already is the one that is proposed. Slow, as each copies the template."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support import commit, environment, make_project, run
from tests.support.overlay import copier_program

FLY, UPSUN = ("fly.toml", 'app = "library"\n'), (".platform.app.yaml", "type: python:3.12\n")


@pytest.mark.parametrize(
    ("files", "expected"),
    [([], "fly"), ([("Procfile", "web: gunicorn shelf.wsgi\n")], "heroku"), ([UPSUN], "upsun"), ([FLY, UPSUN], "fly")],
)
def test_without_an_answer_it_is_the_platform_of_the_files(
    files: list[tuple[str, str]], expected: str, template: Path, tmp_path: Path
) -> None:
    project = make_project(tmp_path / "library")
    for name, text in files:
        (project.root / name).write_text(text, encoding="utf-8")
    if files:
        commit(project, "On a platform")

    run(
        [copier_program(), "copy", "--trust", "--defaults", "--skip-tasks", "--quiet", str(template), "."],
        project.root,
        environment(project.python),
    )

    stored = (project.root / ".copier-answers.yml").read_text(encoding="utf-8")
    assert f"deploy_platforms:\n- {expected}\n" in stored
