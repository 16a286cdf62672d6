"""What only a development group has is not in production's installation: every manager, every form of such a group.

Seconds to a minute each: the manager makes a lock, and then installs from it as production does.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from deploy_overlay.base.answers import Answers
from deploy_overlay.rehearse.differences import Differences
from tests.slow.rehearse.test_installation import Project, cache, facts, python, write
from tests.support import adopt, interpreter
from tests.support.locking import lock_files
from tests.support.package_index import index_url, poetry_source

__all__ = ["cache"]  # a fixture
PROJECT = '[project]\nname = "shop"\nversion = "1"\nrequires-python = ">=3.11"\ndependencies = ["django~=5.2.0"]\n'
UNPACKAGED = "[tool.poetry]\npackage-mode = false\n"
POETRY = UNPACKAGED + '[tool.poetry.dependencies]\npython = "^3.11"\ndjango = "~5.2"\n'
PDM = PROJECT + "[tool.pdm]\ndistribution = false\n"
SITE = {
    "manage.py": (
        "import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'shop.settings')\n"
        "from django.core.management import execute_from_command_line\nexecute_from_command_line()\n"
    ),
    "shop/__init__.py": "",
    "shop/settings.py": "import six\nSECRET_KEY = 'x'\nDEBUG = False\nWSGI_APPLICATION = 'shop.wsgi.application'\n",
    "shop/wsgi.py": (
        "import os\nfrom django.core.wsgi import get_wsgi_application\n"
        "os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'shop.settings')\napplication = get_wsgi_application()\n"
    ),
}
FORMS: dict[str, tuple[str, Mapping[str, str], str, str]] = {
    "uv, group": (
        "uv", {"pyproject.toml": PROJECT + '[dependency-groups]\ndev = ["six"]\n'},
        "Run `uv add six`", "the group dev of pyproject.toml",
    ),
    "uv, its own table": (
        "uv", {"pyproject.toml": PROJECT + '[tool.uv]\ndev-dependencies = ["six"]\n'},
        "Run `uv add six`", "the dev-dependencies of pyproject.toml",
    ),
    "Poetry, group": (
        "poetry", {"pyproject.toml": POETRY + '[tool.poetry.group.dev.dependencies]\nsix = "*"\n' + poetry_source()},
        "Run `poetry add six`", "the group dev of pyproject.toml",
    ),
    "Poetry, optional group": (
        "poetry",
        {"pyproject.toml": POETRY + "[tool.poetry.group.debug]\noptional = true\n"
         '[tool.poetry.group.debug.dependencies]\nsix = "*"\n' + poetry_source()},
        "Run `poetry add six`", "the group debug of pyproject.toml",
    ),
    "Poetry, dev-dependencies": (
        "poetry", {"pyproject.toml": POETRY + '[tool.poetry.dev-dependencies]\nsix = "*"\n' + poetry_source()},
        "Run `poetry add six`", "the group dev of pyproject.toml",
    ),
    "Poetry, standard group": (
        "poetry",
        {"pyproject.toml": PROJECT + UNPACKAGED + '[dependency-groups]\ndev = ["six"]\n' + poetry_source()},
        "Run `poetry add six`", "the group dev of pyproject.toml",
    ),
    "PDM, its own table": (
        "pdm", {"pyproject.toml": PDM + '[tool.pdm.dev-dependencies]\ntest = ["six"]\n'},
        "Run `pdm add six`", "the group test of pyproject.toml",
    ),
    "PDM, group": (
        "pdm", {"pyproject.toml": PDM + '[dependency-groups]\ntest = ["six"]\n'},
        "Run `pdm add six`", "the group test of pyproject.toml",
    ),
    "Pipenv": (
        "pipenv",
        {"Pipfile": '[[source]]\nurl = "' + index_url() + '"\nverify_ssl = true\nname = "index"\n'
                    '[packages]\ndjango = "~=5.2.0"\n[dev-packages]\nsix = "*"\n[requires]\npython_version = "3.13"\n'},
        "Run `pipenv install six`", "the dev-packages of Pipfile",
    ),
    "pip": (
        "pip", {"requirements.txt": "django~=5.2.0\n", "requirements-dev.txt": "-r requirements.txt\nsix\n"},
        "Add six to requirements.txt", "requirements-dev.txt",
    ),
}  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
def test_what_only_development_has_is_missed_and_named(form: str, tmp_path: Path) -> None:
    manager, files, adding, where = FORMS[form]
    root = write(tmp_path / "site", {**SITE, **files, **lock_files(manager, files, interpreter("3.13"))})
    adopt(root)
    project = Project(root, {**facts(root), "django_python_version": "3.13"})
    assert project.values["django_dependency_manager"] == manager

    installed = project.install()

    error = python(installed, f"import sys; sys.path.insert(0, {str(root)!r}); import django; import shop.settings")
    assert "No module named 'six'" in error
    answers = Answers(root, "", dict(project.values))
    assert Differences(answers, project.tree(), project.log).cure(error) == (
        f"{adding}: production does not install {where}, which has six now."
    )
