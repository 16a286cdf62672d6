"""A project that nobody edited is, after an update, what a fresh copy of the new version gives, byte for byte."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.slow.update.keep import patch
from tests.support import Project, apply_overlay, commit, git, make_project, tree
from tests.support.platforms import needed, platforms
from tests.support.template import REPOSITORY
from tests.support.versions import KEPT, Versions, appended, conflicts, released, releases, taken, updated

SHAPES: dict[str, dict[str, Any]] = {
    "flat-pip": {},
    "nested-uv": {"layout": "nested", "manager": "uv"},
    "monorepo-postgresql": {"layout": "monorepo", "database": "postgresql"},
    "own-dockerfile": {"variants": ["own-dockerfile"]},
    "celery": {"variants": ["celery"]},
}


def twin(project: Project, to: Path) -> Project:
    """The same repository under the same folder name, from which names are made."""
    root = to / project.root.name
    shutil.copytree(project.root, root, symlinks=True)
    return replace(
        project,
        root=root,
        django_root=root / project.django_root.relative_to(project.root),
        dependency_root=root / project.dependency_root.relative_to(project.root),
    )


def assert_updated_is_fresh(project: Project, versions: Versions, old: str, scratch: Path, **answers: object) -> None:
    fresh = twin(project, scratch / "fresh")
    taken(project, versions, "--vcs-ref", f"v{old}", **answers)

    updated(project)
    taken(fresh, versions, **answers)

    assert conflicts(project) == []
    assert tree(project.root) == tree(fresh.root)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("version", releases())
def test_from_a_release(version: str, shape: str, template: Path, tmp_path: Path) -> None:
    versions = released(template, tmp_path / "template", version)
    project = make_project(tmp_path / "library", **SHAPES[shape])

    assert_updated_is_fresh(project, versions, version, tmp_path)


@pytest.mark.parametrize("platform", platforms())
def test_from_the_version_before(platform: str, versions: Versions, project: Project, tmp_path: Path) -> None:
    versions.release("1.1.0", appended("template/project/{{ deploy_folder }}/health.py", "\n# New.\n"))

    assert_updated_is_fresh(project, versions, "1.0.0", tmp_path, deploy_platforms=[platform], **needed(platform))


def test_from_an_address(versions: Versions, project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As users have it: Copier keeps a mirror of what is not a folder, and works in a worktree of the mirror."""
    monkeypatch.setenv("COPIER_CACHE_DIR", str(tmp_path / "mirrors"))
    versions.release("1.1.0", appended("template/project/{{ deploy_folder }}/health.py", "\n# New.\n"))
    fresh = twin(project, tmp_path / "fresh")
    for site, version in ((project, "v1.0.0"), (fresh, "v1.1.0")):
        done = apply_overlay(site, f"git+{versions.root.as_uri()}", "--vcs-ref", version)
        assert done.returncode == 0, done.stderr
        commit(site, "Add the deployment overlay")

    updated(project)

    assert list((tmp_path / "mirrors").iterdir())
    assert conflicts(project) == []
    assert tree(project.root) == tree(fresh.root)


def test_twice_changes_nothing_more(versions: Versions, project: Project) -> None:
    versions.release("1.1.0", appended("template/project/fly.toml.jinja", "# New.\n"))
    taken(project, versions, "--vcs-ref", "v1.0.0")
    updated(project)
    git(project.root, "commit", "--quiet", "--all", "--message", "Update")
    before = tree(project.root)

    done = updated(project)

    assert tree(project.root) == before
    assert "already up to date (1.1.0)" in done.stdout


@pytest.mark.parametrize("version", releases())
def test_what_is_kept_of_a_release_is_the_release(version: str) -> None:
    """Where the history here goes back to it: a patch that somebody mended would test a version that nobody has."""
    commit = releases()[version]
    if git(REPOSITORY, "cat-file", "-t", commit, check=False).strip() != "commit":
        pytest.skip(f"this clone's history does not go back to {version}: only its patch is here")

    assert patch(commit) == (KEPT / f"{version}.patch").read_text(encoding="utf-8")


def test_every_release_is_kept() -> None:
    assert {file.stem for file in KEPT.glob("*.patch")} == set(releases())
