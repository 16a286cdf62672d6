"""Two Copier templates in one project: each keeps its own answers and is updated by itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support import adopt, apply_overlay, commit, environment, git, make_project, run, status
from tests.support.overlay import copier_program

OURS = ".copier-answers.deploy.yml"


@pytest.fixture
def other(tmp_path: Path) -> Path:
    """A template of somebody else's, with a second version."""
    folder = tmp_path / "other"
    (folder / "template").mkdir(parents=True)
    (folder / "copier.yml").write_text(
        "_subdirectory: template\nproject_name: {type: str, default: x}\n", encoding="utf-8"
    )
    answers = folder / "template" / "{{ _copier_conf.answers_file }}.jinja"
    answers.write_text("{{ _copier_answers|to_nice_yaml -}}\n", encoding="utf-8")
    (folder / "template" / "NOTES.md").write_text("one\n", encoding="utf-8")
    adopt(folder)
    git(folder, "tag", "v1.0.0")
    (folder / "template" / "NOTES.md").write_text("two\n", encoding="utf-8")
    git(folder, "commit", "--quiet", "--all", "--message", "Two")
    git(folder, "tag", "v2.0.0")
    return folder


def test_both_are_copied_and_updated(other: Path, template: Path, tmp_path: Path) -> None:
    project = make_project(tmp_path / "library")
    copier = copier_program()
    env = environment(project.python)
    run([copier, "copy", "--defaults", "--vcs-ref", "v1.0.0", str(other), "."], project.root, env)
    commit(project, "Another template")
    theirs = (project.root / ".copier-answers.yml").read_bytes()

    done = apply_overlay(project, template, "-a", OURS, deploy_platforms=["fly"])
    assert done.returncode == 0, done.stderr
    assert (project.root / ".copier-answers.yml").read_bytes() == theirs
    assert "deploy_platforms" in (project.root / OURS).read_text(encoding="utf-8")
    commit(project, "The overlay")

    run([copier, "update", "--trust", "--defaults", "-a", OURS], project.root, env)
    assert status(project) == []
    run([copier, "update", "--defaults"], project.root, env)
    assert sorted(line[3:] for line in status(project)) == [".copier-answers.yml", "NOTES.md"]
    assert (project.root / "NOTES.md").read_text(encoding="utf-8") == "two\n"
