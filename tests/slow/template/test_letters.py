"""A folder may have a name in any alphabet, with spaces or with emoji: it gets the same files as any other."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support import Project, apply_overlay, commit, git, make_project, status


def moved(project: Project, folder: str) -> Project:
    """The project with everything in this folder of its repository."""
    inside = [name for name in git(project.root, "ls-tree", "--name-only", "HEAD").splitlines() if name]
    (project.root / folder).mkdir(parents=True)
    git(project.root, "mv", *inside, folder)
    commit(project, "Into a folder")
    return project


def files(project: Project, folder: str = ".") -> set[str]:
    """What the overlay brought, as if the project were at the root."""
    prefix = "" if folder == "." else f"{folder}/"
    brought = git(project.root, "ls-files", "-z", "--others", "--exclude-standard").split("\0")
    return {path.removeprefix(prefix) for path in brought if path}


@pytest.mark.parametrize("folder", ["my site", "café", "süd/🚀"])
def test_a_folder_in_any_alphabet_gets_the_same_files(folder: str, template: Path, tmp_path: Path) -> None:
    plain = make_project(tmp_path / "plain" / "library", manager="pip")
    project = moved(make_project(tmp_path / "letters" / "library", manager="pip"), folder)

    for one in (plain, project):
        done = apply_overlay(one, template, deploy_platforms=["fly"])
        assert done.returncode == 0, done.stderr

    assert files(project, folder) == files(plain)
    commit(project, "Add the deployment overlay")
    again = apply_overlay(project, template, deploy_platforms=["fly"])
    assert again.returncode == 0, again.stderr
    assert not status(project)
