"""What cannot be supported is refused before anything is written: one clear text that names the cure, and no change.

Slow by their number, as each runs Copier.
"""

import json
import shlex
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from deploy_overlay.base.template_files import stored_answers
from tests.support import Project, apply_overlay, commit, git, make_project, tree
from tests.support.anchors import shows, unmet


@dataclass(frozen=True)
class Failure:
    """How a good project is spoilt, what is answered, and words that the message must have."""

    spoil: Callable[[Project], object]
    words: tuple[str, ...]
    answers: dict[str, object] = field(default_factory=dict)
    anchor: str = field(kw_only=True)  # its entry in docs/errors.md


def nothing(project: Project) -> None:
    """The project is good."""


def no_repository(project: Project) -> None:
    shutil.rmtree(project.root / ".git")


def no_place_for_notes(project: Project) -> None:
    (project.root / ".git" / "deploy-overlay").write_text("a file", encoding="utf-8")


def no_commit(project: Project) -> None:
    shutil.rmtree(project.root / ".git")
    git(project.root, "init", "--quiet")


def format_of_a_newer_git(project: Project) -> None:
    git(project.root, "config", "core.repositoryFormatVersion", "999")


def bare(project: Project) -> None:
    git(project.root, "config", "core.bare", "true")


def changed_requirements(project: Project) -> None:
    path = project.root / "requirements.txt"
    path.write_text(path.read_text(encoding="utf-8") + "requests>=2.32\n", encoding="utf-8")


def new_requirements(project: Project) -> None:
    git(project.root, "rm", "--quiet", "--cached", "requirements.txt")
    git(project.root, "commit", "--quiet", "--message", "Forget the requirements")


def written(name: str, text: str | bytes) -> Callable[[Project], None]:
    """A committed file with this content."""

    def spoil(project: Project) -> None:
        path = project.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        commit(project, f"Write {name}")

    return spoil


def removed(name: str) -> Callable[[Project], None]:
    """A file that is not there any more."""

    def spoil(project: Project) -> None:
        git(project.root, "rm", "--quiet", name)
        git(project.root, "commit", "--quiet", "--message", f"Remove {name}")

    return spoil


def two_projects(project: Project) -> None:
    for name in ("shop", "blog"):
        shutil.copytree(project.root / "shelf", project.root / name / "shelf")
        shutil.copy2(project.root / "manage.py", project.root / name / "manage.py")
    git(project.root, "rm", "--quiet", "manage.py")
    commit(project, "Two projects")


def no_settings_named(project: Project) -> None:
    git(project.root, "rm", "--quiet", "shelf/wsgi.py", "shelf/asgi.py")
    git(project.root, "mv", "shelf/settings.py", "shelf/conf.py")
    written("manage.py", MANAGE_WITHOUT_SETTINGS)(project)


def with_a_hyphen(project: Project) -> None:
    git(project.root, "mv", "shelf", "my-shelf")
    text = (project.root / "manage.py").read_text(encoding="utf-8")
    written("manage.py", text.replace("shelf.settings", "my-shelf.settings"))(project)


MANAGE_WITHOUT_SETTINGS = (
    "from django.core.management import execute_from_command_line\n\nexecute_from_command_line()\n"
)
SETTINGS_THAT_DO_NOT_PARSE = "SECRET_KEY = 'x'\nINSTALLED_APPS = [\n    'accounts',\n\nDEBUG = True\n"

REFUSALS = {
    "not a git repository": Failure(no_repository, ("git", "init"), anchor="not-a-git-repository"),
    "a format of a newer git": Failure(format_of_a_newer_git, ("999", "newer git"), anchor="git-status-failed"),
    "no commit yet": Failure(no_commit, ("commit",), anchor="no-commit-yet"),
    "no place for notes": Failure(no_place_for_notes, ("deploy-overlay", "writable"), anchor="state-not-writable"),
    "uncommitted requirements": Failure(
        changed_requirements, ("requirements.txt", "ommit"), anchor="uncommitted-changes"
    ),
    "requirements that git does not know": Failure(
        new_requirements, ("requirements.txt", "ommit"), anchor="uncommitted-changes"
    ),
    "a library": Failure(
        lambda project: [
            written("manage.py", 'import os\nos.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")\n')(
                project
            ),
            written("setup.cfg", "[metadata]\nclassifiers =\n    Framework :: Django\n")(project),
        ],
        ("setup.cfg", "manage.py", "django_root=."),
        anchor="a-library",
    ),
    "no manage.py": Failure(removed("manage.py"), ("manage.py",), anchor="no-manage-py"),
    "manage.py without settings": Failure(no_settings_named, ("manage.py", "settings"), anchor="no-settings-module"),
    "several projects": Failure(two_projects, ("blog", "shop", "django_root"), anchor="not-clear"),
    "settings that do not parse": Failure(
        written("shelf/settings.py", SETTINGS_THAT_DO_NOT_PARSE),
        ("shelf/settings.py:2",),
        anchor="settings-do-not-parse",
    ),
    "settings that open a file kept out of git": Failure(
        written("shelf/settings.py", 'KEY = open("/etc/config.json").read()\n'),
        ("shelf/settings.py:1", "/etc/config.json", "os.environ"),
        anchor="settings-open-a-file",
    ),
    "settings that cannot be imported": Failure(
        with_a_hyphen, ("manage.py:", "my-shelf.settings", "Rename"), anchor="settings-not-importable"
    ),
    "settings that are not there": Failure(
        removed("shelf/settings.py"), ("shelf.settings",), anchor="settings-not-in-repository"
    ),
    "settings that import a module kept out of git": Failure(
        written("shelf/settings.py", "from .local_settings import *\n"),
        ("shelf/settings.py:1", "shelf.local_settings", "os.environ"),
        anchor="settings-not-in-repository",
    ),
    "binary requirements": Failure(
        written("requirements.txt", bytes(range(256)) * 4), ("requirements.txt",), anchor="dependency-file-not-text"
    ),
    "no dependency file": Failure(removed("requirements.txt"), ("requirements.txt",), anchor="no-dependency-file"),
    "a name that Fly.io does not take": Failure(
        nothing, ("name",), {"deploy_name": "Not A Name!"}, anchor="answer-deploy-name"
    ),
    "a name that is too long": Failure(nothing, ("name",), {"deploy_name": "a" * 64}, anchor="answer-deploy-name"),
    "a domain that is none": Failure(
        nothing, ("domain",), {"deploy_domains": "https://example.com/shop"}, anchor="answer-deploy-domains"
    ),
    "a domain with a space": Failure(
        nothing, ("domain",), {"deploy_domains": "my shop.example.com"}, anchor="answer-deploy-domains"
    ),
    "no platform": Failure(nothing, ("platform",), {"deploy_platforms": []}, anchor="answer-deploy-platforms"),
    "a region that is none": Failure(nothing, ("region",), {"fly_region": "Frankfurt"}, anchor="answer-fly-region"),
    "a platform that is none": Failure(
        nothing, ("deploy_platforms", "fly"), {"deploy_platforms": ["mars"]}, anchor="answer-deploy-platforms"
    ),
    "a database that is none": Failure(
        nothing, ("deploy_database", "sqlite"), {"deploy_database": "mongodb"}, anchor="answer-deploy-database"
    ),
    "a question that is none": Failure(
        nothing, ("deploy_nmae", "deploy_name"), {"deploy_nmae": "shelf"}, anchor="unknown-question"
    ),
    "a value that follows from others": Failure(
        nothing, ("-d deploy_folder",), {"deploy_folder": "elsewhere"}, anchor="derived-answer"
    ),
    "SQLite where there is no disk": Failure(
        nothing,
        ("Heroku", "-d deploy_database=postgres"),
        {"deploy_platforms": ["heroku"], "deploy_database": "sqlite"},
        anchor="answer-deploy-database",
    ),
    "a requirement over SSH": Failure(
        written("requirements.txt", "Django~=5.2\nmoney @ git+ssh://git@example.com/ada/money.git\n"),
        ("requirements.txt:2", "Fly.io", "git+https://example.com/ada/money.git", "${GIT_TOKEN}"),
        anchor="cloned-over-ssh",
    ),
    "given settings that are none": Failure(
        nothing, ("shop.settings",), {"django_settings_module": "shop.settings"}, anchor="answer-django-settings-module"
    ),
    "a given manager that is none": Failure(
        nothing, ("npm", "poetry"), {"django_dependency_manager": "npm"}, anchor="answer-django-dependency-manager"
    ),
    "a given Python that is too old": Failure(
        nothing, ("3.9", "3.10"), {"django_python_version": "3.9"}, anchor="answer-django-python-version"
    ),
    "a given Python that cannot run this Django": Failure(
        written("requirements.txt", "Django>=6.0,<6.1\nPillow>=11.0\n"),
        ("6.0", "3.11", "3.12"),
        {"django_python_version": "3.11"},
        anchor="answer-django-python-version",
    ),
    "answers of another template": Failure(
        written(".copier-answers.yml", "_src_path: gh:somebody/else\nproject_name: shelf\n"),
        ("-a .copier-answers.deploy.yml",),
        anchor="answers-of-another-template",
    ),
    "a Django root that is none": Failure(
        nothing, ("django_root",), {"django_root": "nowhere"}, anchor="answer-django-root"
    ),
    "a PostgreSQL that is none": Failure(
        nothing, ("fly_postgres", "managed"), {"fly_postgres": "free"}, anchor="answer-fly-postgres"
    ),
    "no machine": Failure(nothing, ("one Machine",), {"fly_machines": 0}, anchor="answer-fly-machines"),
    "a list that is none": Failure(
        nothing, ("django_services",), {"django_services": "celery"}, anchor="answer-not-a-list"
    ),
    "platforms that are no list, beside a good name": Failure(
        nothing, ("takes a list",), {"deploy_name": "shelf", "deploy_platforms": 7}, anchor="answer-deploy-platforms"
    ),
    "platforms that are words, which come back as the list that was meant": Failure(
        nothing,
        ('-d "deploy_platforms=[heroku, fly]"',),
        {"deploy_platforms": "heroku, fly"},
        anchor="answer-deploy-platforms",
    ),
    "a truth that is none": Failure(
        nothing, ("true or false",), {"deploy_commit": None}, anchor="answer-of-another-type"
    ),
    "a folder that is a command": Failure(
        nothing, ("rename",), {"django_python_path": ["x'; touch y; '"]}, anchor="answer-form"
    ),
    "a variable of the settings that is code": Failure(
        written("shelf/settings.py", "import os\nKEY = os.environ['x\": 1}; import y  # ']\n"),
        ("django_required_env", "letters, digits"),
        anchor="answer-form",
    ),
    "an application without a name": Failure(
        nothing, ("django_wsgi",), {"django_wsgi": "x/y"}, anchor="answer-django-wsgi"
    ),
    "an application that is a path": Failure(
        nothing, ("django_asgi",), {"django_asgi": "x.py"}, anchor="answer-django-asgi"
    ),
    "a folder of dependencies that is none": Failure(
        nothing, ("nowhere",), {"django_dependency_root": "nowhere"}, anchor="answer-django-dependency-root"
    ),
    "dependency files that are none": Failure(
        nothing, ("base.txt",), {"django_dependency_files": ["base.txt"]}, anchor="answer-django-dependency-files"
    ),
    "a build without its folder": Failure(
        nothing, ("front-end build",), {"django_frontend": {"root": "ui"}}, anchor="answer-django-frontend"
    ),
    "workers without a command": Failure(
        nothing, ("list of workers",), {"django_workers": [{"name": "w"}]}, anchor="answer-django-workers"
    ),
    "an engine that is none": Failure(
        nothing, ("mongo",), {"django_database": "mongo"}, anchor="answer-django-database"
    ),
    "conda": Failure(
        lambda project: [removed("requirements.txt")(project), written("environment.yml", "name: x\n")(project)],
        ("environment.yml", "requirements.txt"),
        anchor="no-dependency-file",
    ),
    "TOML that is none": Failure(
        lambda project: [removed("requirements.txt")(project), written("pyproject.toml", "[project\n")(project)],
        ("pyproject.toml:1",),
        anchor="not-valid-toml",
    ),
    "two requirements files in one image": Failure(
        lambda project: [
            written("requirements-site.txt", "django-extensions\n")(project),
            written("Dockerfile", "RUN pip install -r requirements.txt -r requirements-site.txt\n")(project),
        ],
        ("Dockerfile:1", "`-r requirements-site.txt`", "django_dependency_manager=pip"),
        anchor="several-requirements-files",
    ),
    "an export that is not that of the lock": Failure(
        lambda project: [
            written("pyproject.toml", "[project]\nname = 'x'\nversion = '1'\ndependencies = ['django>=5.2']\n")(
                project
            ),
            written("uv.lock", 'version = 1\n[[package]]\nname = "django"\nversion = "5.2.3"\n')(project),
            written("requirements.txt", "#    uv export\ndjango==5.2.1\n")(project),
            written("Dockerfile", "RUN pip install -r requirements.txt\n")(project),
        ],
        ("Dockerfile:1", "django 5.2.1", "django 5.2.3", "django_dependency_manager=uv"),
        anchor="old-export",
    ),
    "packages in groups only": Failure(
        lambda project: [
            removed("requirements.txt")(project),
            written("pyproject.toml", "[dependency-groups]\ndev = ['django>=5.2']\n")(project),
        ],
        ("[project]",),
        anchor="groups-only",
    ),
    "Django in a group only": Failure(
        lambda project: [
            removed("requirements.txt")(project),
            written(
                "pyproject.toml",
                "[project]\nname = 'x'\nversion = '1'\ndependencies = ['httpx']\n\n"
                "[dependency-groups]\nbackend = ['django>=5.2']\n",
            )(project),
            written("uv.lock", 'version = 1\n[[package]]\nname = "django"\nversion = "5.2.1"\n')(project),
        ],
        ("pyproject.toml:7", "group backend", "[project] dependencies"),
        anchor="groups-only",
    ),
    "a template of projects": Failure(
        written(
            "manage.py",
            "import os\nfrom django.core.management import execute_from_command_line\n\n"
            'os.environ.setdefault("DJANGO_SETTINGS_MODULE", "{{ project_name }}.settings")\n'
            "execute_from_command_line()\n",
        ),
        ("manage.py:4", "{{ project_name }}.settings", "startproject"),
        anchor="a-template",
    ),
    "a bare repository": Failure(bare, ("clone",), anchor="no-work-tree"),
    "a Pipfile for one patch release": Failure(
        lambda project: [
            removed("requirements.txt")(project),
            written("Pipfile", '[packages]\ndjango = "*"\n[requires]\npython_version = "3.13.9"\n')(project),
        ],
        ("Pipfile:4", "3.13.9", 'python_version = "3.13"'),
        anchor="python-with-three-numbers",
    ),
    "requires-python for one patch release": Failure(
        lambda project: [
            removed("requirements.txt")(project),
            written(
                "pyproject.toml",
                '[project]\nname = "x"\nversion = "1"\nrequires-python = "==3.13.9"\ndependencies = ["django"]\n',
            )(project),
            written("uv.lock", 'version = 1\nrequires-python = "==3.13.9"\n')(project),
        ],
        ("pyproject.toml:4", "3.13.9", '"==3.13.*"', "uv lock"),
        anchor="python-with-three-numbers",
    ),
    "an old Python": Failure(written(".python-version", "3.9\n"), ("3.9", "3.10"), anchor="python-too-old"),
    "an old Django": Failure(
        written("requirements.txt", "Django==3.2.25\nPillow>=11.0\n"), ("3.2", "4.2"), anchor="django-too-old"
    ),
    "a Django that this Python cannot run": Failure(
        lambda project: [
            written(".python-version", "3.11\n")(project),
            written("requirements.txt", "Django>=6.0,<6.1\nPillow>=11.0\n")(project),
        ],
        ("6.0", "3.11", "3.12"),
        anchor="python-for-django",
    ),
}


def two_front_ends(project: Project) -> None:
    """Each for another Node.js, of which an image has one."""
    for name, node in (("admin_ui", "20.x"), ("site_ui", "22.x")):
        scripts = {"build": f"vite build --outDir '../static/{name}' --mode \"production\""}
        about = {"name": name, "engines": {"node": node}, "scripts": scripts}
        written(f"{name}/package.json", json.dumps(about))(project)
    text = (project.root / "shelf/settings.py").read_text(encoding="utf-8")
    written("shelf/settings.py", text + '\nSTATICFILES_DIRS = [BASE_DIR / "static"]\n')(project)


@shows("not-clear")
def test_what_is_printed_for_an_unclear_front_end_can_be_pasted(template: Path, tmp_path: Path) -> None:
    project = make_project(tmp_path / "library")
    two_front_ends(project)
    refusal = apply_overlay(project, template, deploy_platforms=["fly"])
    assert refusal.returncode != 0
    [line] = [line for line in refusal.stderr.splitlines() if "Choose with: " in line]

    done = apply_overlay(project, template, *shlex.split(line.partition("Choose with: ")[2]), deploy_platforms=["fly"])

    assert done.returncode == 0, done.stderr
    assert stored_answers(project.root / ".copier-answers.yml")["django_frontend"]["root"] == "admin_ui"


def test_the_answer_that_a_refusal_names_settles_it(template: Path, tmp_path: Path) -> None:
    project = make_project(tmp_path / "library")
    REFUSALS["two requirements files in one image"].spoil(project)
    answers = {"deploy_platforms": ["upsun"], "django_dependency_manager": "pip"}

    done = apply_overlay(project, template, **answers)

    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr


def refused(done: "subprocess.CompletedProcess[str]", words: tuple[str, ...]) -> None:
    """Fail unless a run ended with a short text for people."""
    told = done.stderr.strip()
    assert done.returncode != 0, f"not refused: {done.stdout}\n{told}"
    assert "Traceback" not in told + done.stdout, told
    assert 0 < len(told.splitlines()) <= 6, f"not one message:\n{told}"
    assert not [word for word in words if word not in told], told


@pytest.mark.parametrize("case", REFUSALS)
def test_refused_without_a_trace(case: str, template: Path, tmp_path: Path) -> None:
    refusal = REFUSALS[case]
    project = make_project(tmp_path / "library")
    refusal.spoil(project)
    before = tree(project.root)
    status = git(project.root, "status", "--porcelain", check=False)

    answers: dict[str, Any] = {"deploy_platforms": ["fly"]} | refusal.answers
    done = apply_overlay(project, template, **answers)

    refused(done, refusal.words)
    assert not unmet((refusal.anchor,))
    assert tree(project.root) == before
    assert git(project.root, "status", "--porcelain", check=False) == status


@shows("not-the-git-root")
def test_refused_below_the_git_root(template: Path, tmp_path: Path) -> None:
    project = make_project(tmp_path / "library", layout="monorepo")
    before = tree(project.root)
    inside = Project(project.django_root, project.django_root, project.django_root, "pip", project.python)

    done = apply_overlay(inside, template, deploy_platforms=["fly"])

    refused(done, (str(project.root),))
    assert tree(project.root) == before


def test_an_edit_in_our_own_files_is_not_overwritten_while_uncommitted(template: Path, tmp_path: Path) -> None:
    project = make_project(tmp_path / "library")
    assert apply_overlay(project, template, deploy_platforms=["fly"]).returncode == 0
    commit(project, "Add the deployment overlay")
    settings = project.root / "deploy" / "settings.py"
    settings.write_text(settings.read_text(encoding="utf-8") + "\nTIME_ZONE = 'Europe/Berlin'\n", encoding="utf-8")
    before = tree(project.root)

    done = apply_overlay(project, template, deploy_platforms=["fly"])

    refused(done, ("deploy/settings.py", "ommit"))
    assert tree(project.root) == before


def test_one_of_several_projects_can_be_named(template: Path, tmp_path: Path) -> None:
    project = make_project(tmp_path / "library")
    two_projects(project)

    done = apply_overlay(project, template, deploy_platforms=["fly"], django_root="shop")

    assert done.returncode == 0, done.stderr
    assert (project.root / "shop" / "deploy" / "settings.py").is_file()


def test_requirements_that_powershell_wrote_are_read(template: Path, tmp_path: Path) -> None:
    project = make_project(tmp_path / "library")
    path = project.root / "requirements.txt"
    path.write_bytes("Django>=5.2,<5.3\r\nPillow>=11.0\r\n".encode("utf-16"))
    commit(project, "pip freeze > requirements.txt")

    done = apply_overlay(project, template, deploy_platforms=["fly"])

    assert done.returncode == 0, done.stderr
    lines = path.read_bytes().decode("utf-16").splitlines()
    assert lines[:2] == ["Django>=5.2,<5.3", "Pillow>=11.0"]
    assert [line for line in lines if line.startswith("gunicorn")]
