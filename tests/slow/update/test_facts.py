"""What the project is today reaches the deployment with an update; what its owner decided stays."""

from __future__ import annotations

import json
import shlex
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support import Project, clone, commit, git, make_project, status, tree
from tests.support.anchors import shows
from tests.support.versions import Versions, answers_of, edit, released, taken, update, updated, write


@pytest.fixture
def current(versions: Versions, project: Project) -> Project:
    return taken(project, versions)


def test_another_python(current: Project) -> None:
    write(current, ".python-version", "3.12\n")

    done = updated(current)

    assert answers_of(current)["django_python_version"] == "3.12"
    assert "FROM python:3.12-slim" in (current.root / "Dockerfile").read_text(encoding="utf-8")
    assert "django_python_version" in done.stdout
    assert "3.12" in done.stdout


def test_a_new_variable_has_to_be_set(current: Project) -> None:
    settings = "shelf/settings.py"
    text = (current.root / settings).read_text(encoding="utf-8")
    write(current, settings, f'{text}\nimport os\nPARCEL_TOKEN = os.environ["PARCEL_TOKEN"]\n')

    done = updated(current)

    assert "set       PARCEL_TOKEN" in done.stdout
    assert "PARCEL_TOKEN" in (current.root / "deploy" / "environment.py").read_text(encoding="utf-8")


def test_celery_added_since(current: Project) -> None:
    write(
        current, "requirements.txt", (current.root / "requirements.txt").read_text(encoding="utf-8") + "celery>=5.4\n"
    )
    write(
        current,
        "shelf/celery.py",
        "import os\n\nfrom celery import Celery\n\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'shelf.settings')\n"
        "app = Celery('shelf')\napp.config_from_object('django.conf:settings', namespace='CELERY')\n",
    )

    updated(current)

    assert "celery" in answers_of(current)["django_services"]


def test_settings_that_moved(current: Project) -> None:
    git(current.root, "mv", "shelf/settings.py", "shelf/production.py")
    for path in ("manage.py", "shelf/wsgi.py", "shelf/asgi.py"):
        file = current.root / path
        file.write_text(
            file.read_text(encoding="utf-8").replace("shelf.settings", "shelf.production"), encoding="utf-8"
        )
    commit(current, "Other settings")

    updated(current)

    assert answers_of(current)["django_settings_module"] == "shelf.production"
    assert "from shelf.production import *" in (current.root / "deploy" / "settings.py").read_text(encoding="utf-8")


@pytest.mark.parametrize("elsewhere", [False, True], ids=["here", "in a clone of it"])
def test_an_answer_of_the_users_own_stays(
    elsewhere: bool, versions: Versions, project: Project, tmp_path: Path
) -> None:
    taken(project, versions, django_python_version="3.12")
    write(project, ".python-version", "3.13\n")
    if elsewhere:
        project = clone(project, tmp_path / "elsewhere" / "library")

    updated(project)

    assert answers_of(project)["django_python_version"] == "3.12"
    assert [line[3:] for line in status(project) if line[3:] != ".copier-answers.yml"] == []


def test_one_that_came_with_an_update_stays_too(current: Project) -> None:
    updated(current, "-r", ":current:", django_python_version="3.12")
    commit(current, "Our Python")
    write(current, ".python-version", "3.13\n")

    updated(current)

    assert answers_of(current)["django_python_version"] == "3.12"


def test_the_user_can_give_it_back(versions: Versions, project: Project) -> None:
    taken(project, versions, django_python_version="3.12")
    write(project, ".python-version", "3.13\n")

    updated(project, "-r", ":current:", deploy_own_answers=[])

    assert answers_of(project)["django_python_version"] == "3.13"


def test_answers_of_a_version_that_did_not_note_whose_they_are(
    template: Path, project: Project, tmp_path: Path
) -> None:
    versions = released(template, tmp_path / "template", "0.1.0")
    taken(project, versions, "--vcs-ref", "v0.1.0", django_python_version="3.12")
    write(project, ".python-version", "3.13\n")

    updated(project)

    assert answers_of(project)["django_python_version"] == "3.12"
    assert answers_of(project)["deploy_own_answers"] == ["django_python_version"]


def test_what_the_overlay_brought_says_nothing_about_the_project(versions: Versions, tmp_path: Path) -> None:
    """Its own settings, image and driver would be taken for the project's."""
    project = taken(make_project(tmp_path / "library", variants=["django-environ"]), versions)
    before = answers_of(project)

    updated(project)

    assert answers_of(project) == before


@shows("not-clear")
def test_what_became_unclear_is_refused_and_nothing_is_changed(current: Project) -> None:
    git(current.root, "rm", "-q", "manage.py")
    for name in ("one", "two"):
        write(current, f"{name}/manage.py", _manage("shelf.settings"))
        write(current, f"{name}/shelf/settings.py", "SECRET_KEY = 'x'\nINSTALLED_APPS = []\n")
        write(current, f"{name}/shelf/__init__.py", "")
        write(current, f"{name}/requirements.txt", "Django>=5.2\n")
    before = tree(current.root)

    done = update(current)

    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert tree(current.root) == before
    assert status(current) == []


@shows("not-clear")
def test_what_is_printed_for_a_front_end_that_became_unclear_can_be_pasted(current: Project) -> None:
    for name, node in (("admin_ui", "22"), ("site_ui", "24")):
        build = {"build": f"vite build --outDir '../static/{name}'"}
        manifest = {"name": name, "scripts": build, "engines": {"node": node}}
        write(current, f"{name}/package.json", json.dumps(manifest))
    text = (current.root / "shelf/settings.py").read_text(encoding="utf-8")
    write(current, "shelf/settings.py", text + '\nSTATICFILES_DIRS = [BASE_DIR / "static"]\n')
    refusal = update(current)
    assert refusal.returncode == 1
    [line] = [line for line in refusal.stderr.splitlines() if "Choose with: " in line]

    updated(current, *shlex.split(line.partition("Choose with: ")[2]))

    assert answers_of(current)["django_frontend"]["root"] == "admin_ui"


@shows("answer-deploy-name")
def test_a_refused_answer_leaves_nothing_behind(current: Project) -> None:
    write(current, ".python-version", "3.12\n")

    done = update(current, deploy_name="Not_A_Name")

    assert done.returncode == 1
    assert status(current) == []


@shows("answer-deploy-name")
def test_nor_in_a_work_tree_of_its_own(current: Project, tmp_path: Path) -> None:
    write(current, ".python-version", "3.12\n")
    git(current.root, "worktree", "add", "--quiet", "-b", "other", str(tmp_path / "tree"))
    tree_of = replace(current, root=tmp_path / "tree")

    done: subprocess.CompletedProcess[str] = update(tree_of, deploy_name="Not_A_Name")

    assert done.returncode == 1
    assert status(tree_of) == []


def test_a_project_without_a_python_of_its_own_keeps_the_one_that_was_chosen(current: Project) -> None:
    before = answers_of(current)["django_python_version"]
    edit(current, "requirements.txt", "Django>=5.2,<6.0", "Django>=4.2,<6.0")

    updated(current)

    assert answers_of(current)["django_python_version"] == before


def _manage(settings: str) -> str:
    return (
        "import os\nimport sys\n\nif __name__ == '__main__':\n"
        f"    os.environ.setdefault('DJANGO_SETTINGS_MODULE', '{settings}')\n"
        "    from django.core.management import execute_from_command_line\n    execute_from_command_line(sys.argv)\n"
    )
