"""The registry of facts: each says what it needs, and asks for nothing else."""

from __future__ import annotations

import contextlib
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

from deploy_overlay.base.files import Repository
from deploy_overlay.base.message import Failure
from deploy_overlay.detect import FACTS, Project
from deploy_overlay.platforms import recognizers

from .conftest import SETTINGS, django_project, write

CLASSES = f"""\
from configurations import Configuration, values

class Base(Configuration):
{"".join(f"    {line}" + chr(10) for line in SETTINGS.splitlines() if line and not line.startswith("from"))}

class Production(Base):
    SECRET_KEY = values.SecretValue()
"""
PACKAGE = '{"scripts": {"build": "vite build --outDir site_/static"}, "devDependencies": {"vite": "6"}}'
PROJECTS: dict[str, dict[str, str]] = {
    "plain": {**django_project(), "fly.toml": "app = 'x'\n"},
    "in a src folder": {
        **django_project(), "manage.py": django_project()["manage.py"].replace("site_", "shop.site_"),
        "src/shop/site_/settings.py": SETTINGS, "package.json": PACKAGE,
        "ml/Dockerfile": "FROM python\nRUN pip install torch\n", "ml/requirements.txt": "torch\n",
    },
    "classes": {**django_project(body=CLASSES.replace("Path(__file__).resolve().parent.parent", "''"))},
    "an assigned module, no pins": {
        **django_project(), "requirements.txt": "Django>=4.2\ndjango-vite\n",
        "package.json": PACKAGE.replace("site_/static", "dist"),
        "site_/wsgi.py": django_project()["site_/wsgi.py"].replace(
            'os.environ.setdefault("DJANGO_SETTINGS_MODULE", ', 'os.environ["DJANGO_SETTINGS_MODULE"] = ('),
    },
    "a manifest": {
        **django_project(body=SETTINGS + "STATS = open(BASE_DIR / 'dist/manifest.json').read()\n"),
        "package.json": PACKAGE, "pyproject.toml": "[project]\nname='x'\ndependencies=['Django~=5.2.0', 'celery']\n",
        "site_/celery.py": "from celery import Celery\napp = Celery('site_')\n", "Procfile": "worker: celery -A site_ worker\n",
        "requirements.txt": "Django==5.2.1\ncelery\n", "Pipfile": "[packages]\ndjango='*'\n[requires]\npython_version='3.12'\n",
    },
}  # fmt: skip


def look(root: Path, **given: object) -> Project:
    table = {name: detector.detect for name, detector in FACTS.items()}
    return Project(Repository(root), given, table, platforms=recognizers())


def asked(root: Path) -> dict[str, set[str]]:
    """What each fact asks for in this project, where all of the others are known."""
    values: dict[str, object] = {}
    for name in FACTS:
        with contextlib.suppress(Failure):
            values[name] = look(root).fact(name).value
    found: dict[str, set[str]] = {}
    for name in FACTS:
        project = look(root, **{other: value for other, value in values.items() if other != name})
        with contextlib.suppress(Failure):
            project.fact(name)
        found[name] = project.needed.get(name, set())
    return found


@pytest.fixture
def found(tmp_path: Path) -> dict[str, set[str]]:
    together: dict[str, set[str]] = {name: set() for name in FACTS}
    for number, files in enumerate(PROJECTS.values()):
        for name, needed in asked(write(tmp_path / str(number), files)).items():
            together[name] |= needed
    return together


def test_a_fact_asks_for_what_it_says_that_it_needs(found: dict[str, set[str]]) -> None:
    assert found == {name: {*detector.needs} for name, detector in FACTS.items()}


def test_facts_need_each_other_in_no_circle() -> None:
    order = list(TopologicalSorter({name: detector.needs for name, detector in FACTS.items()}).static_order())
    assert {*order} == {*FACTS}
