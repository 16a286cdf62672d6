"""A project that is installed as a package of its own stays installable when the overlay's folder comes beside it."""

from __future__ import annotations

from pathlib import Path

from tests.support import apply_overlay, commit, environment, run, tree
from tests.support.anchors import shows
from tests.support.programs import tools_folder
from tests.template.conftest import small_project

PYPROJECT = """[project]
name = "mysite"
version = "1"
requires-python = ">=3.11"
dependencies = ["Django~=5.2.0"]

[build-system]
requires = ["setuptools>=77"]
build-backend = "setuptools.build_meta"
"""


@shows("package-found-by-setuptools")
def test_a_package_that_setuptools_finds_by_itself_has_to_be_named(template: Path, tmp_path: Path) -> None:
    project = small_project(tmp_path / "library")
    root = project.root
    (root / "requirements.txt").unlink()
    (root / "pyproject.toml").write_text(PYPROJECT, encoding="utf-8")
    active = environment(project.python)
    run([tools_folder() / "uv", "lock", "--quiet"], root, active)
    (root / ".gitignore").write_text("__pycache__/\n.venv/\n*.egg-info/\nbuild/\n", encoding="utf-8")
    commit(project, "uv")
    before = tree(root)

    refused = apply_overlay(project, template, deploy_platforms=["fly"])
    assert refused.returncode != 0 and 'packages = ["mysite"]' in refused.stderr
    assert tree(root) == before

    (root / "pyproject.toml").write_text(f'{PYPROJECT}\n[tool.setuptools]\npackages = ["mysite"]\n', encoding="utf-8")
    commit(project, "Name the package")
    done = apply_overlay(project, template, deploy_platforms=["fly"])
    assert done.returncode == 0, done.stderr
    run([tools_folder() / "uv", "sync", "--quiet", "--locked"], root, active)
