"""A repository as it is after years: ten thousand files, a virtual environment, a submodule, links, CRLF and other alphabets."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.support import Project, adopt, commit, git, tree
from tests.support.versions import Versions, appended, conflicts, taken, updated

FILES = 10_000
NAMES = [
    "docs/Übersicht.md",
    "docs/読んで.md",
    "docs/with space.md",
    'docs/it\'s "quoted".md' if os.name != "nt" else "docs/it's.md",
]


@pytest.fixture
def large(project: Project, tmp_path: Path) -> Project:
    root = project.root
    git(
        root, "config", "gc.auto", "0"
    )  # else git packs ten thousand objects beside the test, and its folders come and go
    for number in range(FILES):
        if number % 100 == 0:
            (root / "data" / str(number // 100)).mkdir(parents=True)
        (root / "data" / str(number // 100) / f"{number}.txt").write_bytes(b"%d\n" % number)
    (root / "docs").mkdir(exist_ok=True)
    for name in NAMES:
        (root / name).write_bytes("Grüße\r\nund mehr\r\n".encode("latin-1"))
    (root / ".gitignore").write_text(".venv/\n*.log\n", encoding="utf-8")
    packages = root / ".venv" / "lib" / "python3.13" / "site-packages" / "django"
    packages.mkdir(parents=True)
    for number in range(500):
        (packages / f"module{number}.py").write_bytes(b"")
    (packages / "manage.py").write_bytes(b"import os\n")
    if os.name != "nt":
        (root / "current").symlink_to("data/1")
        (root / "nowhere").symlink_to("not/there")
        (root / "shelf" / "loop").symlink_to("..")
    theirs = tmp_path / "theirs"
    (theirs / "demo").mkdir(parents=True)
    (theirs / "demo" / "manage.py").write_text("import os\n", encoding="utf-8")
    adopt(theirs)
    git(root, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(theirs), "vendored")
    commit(project, "Ten years later")
    return project


# Slow: every file is compared with its state before, three times.
def test_copy_update_and_leave_touch_nothing_else(large: Project, versions: Versions) -> None:
    before, links = tree(large.root), _links(large.root)

    taken(large, versions)
    added = set(tree(large.root)) - set(before)
    versions.release("1.1.0", appended("template/project/fly.toml.jinja", "# New.\n"))
    updated(large)
    changed = {line[3:] for line in git(large.root, "status", "--porcelain").splitlines()}

    assert conflicts(large) == []
    assert changed == {".copier-answers.yml", "deploy/README.md", "fly.toml"}
    assert not [path for path in added if path.startswith(("data/", "docs/", ".venv/", "vendored/"))]
    commit(large, "Update")

    updated(large, "-r", ":current:", deploy_uninstall="remove")

    assert tree(large.root) == before
    assert _links(large.root) == links


def _links(root: Path) -> dict[str, str]:
    return {
        str(path): str(path.readlink())
        for path in (root / "current", root / "nowhere", root / "shelf" / "loop")
        if path.is_symlink()
    }
