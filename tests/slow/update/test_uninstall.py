"""Uninstalling: what the overlay added is listed or removed, dependencies included, and nothing else."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.support import Project, commit, git, make_project, tree
from tests.support.anchors import shows_one_of
from tests.support.versions import Versions, edit, taken, update, updated, write


@pytest.mark.parametrize("manager", ["pip", "uv", "poetry"])
@pytest.mark.parametrize("layout", ["flat", "monorepo"])
def test_the_project_is_as_before_the_overlay(manager: str, layout: str, versions: Versions, tmp_path: Path) -> None:
    project = make_project(tmp_path / "library", manager=manager, layout=layout)
    before = tree(project.root)
    taken(project, versions)

    done = updated(project, "-r", ":current:", deploy_uninstall="remove")

    assert tree(project.root) == before
    assert "uninstalled from this project" in done.stdout
    assert not (project.root / ".git" / "deploy-overlay").exists()


# Slow: each manager resolves twice.
@pytest.mark.parametrize("manager", ["pip", "pep621", "pip-tools", "uv", "poetry", "pipenv", "pdm"])
def test_dependencies_of_the_users_own_stay(manager: str, versions: Versions, tmp_path: Path) -> None:
    project = taken(make_project(tmp_path / "library", manager=manager), versions)
    manifest = {"pip": "requirements.txt", "pip-tools": "requirements.in", "pipenv": "Pipfile"}.get(
        manager, "pyproject.toml"
    )
    comment = "# A note of ours.\n"
    write(project, manifest, (project.root / manifest).read_text(encoding="utf-8") + comment)

    updated(project, "-r", ":current:", deploy_uninstall="remove")

    text = (project.root / manifest).read_text(encoding="utf-8").lower()
    assert comment.lower() in text
    assert "django" in text
    assert "pillow" in text
    for name in ("gunicorn", "whitenoise", "dj-database-url", "psycopg"):
        assert name not in text


def test_what_packages_of_the_users_own_lacked_stays_in_an_update_and_goes_with_the_overlay(
    versions: Versions, tmp_path: Path
) -> None:
    """Celery without its extra for Redis, for which kombu needs packaging."""
    project = make_project(tmp_path / "library", variants=["celery"])
    edit(project, "requirements.txt", "celery[redis]>=5.5", "celery>=5.5\nredis>=5")
    file = project.root / "requirements.txt"
    before = file.read_text(encoding="utf-8")
    taken(project, versions)
    write(project, "requirements.txt", "# A note of ours.\n" + file.read_text(encoding="utf-8"))

    updated(project, "-r", ":current:", deploy_database="external")
    assert "packaging>=" in file.read_text(encoding="utf-8")
    commit(project, "Another database")
    updated(project, "-r", ":current:", deploy_uninstall="remove")

    assert file.read_text(encoding="utf-8") == f"# A note of ours.\n{before}"


def test_files_of_the_users_own_stay(versions: Versions, tmp_path: Path) -> None:
    project = make_project(tmp_path / "library", variants=["own-dockerfile"])
    docker = (project.root / "Dockerfile").read_text(encoding="utf-8")
    taken(project, versions)
    write(project, "deploy/notes.txt", "mine\n")

    done = updated(project, "-r", ":current:", deploy_uninstall="remove")

    assert (project.root / "Dockerfile").read_text(encoding="utf-8") == docker
    assert [path.name for path in (project.root / "deploy").iterdir()] == ["notes.txt"]
    assert "deploy/notes.txt" in done.stdout
    assert "your own, kept" in done.stdout


def test_the_list_names_everything_and_touches_nothing(versions: Versions, project: Project) -> None:
    untouched = tree(project.root)
    taken(project, versions)
    edit(project, "fly.toml", "min_machines_running = 0", "min_machines_running = 2")
    before = tree(project.root)

    done = updated(project, "-r", ":current:", deploy_uninstall="list")

    assert tree(project.root) == before
    for path in set(before) - set(untouched):
        assert f"  {path}" in done.stderr
    assert "fly.toml                      edited by you" in done.stderr
    assert "gunicorn                      dependency" in done.stderr


def test_a_shallow_clone_says_what_it_cannot_tell(versions: Versions, project: Project, tmp_path: Path) -> None:
    """Files go; which packages were there before the overlay stands in commits that such a clone lacks."""
    before = tree(project.root)
    taken(project, versions)
    requirements = (project.root / "requirements.txt").read_bytes()
    shallow = replace(project, root=tmp_path / "shallow" / "library")
    git(tmp_path, "clone", "--quiet", "--depth", "1", project.root.as_uri(), str(shallow.root))

    done = updated(shallow, "-r", ":current:", deploy_uninstall="remove")

    assert (shallow.root / "requirements.txt").read_bytes() == requirements
    assert not (shallow.root / "deploy").exists()
    said = " ".join(done.stdout.split())
    assert "The dependencies were not changed: this clone is shallow" in said
    assert "git fetch --unshallow" in said
    assert "Remove what you do not need yourself: gunicorn, whitenoise, dj-database-url, psycopg" in said

    git(shallow.root, "reset", "--quiet", "--hard")
    git(shallow.root, "fetch", "--quiet", "--unshallow")
    updated(shallow, "-r", ":current:", deploy_uninstall="remove")
    assert tree(shallow.root) == before


@shows_one_of("answer-deploy-uninstall", "answer-deploy-leave")
@pytest.mark.parametrize("name", ["deploy_uninstall", "deploy_leave"])
def test_other_words_are_refused(name: str, versions: Versions, project: Project) -> None:
    taken(project, versions)

    assert update(project, **{name: "maybe"}).returncode == 1


def test_the_name_in_the_first_release_still_uninstalls(versions: Versions, project: Project) -> None:
    """READMEs that release 0.1.0 wrote have `-d deploy_leave=remove`."""
    before = tree(project.root)
    taken(project, versions)

    updated(project, "-r", ":current:", deploy_leave="remove")

    assert tree(project.root) == before
