"""Migrations that git ignores are refused, because the site's database would have no tables."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from deploy_overlay.detect import Facts, Failure, look
from tests.unit.detect.conftest import SETTINGS, django_project, write

MODEL = "from django.db import models\n\nclass Book(models.Model):\n    pass\n"
SHOP = {"shop/__init__.py": "", "shop/models.py": MODEL}
APP = SETTINGS + 'INSTALLED_APPS += ["shop"]\n'


def in_git(root: Path, files: Mapping[str, str], body: str = APP) -> Facts:
    write(root, {**django_project(body=body), **files})
    for command in (["init", "--quiet"], ["add", "--all"]):
        subprocess.run(["git", *command], cwd=root, check=True)
    return look(root)


@pytest.mark.parametrize("rule", ["migrations/", "**/migrations/**", "shop/migrations/*.py", "000*.py"])
@pytest.mark.parametrize("on_disk", [True, False])
def test_the_line_that_ignores_them_is_named(tmp_path: Path, rule: str, on_disk: bool) -> None:
    there = {"shop/migrations/__init__.py": "", "shop/migrations/0001_initial.py": ""} if on_disk else {}
    seen = in_git(tmp_path, {**SHOP, **there, ".gitignore": f"*.pyc\n{rule}\n"})
    with pytest.raises(Failure, match=r"^\.gitignore:2 has .*no migrations of shop, .*makemigrations"):
        seen.fact("django_database")


@pytest.mark.parametrize(
    ("files", "body"),
    [
        (SHOP, APP),  # not made yet: the rehearsal tells
        ({**SHOP, ".gitignore": "migrations/\n"}, SETTINGS),
        ({**SHOP, ".gitignore": "migrations/\n"}, APP + 'MIGRATION_MODULES = {"shop": "shop.changes"}\n'),
        ({"shop/__init__.py": "", ".gitignore": "migrations/\n"}, APP),
        ({**SHOP, "shop/models.py": f"{MODEL}    class Meta:\n        abstract = True\n", ".gitignore": "migrations/\n"}, APP),
    ],
)  # fmt: skip
def test_others_are_not_refused(tmp_path: Path, files: dict[str, str], body: str) -> None:
    assert in_git(tmp_path, files, body).fact("django_database").value == "sqlite"


def test_migrations_that_were_added_by_force_are_there(tmp_path: Path) -> None:
    migration = {"shop/migrations/__init__.py": "", "shop/migrations/0001_initial.py": ""}
    seen = in_git(tmp_path, {**SHOP, **migration, ".gitignore": "migrations/\n"})
    subprocess.run(["git", "add", "--force", "shop/migrations"], cwd=tmp_path, check=True)
    assert seen.fact("django_database").value == "sqlite"
