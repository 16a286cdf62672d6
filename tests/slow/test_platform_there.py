"""The platform that a project is on already is the one that is proposed. Slow, as each copies the template."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support import apply_overlay, commit, environment, make_project, run
from tests.support.anchors import shows
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


@shows("platform-lacks")
def test_what_the_platform_of_the_files_lacks_is_refused_by_name(template: Path, tmp_path: Path) -> None:
    """No platform was named, and Copier itself would end in a traceback."""
    project = make_project(tmp_path / "library")
    (project.root / "Procfile").write_text("web: gunicorn shelf.wsgi\n", encoding="utf-8")
    commit(project, "On a platform")

    done = apply_overlay(project, template, deploy_database="sqlite")

    assert done.returncode == 1
    assert "Heroku has no persistent disk" in done.stderr
    assert "-d deploy_database=postgres" in done.stderr
    assert "Traceback" not in done.stderr


def test_what_a_file_of_the_users_lacks_is_told(template: Path, tmp_path: Path) -> None:
    project = make_project(tmp_path / "library", variants=["own-dockerfile"])
    (project.root / "fly.toml").write_text('app = "library"\nkill_signal = "SIGTERM"\n', encoding="utf-8")
    commit(project, "On Fly.io")

    done = apply_overlay(project, template, deploy_platforms=["fly"])

    assert done.returncode == 0, done.stderr
    told = " ".join(done.stdout.split())
    assert "fly.toml has no HTTP service: add `[http_service]`" in told
    assert 'write `dockerfile = "deploy/Dockerfile"`' in told
    assert "Dockerfile does not set the production settings" in told
