"""Packages that setuptools does not look for need no list of them beside the overlay's folder."""

from __future__ import annotations

from pathlib import Path

import pytest

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


@pytest.mark.parametrize(
    "pyproject",
    [
        PYPROJECT.partition("[build-system]")[0],  # not installed itself
        PYPROJECT + "\n[tool.uv]\npackage = false\n",
        PYPROJECT.replace("setuptools.build_meta", "hatchling.build").replace("setuptools>=77", "hatchling"),
    ],
)
def test_others_need_nothing(pyproject: str, tmp_path: Path) -> None:
    from deploy_overlay.detect import check_discovery

    root = tmp_path / "library"
    small_project(root)
    (root / "pyproject.toml").write_text(pyproject, encoding="utf-8")

    check_discovery(
        root,
        {
            "django_root": ".",
            "django_dependency_root": ".",
            "django_dependency_manager": "uv",
            "deploy_package": "deploy",
        },
    )
