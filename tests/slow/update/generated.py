"""Edits that nobody thought of: random ones in random files of ours, then an update of other lines or of the same.

The template's change is one line in each file; a user's edit is near it (two lines away or more) or on it, or the file is
renamed as well.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass, replace
from pathlib import Path

from hypothesis import strategies as st

from tests.support import Project, commit, git
from tests.support.versions import Versions, conflicts, updated

# Rendered path, and its file in the template. Lines are plain text there: no Jinja near the one that changes.
FILES = {
    "deploy/health.py": "template/project/{{ deploy_folder }}/health.py",
    "deploy/static.py": "template/project/{{ deploy_folder }}/static.py",
    "deploy/platforms/__init__.py": "template/project/{{ deploy_folder }}/platforms/__init__.py",
    "deploy/gunicorn.conf.py": "template/project/{{ deploy_folder }}/gunicorn.conf.py.jinja",
    "fly.toml": "template/project/fly.toml.jinja",
    ".dockerignore": "template/project/.dockerignore.jinja",
}
THEIRS, MINE = "# theirs, of the new version", "# mine"
RENAMED = ".mine"
APART = 2  # unchanged lines between two changes that merge


@dataclass(frozen=True)
class Edit:
    """What a user does to one file."""

    kind: str  # insert, change or delete a line, or rename the file
    place: float  # where in the file, 0 to 1
    number: int  # makes its text its own
    ends: str  # of its lines: LF, CRLF, or LF and none at the end of the file
    same_line: bool  # as the template's change; a file that is renamed has no line in common with it any more


EDITS = st.builds(
    Edit,
    kind=st.sampled_from(["insert", "change", "delete", "rename"]),
    place=st.floats(0, 1, exclude_max=True),
    number=st.integers(1, 10**6),
    ends=st.sampled_from(["lf", "crlf", "none at the end"]),
    same_line=st.booleans(),
)
BATCHES = st.fixed_dictionaries(dict.fromkeys(FILES, EDITS))


@dataclass
class Tally:
    edits: int = 0
    expected: int = 0
    found: int = 0
    lost: int = 0


def changed_line(lines: list[str]) -> int:
    """The line that the new version changes: one that is in the template as it is rendered, in the middle of the file."""
    return len(lines) // 2


def new_version(versions: Versions, project: Project) -> None:
    """1.1.0, with one line more or less in each of the files."""

    def edit(root: Path) -> None:
        for path, source in FILES.items():
            rendered = (project.root / path).read_text(encoding="utf-8").splitlines()
            text = (root / source).read_text(encoding="utf-8")
            line = next(line for line in rendered[changed_line(rendered) :] if line.strip() and text.count(line) == 1)
            (root / source).write_text(text.replace(line, f"{line}  {THEIRS}"), encoding="utf-8", newline="\n")

    versions.release("1.1.0", edit)


def tried(project: Project, versions: Versions, batch: dict[str, Edit], to: Path, tally: Tally) -> None:
    """One update of a copy of the project after a batch of edits; raises AssertionError where anything is amiss."""
    shutil.copytree(project.root, to, symlinks=True)
    mine = replace(project, root=to)
    expected: dict[str, str] = {}  # the user's text by path; empty for a deletion
    clashing = set()
    for path, edit in batch.items():
        expected[path] = _apply(to / path, edit, project, versions, path)
        if edit.kind == "rename":
            (to / path).rename(to / f"{path}{RENAMED}")
        elif edit.same_line:
            clashing.add(path)
    whole = {path: (to / f"{path}{RENAMED}").read_bytes() for path, edit in batch.items() if edit.kind == "rename"}
    commit(mine, "Edits")
    updated(mine)
    tally.edits += len(batch)
    tally.expected += len(clashing)
    found = set(conflicts(mine))
    tally.found += len(found)
    for path, before in whole.items():
        tally.lost += (to / f"{path}{RENAMED}").read_bytes() != before
        assert (to / f"{path}{RENAMED}").read_bytes() == before, f"{path}: {batch[path]} is lost"
        assert not (to / path).exists(), f"{path}: is there again after {batch[path]}"
    for path, text in expected.items():
        if path in whole:
            continue
        content = (to / path).read_bytes().decode("utf-8")
        tally.lost += text not in content
        assert text in content, f"{path}: {batch[path]} is lost"
        assert THEIRS in content, f"{path}: the update is not there after {batch[path]}"
        assert content.count("<<<<<<< before updating") == (path in clashing), f"{path}: {batch[path]}"
        if batch[path].ends == "crlf":
            assert content.count("\r\n") == content.count("\n"), f"{path}: line ends after {batch[path]}"
    assert found == clashing
    assert git(to, "diff", "--name-only", "--diff-filter=D") == ""


def _apply(file: Path, edit: Edit, project: Project, versions: Versions, path: str) -> str:
    """Makes the edit; returns what has to be found in the file afterwards."""
    lines = file.read_text(encoding="utf-8").splitlines()
    new = (versions.root / FILES[path]).read_text(encoding="utf-8")
    target = next(number for number, line in enumerate(lines) if f"{line}  {THEIRS}" in new and line.strip())
    text = f"{MINE} {edit.number}"
    if edit.same_line:
        lines[target] = f"{lines[target]}  {text}"
    else:
        free = [number for number in range(len(lines)) if abs(number - target) > APART]
        place = free[int(edit.place * len(free))]
        if edit.kind == "insert":
            place = place if place > target else max(0, place)
            lines.insert(place, text)
        elif edit.kind == "change":
            lines[place] = text
        else:
            del lines[place]
            text = ""
    end = "\r\n" if edit.ends == "crlf" else "\n"
    last = end if edit.ends in ("lf", "crlf") else ""
    file.write_bytes((end.join(lines) + last).encode("utf-8"))
    return text
