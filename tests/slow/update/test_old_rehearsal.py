"""An update from 0.1.0 takes the rehearsal out of the repository, and names what still starts it."""

from __future__ import annotations

from pathlib import Path

from tests.support import Project, commit, git
from tests.support.versions import answers_of, released, taken, updated, write

WORKFLOW = ".github/workflows/test.yml"


def test_the_rehearsal_leaves_and_who_starts_it_is_named(template: Path, project: Project, tmp_path: Path) -> None:
    versions = released(template, tmp_path / "versions", "0.1.0")
    taken(project, versions, "-r", "v0.1.0")
    assert (project.root / "deploy" / "rehearse.py").is_file()
    write(
        project,
        WORKFLOW,
        "steps:\n  - run: pip install -r requirements.txt\n  - run: python -m deploy.rehearse --json\n",
    )
    write(project, "Makefile", "check:\n\tpython deploy/rehearse.py\n")
    write(project, "notes.md", "We deploy.rehearsed nothing.\n")
    with (project.root / "deploy" / "rehearse.py").open("a", encoding="utf-8") as file:
        file.write("\n# An edit of ours.\n")
    commit(project, "An edit")

    said = updated(project).stdout

    assert not (project.root / "deploy" / "rehearse.py").exists()
    assert "removed; still in git: `git show HEAD:deploy/rehearse.py`" in " ".join(said.split())
    assert "An edit of ours." in git(project.root, "show", "HEAD:deploy/rehearse.py")
    assert f"{WORKFLOW}:3" in said
    assert "Makefile:2" in said
    assert "notes.md" not in said
    address = f"git+{versions.root.as_uri()}@{answers_of(project)['_commit']}"
    assert f"uvx --from {address} deploy-overlay rehearse" in said


def test_nothing_is_named_where_nothing_starts_it(template: Path, project: Project, tmp_path: Path) -> None:
    versions = released(template, tmp_path / "versions", "0.1.0")
    taken(project, versions, "-r", "v0.1.0")

    said = updated(project).stdout

    assert not (project.root / "deploy" / "rehearse.py").exists()
    assert "start the rehearsal" not in said
