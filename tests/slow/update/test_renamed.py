"""A version that calls a question or a file something else: the answer and the edits are there under the new name."""

from __future__ import annotations

from pathlib import Path

from tests.slow.update.test_untouched import twin
from tests.support import Project, status, tree
from tests.support.versions import Versions, answers_of, edit, replaced, taken, updated

OLD, NEW = "fly_region", "fly_primary_region"
README, GUIDE = "{{ deploy_folder }}/README.md", "{{ deploy_folder }}/GUIDE.md"
TABLES = "deploy_overlay/update/renamed.py"


def renaming(template: Path) -> None:
    """What a major version does that renames both, in the template and in the tables of the hooks."""
    folders = ("questions", "template", "deploy_overlay/platforms/fly")
    for file in (path for folder in folders for path in (template / folder).rglob("*") if path.is_file()):
        text = file.read_text(encoding="utf-8")
        if OLD in text:
            file.write_text(text.replace(OLD, NEW), encoding="utf-8", newline="\n")
    project = template / "template" / "project"
    (project / f"{README}.jinja").rename(project / f"{GUIDE}.jinja")
    replaced(TABLES, "ANSWERS: Mapping[str, str] = {}", f'ANSWERS: Mapping[str, str] = {{"{OLD}": "{NEW}"}}')(template)
    replaced(TABLES, "FILES: Mapping[str, str] = {}", f'FILES: Mapping[str, str] = {{"{README}": "{GUIDE}"}}')(template)


def test_answers_and_edits_go_with_a_new_name(versions: Versions, project: Project, tmp_path: Path) -> None:
    other = twin(project, tmp_path / "fresh")
    taken(project, versions, fly_region="fra")
    first_line = (project.root / "deploy/README.md").read_text(encoding="utf-8").splitlines()[0]
    edit(project, "deploy/README.md", first_line, f"{first_line}\n\nOurs.")
    versions.release("2.0.0", renaming)
    fresh = taken(other, versions, **{NEW: "fra"})

    done = updated(project)

    assert answers_of(project)[NEW] == "fra"
    assert OLD not in answers_of(project)
    assert not (project.root / "deploy/README.md").exists()
    assert "deploy/GUIDE.md" in done.stdout
    edit(fresh, "deploy/GUIDE.md", first_line, f"{first_line}\n\nOurs.")
    assert tree(project.root) == tree(fresh.root)
    assert not [line for line in status(project) if line.startswith("U")]
