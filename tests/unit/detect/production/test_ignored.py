"""What the site needs and git ignores is told after the copy: a deployment would lack it."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from deploy_overlay.base.answers import Answers
from deploy_overlay.detect import FACTS, Facts, look
from deploy_overlay.summary import left_out_by_git
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
    (told,) = seen.left_out_by_git()
    assert told.startswith(f".gitignore:2 has {rule}, so git has no migrations of shop, ") and "makemigrations" in told


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
def test_of_others_nothing_is_told(tmp_path: Path, files: dict[str, str], body: str) -> None:
    assert in_git(tmp_path, files, body).left_out_by_git() == []


def test_migrations_that_were_added_by_force_are_there(tmp_path: Path) -> None:
    migration = {"shop/migrations/__init__.py": "", "shop/migrations/0001_initial.py": ""}
    seen = in_git(tmp_path, {**SHOP, **migration, ".gitignore": "migrations/\n"})
    subprocess.run(["git", "add", "--force", "shop/migrations"], cwd=tmp_path, check=True)
    assert seen.left_out_by_git() == []


def test_a_module_of_the_settings(tmp_path: Path) -> None:
    files = {"site_/local.py": "KEY = 1\n", ".gitignore": "local.py\n"}
    seen = in_git(tmp_path, files, f"{SETTINGS}\nfrom .local import *\nfrom ._version import *\n")
    known = {name: seen.fact(name).value for name in FACTS}

    (told,) = left_out_by_git(Answers(tmp_path, ".copier-answers.yml", known))

    assert told.startswith("site_/settings.py:11 imports site_.local, which git ignores")
    assert "commit site_/local.py" in told
    subprocess.run(["git", "add", "--force", "site_/local.py"], cwd=tmp_path, check=True)
    assert look(tmp_path).left_out_by_git() == []
