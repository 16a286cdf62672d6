"""The commands that a project's own deploy/README.md gives."""

from __future__ import annotations

import re

from tests.support import Project


def lines_of(project: Project, task: str) -> list[str]:
    """Those in the row of a task, as their reader copies them."""
    text = next(project.root.rglob("deploy/README.md")).read_text(encoding="utf-8")
    row = re.search(rf"(?m)^\| {re.escape(task)} \| (.+) \|$", text)
    assert row, f"deploy/README.md has no row `{task}`"
    return re.findall("`([^`]+)`", row[1])
