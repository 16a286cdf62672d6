"""The user's edits live: beside changed lines, on changed lines, in files that were deleted, kept or renamed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support import Project, apply_overlay, commit, git, make_project, status
from tests.support.anchors import shows, shows_one_of
from tests.support.versions import (
    Versions,
    answers_of,
    appended,
    conflicts,
    edit,
    replaced,
    taken,
    update,
    updated,
    write,
)

WITH_SNIFFIO = replaced("deploy_overlay/plan/packages.py", '"gunicorn>=23.0", ', '"gunicorn>=23.0", "sniffio>=1.3", ')
SETTINGS = "template/project/{{ deploy_folder }}/settings.py.jinja"
FLY = "template/project/fly.toml.jinja"


def text(project: Project, path: str) -> str:
    return (project.root / path).read_text(encoding="utf-8")


def test_an_edit_near_a_changed_line_and_the_change(versions: Versions, project: Project) -> None:
    taken(project, versions)
    edit(project, "fly.toml", "min_machines_running = 0", "min_machines_running = 2")
    edit(project, "deploy/settings.py", "DEBUG = False\n", "DEBUG = False\nOURS = 1\n")
    edit(project, "Dockerfile", "USER 10001\n", "USER 10001\nENV OURS=1\n")
    versions.release("1.1.0", replaced(FLY, 'grace_period = "20s"', 'grace_period = "30s"'))
    versions.release("1.1.1", replaced(SETTINGS, "SECURE_SSL_REDIRECT = True", "SECURE_SSL_REDIRECT = bool(1)"))
    versions.release("1.1.2", replaced("template/project/Dockerfile.jinja", "HOME=/tmp", "HOME=/app"))

    updated(project)

    assert conflicts(project) == []
    for path, mine, theirs in (
        ("fly.toml", "min_machines_running = 2", 'grace_period = "30s"'),
        ("deploy/settings.py", "OURS = 1", "SECURE_SSL_REDIRECT = bool(1)"),
        ("Dockerfile", "ENV OURS=1", "HOME=/app"),
    ):
        assert mine in text(project, path)
        assert theirs in text(project, path)


def test_the_same_line_is_one_marked_conflict_that_holds_both(versions: Versions, project: Project) -> None:
    taken(project, versions)
    edit(project, "fly.toml", "min_machines_running = 0", "min_machines_running = 2")
    versions.release("1.1.0", replaced(FLY, "min_machines_running = 0", "min_machines_running = 3"))

    done = updated(project)

    assert conflicts(project) == ["fly.toml"]
    assert text(project, "fly.toml").count("<<<<<<< before updating") == 1
    assert "min_machines_running = 2" in text(project, "fly.toml")
    assert "min_machines_running = 3" in text(project, "fly.toml")
    assert "fly.toml" in done.stdout
    assert "CONFLICT" in done.stdout
    assert "1. resolve" in done.stdout


def test_a_deleted_file_stays_deleted(versions: Versions, project: Project) -> None:
    taken(project, versions)
    git(project.root, "rm", "--quiet", "deploy/health.py", "fly.toml")
    commit(project, "Not needed")
    versions.release("1.1.0", appended(FLY, "# New.\n"))

    updated(project)

    assert not (project.root / "deploy" / "health.py").exists()
    assert not (project.root / "fly.toml").exists()


def test_a_kept_file_stays_its_owners_and_can_be_handed_over(versions: Versions, tmp_path: Path) -> None:
    project = make_project(tmp_path / "library")
    write(project, "fly.toml", 'app = "ours"\n\n[[vm]]\n  memory = "4gb"\n')
    taken(project, versions)
    versions.release("1.1.0", appended(FLY, "# New.\n"))

    updated(project)
    assert text(project, "fly.toml").startswith('app = "ours"')
    assert conflicts(project) == []
    commit(project, "Update")

    updated(project, "-r", ":current:", deploy_kept_files=[])

    assert 'app = "ours"' in text(project, "fly.toml")  # nothing of it is lost
    assert "# New." in text(project, "fly.toml")
    assert conflicts(project) == ["fly.toml"]


def test_docker_files_that_are_handed_over_take_edits_of_ours_along(versions: Versions, tmp_path: Path) -> None:
    project = taken(make_project(tmp_path / "library", variants=["own-dockerfile"]), versions)
    edit(project, "deploy/Dockerfile", "USER 10001\n", "USER 10001\nENV OURS=1\n")
    git(project.root, "rm", "--quiet", "Dockerfile", *_own_ignore(project))
    commit(project, "The overlay's image from now on")

    updated(project, "-r", ":current:", deploy_kept_files=[])

    assert "ENV OURS=1" in text(project, "Dockerfile")
    assert not (project.root / "deploy" / "Dockerfile").exists()


def _own_ignore(project: Project) -> list[str]:
    return [".dockerignore"] if (project.root / ".dockerignore").exists() else []


def test_a_file_that_the_user_made_before_the_template_had_it(versions: Versions, project: Project) -> None:
    taken(project, versions)
    write(project, "NOTES.md", "mine\n")
    versions.release("1.1.0", _new_file("template/project/NOTES.md", "theirs, by deploy-overlay\n"))

    updated(project)

    assert text(project, "NOTES.md") == "mine\n"
    assert conflicts(project) == []
    assert "NOTES.md" in answers_of(project)["deploy_kept_files"]


def _new_file(path: str, content: str) -> Callable[[Path], None]:
    def make(root: Path) -> None:
        (root / path).write_text(content, encoding="utf-8")

    return make


def test_a_renamed_file_stays_where_it_is(versions: Versions, project: Project) -> None:
    taken(project, versions)
    git(project.root, "mv", "fly.toml", "fly.production.toml")
    commit(project, "Renamed")
    before = text(project, "fly.production.toml")
    versions.release("1.1.0", appended(FLY, "# New.\n"))

    updated(project)

    assert text(project, "fly.production.toml") == before
    assert not (project.root / "fly.toml").exists()
    assert conflicts(project) == []


def test_windows_line_ends_stay_and_merge(versions: Versions, project: Project) -> None:
    taken(project, versions)
    path = project.root / "fly.toml"
    path.write_bytes(path.read_bytes().replace(b"running = 0", b"running = 2").replace(b"\n", b"\r\n"))
    commit(project, "On Windows")
    versions.release("1.1.0", replaced(FLY, 'grace_period = "20s"', 'grace_period = "30s"'))

    updated(project)

    content = path.read_bytes()
    assert conflicts(project) == []
    assert content.count(b"\r\n") == content.count(b"\n")
    assert b"running = 2" in content
    assert b'"30s"' in content
    assert status(project) == [" M .copier-answers.yml", " M deploy/README.md", " M fly.toml"]


def test_where_git_converts_line_ends_only_what_changed_is_named(versions: Versions, project: Project) -> None:
    """core.autocrlf=true is what Git for Windows has set: there `git status` takes files with other ends for modified."""
    taken(project, versions)
    git(project.root, "config", "core.autocrlf", "true")
    git(project.root, "rm", "--quiet", "--cached", "-r", ".")
    git(project.root, "reset", "--quiet", "--hard")
    versions.release("1.1.0", appended(FLY, "# New.\n"))

    done = updated(project)

    assert "fly.toml             changed" in done.stdout
    assert "deploy/settings.py" not in done.stdout
    assert git(project.root, "diff", "--name-only").split() == [".copier-answers.yml", "deploy/README.md", "fly.toml"]


def test_a_folder_where_a_file_of_ours_was_is_the_users(versions: Versions, project: Project) -> None:
    taken(project, versions)
    git(project.root, "rm", "--quiet", "fly.toml")
    write(project, "fly.toml/notes.md", "mine\n")
    versions.release("1.1.0", appended(FLY, "# New.\n"))

    updated(project)

    assert text(project, "fly.toml/notes.md") == "mine\n"
    assert "fly.toml" in answers_of(project)["deploy_kept_files"]


def test_a_dependency_that_was_taken_out_stays_out(versions: Versions, project: Project) -> None:
    taken(project, versions)
    edit(project, "requirements.txt", "whitenoise>=6.7\n", "")
    versions.release("1.1.0", appended(FLY, "# New.\n"))

    done = updated(project)

    assert "whitenoise" not in text(project, "requirements.txt")
    assert "because you removed it" in done.stdout


def test_a_pin_of_the_users_own_stays(versions: Versions, project: Project) -> None:
    taken(project, versions)
    edit(project, "requirements.txt", "gunicorn>=23.0", "gunicorn==23.0.0")
    versions.release("1.1.0", appended(FLY, "# New.\n"))

    updated(project)

    assert text(project, "requirements.txt").count("gunicorn") == 1
    assert "gunicorn==23.0.0" in text(project, "requirements.txt")


def test_a_dependency_that_a_version_newly_needs_is_added(versions: Versions, project: Project) -> None:
    taken(project, versions)
    versions.release(
        "1.1.0", replaced("deploy_overlay/plan/packages.py", '"gunicorn>=23.0", ', '"gunicorn>=23.0", "sniffio>=1.3", ')
    )

    done = updated(project)

    assert text(project, "requirements.txt").count("sniffio>=1.3\n") == 1
    assert "sniffio>=1.3  added" in done.stdout


@shows_one_of("conflict-marks", "not-valid-toml")
@pytest.mark.parametrize("manager", ["pip", "uv"])
def test_a_half_merged_manifest_is_named_and_left_alone(manager: str, versions: Versions, tmp_path: Path) -> None:
    project = taken(make_project(tmp_path / "library", manager=manager), versions)
    name = "requirements.txt" if manager == "pip" else "pyproject.toml"
    marked = text(project, name) + "<<<<<<< ours\n# one\n=======\n# two\n>>>>>>> theirs\n"
    write(project, name, marked)
    others = {path: text(project, path) for path in ("uv.lock",) if (project.root / path).exists()}
    versions.release("1.1.0", appended(FLY, "# New.\n"))

    done = update(project)

    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert text(project, name) == marked
    assert {path: text(project, path) for path in others} == others


@shows("not-taken-out")
def test_a_rewritten_entry_is_taken_out_by_its_owner(versions: Versions, project: Project) -> None:
    taken(project, versions)
    edit(project, "requirements.txt", "psycopg[binary]>=3.2", "psycopg[binary] \\\n  >=3.2")

    done = update(project, "-r", ":current:", deploy_database="sqlite")

    assert done.returncode == 1
    assert "psycopg[binary] \\\n  >=3.2" in text(project, "requirements.txt")


def test_recopy_starts_over(versions: Versions, project: Project) -> None:
    taken(project, versions)
    edit(project, "fly.toml", "min_machines_running = 0", "min_machines_running = 2")

    done = apply_overlay(project, versions.root, "--overwrite")

    assert done.returncode == 0, done.stderr
    assert "min_machines_running = 0" in text(project, "fly.toml")


@shows("unresolved-conflict")
def test_a_conflict_that_was_committed_is_resolved_before_the_next_update(versions: Versions, project: Project) -> None:
    taken(project, versions)
    edit(project, "fly.toml", "min_machines_running = 0", "min_machines_running = 2")
    versions.release("1.1.0", replaced(FLY, "min_machines_running = 0", "min_machines_running = 3"))
    updated(project)
    commit(project, "In a hurry")
    before = text(project, "fly.toml")
    versions.release("1.2.0", appended(FLY, "# New.\n"))

    done = update(project)

    assert done.returncode == 1
    assert "fly.toml:" in done.stderr
    assert text(project, "fly.toml") == before
    assert status(project) == []
