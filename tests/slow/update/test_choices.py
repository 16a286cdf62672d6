"""Choosing again: an update with other answers gives what a fresh copy with them gives, and the user's edits."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.slow.update.test_untouched import twin
from tests.support import Project, commit, git, make_project, tree
from tests.support.platforms import needed, platforms
from tests.support.versions import Versions, answers_of, conflicts, edit, taken, update, updated, write

OTHERS = [name for name in platforms() if name != "fly"]
LAST_LINE = "\n# Mine.\n"


def with_edit(project: Project, path: str) -> None:
    text = (project.root / path).read_text(encoding="utf-8")
    write(project, path, text + LAST_LINE)


def stays(project: Project) -> dict[str, Any]:
    """The answers that an update keeps though a first copy would choose otherwise: where uploaded files already are."""
    return {"deploy_uploads": answers_of(project)["deploy_uploads"]}


def assert_like_fresh(project: Project, fresh: Project, *edited: str) -> None:
    assert conflicts(project) == []
    for path in edited:
        with (fresh.root / path).open("a", encoding="utf-8", newline="\n") as file:
            file.write(LAST_LINE)
    mine, theirs = tree(project.root), tree(fresh.root)
    assert mine == theirs


@pytest.mark.parametrize("other", OTHERS)
def test_a_platform_is_added(other: str, versions: Versions, project: Project, tmp_path: Path) -> None:
    before = twin(project, tmp_path / "fresh")
    taken(project, versions)
    fresh = taken(before, versions, deploy_platforms=["fly", other], **needed(other), **stays(project))
    with_edit(project, "deploy/settings.py")

    updated(project, "-r", ":current:", deploy_platforms=["fly", other], **needed(other))

    assert_like_fresh(project, fresh, "deploy/settings.py")


@pytest.mark.parametrize("other", OTHERS)
def test_a_platform_is_dropped_and_edited_files_are_named_first(
    other: str, versions: Versions, project: Project, tmp_path: Path
) -> None:
    before = twin(project, tmp_path / "fresh")
    taken(project, versions, deploy_platforms=["fly", other], **needed(other))
    fresh = taken(before, versions, deploy_platforms=[other], **needed(other), **stays(project))
    with_edit(project, "fly.toml")

    done = updated(project, "-r", ":current:", deploy_platforms=[other])

    assert_like_fresh(project, fresh)
    named = done.stderr.index("git show HEAD:fly.toml")
    assert named < done.stderr.index("after_update.py")
    assert "Dockerfile" not in done.stderr  # nobody edited it
    assert git(project.root, "show", "HEAD:fly.toml").endswith(LAST_LINE)


@pytest.mark.parametrize(
    ("before", "after"), [("postgres", "sqlite"), ("sqlite", "postgres"), ("postgres", "external")]
)
@pytest.mark.parametrize("manager", ["pip", "uv"])
def test_another_database(manager: str, before: str, after: str, versions: Versions, tmp_path: Path) -> None:
    project = make_project(tmp_path / "library", manager=manager)
    same = twin(project, tmp_path / "fresh")
    taken(project, versions, deploy_database=before)
    fresh = taken(same, versions, deploy_database=after, **stays(project))
    with_edit(project, "deploy/settings.py")

    updated(project, "-r", ":current:", deploy_database=after)

    assert_like_fresh(project, fresh, "deploy/settings.py")


def test_another_name(versions: Versions, project: Project, tmp_path: Path) -> None:
    fresh = taken(twin(project, tmp_path / "fresh"), versions, deploy_name="reading-room")
    taken(project, versions)
    with_edit(project, "fly.toml")

    updated(project, "-r", ":current:", deploy_name="reading-room")

    assert_like_fresh(project, fresh, "fly.toml")


@pytest.mark.parametrize("overlay_moved", [True, False], ids=["with deploy", "without deploy"])
def test_the_django_project_moves(overlay_moved: bool, versions: Versions, project: Project, tmp_path: Path) -> None:
    before = twin(project, tmp_path / "fresh")
    fresh = taken(moved(before), versions)
    taken(project, versions)
    with_edit(project, "deploy/settings.py")
    git(project.root, "rm", "--quiet", "deploy/health.py")
    commit(project, "Not needed")
    moved(project, *(["deploy"] if overlay_moved else []))

    updated(project)

    (fresh.root / "backend" / "deploy" / "health.py").unlink()
    assert_like_fresh(project, fresh, "backend/deploy/settings.py")
    assert not (project.root / "deploy").exists()


def test_a_move_and_a_change_of_the_same_line_is_a_marked_conflict(versions: Versions, project: Project) -> None:
    taken(project, versions)
    edit(project, "deploy/README.md", "edit it freely", "ours")
    moved(project, "deploy")

    updated(project)

    assert conflicts(project) == ["backend/deploy/README.md"]
    text = (project.root / "backend" / "deploy" / "README.md").read_text(encoding="utf-8")
    assert "ours |" in text
    assert "<<<<<<< before updating" in text


def moved(project: Project, *more: str) -> Project:
    (project.root / "backend").mkdir()
    names = ("manage.py", "shelf", "accounts", "books", "loans", "templates", "requirements.txt", *more)
    git(project.root, "mv", *names, "backend")
    commit(project, "Moved")
    return replace(project, django_root=project.root / "backend", dependency_root=project.root / "backend")


def test_another_dependency_manager(versions: Versions, tmp_path: Path) -> None:
    project = make_project(tmp_path / "library")
    with_uv = make_project(tmp_path / "fresh" / "library", manager="uv")
    manifests = {name: (with_uv.root / name).read_bytes() for name in ("pyproject.toml", "uv.lock")}
    taken(with_uv, versions)
    taken(project, versions)
    with_edit(project, "Dockerfile")
    git(project.root, "rm", "--quiet", "requirements.txt")
    for name, content in manifests.items():
        (project.root / name).write_bytes(content)
    commit(project, "uv")

    updated(project)

    assert answers_of(project)["django_dependency_manager"] == "uv"
    assert_like_fresh(project, with_uv, "Dockerfile")


def test_a_package_that_the_project_uses_itself_stays(versions: Versions, project: Project) -> None:
    taken(project, versions)
    write(project, "shelf/report.py", "import psycopg\n")

    updated(project, "-r", ":current:", deploy_database="sqlite")

    assert "psycopg" in (project.root / "requirements.txt").read_text(encoding="utf-8")


def test_one_that_was_there_before_the_overlay_stays(versions: Versions, project: Project) -> None:
    edit(project, "requirements.txt", "Pillow>=11.0\n", "Pillow>=11.0\npsycopg[binary]>=3.2\n")
    taken(project, versions)

    updated(project, "-r", ":current:", deploy_database="sqlite")

    assert "psycopg" in (project.root / "requirements.txt").read_text(encoding="utf-8")


def test_an_update_asks_nothing_of_a_platform(versions: Versions, project: Project) -> None:
    """The wish to create something is refused, even where it is said again."""
    taken(project, versions)
    before = tree(project.root)

    done = update(project, deploy_action="deploy")

    assert done.returncode == 1
    assert tree(project.root) == before
