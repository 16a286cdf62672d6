"""Heroku: what it would not build is refused with its cure, and what is rendered follows its buildpack's rules.

The rules are those of https://github.com/heroku/heroku-buildpack-python/tree/v351.
"""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from deploy_overlay.base.message import Failure, with_help_link
from deploy_overlay.platforms import check_platforms
from tests.support import Project, adopt, apply_overlay, commit, git, make_project, status, tree
from tests.support.anchors import note, shows, shows_one_of
from tests.support.template import REPOSITORY
from tests.template.conftest import small_project

PYPROJECT = '[project]\nname = "library"\nversion = "1"\nrequires-python = ">=3.12"\ndependencies = ["Django~=5.2.0"]\n'
PIPFILE = '[packages]\ndjango = "~=5.2.0"\n\n[requires]\npython_version = "3.12"\n'
DOCUMENTED = "devcenter.heroku.com/articles/"


def runtime() -> ModuleType:
    """deploy/platforms/heroku.py as a project has it."""
    path = REPOSITORY / "template" / "project" / "{{ deploy_folder }}" / "platforms" / "heroku.py"
    spec = importlib.util.spec_from_file_location("rendered_heroku", path)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def rendered(project: Project, template: Path, **answers: object) -> Path:
    """The project's root with the overlay for Heroku on it; hooks are not run."""
    done = apply_overlay(project, template, "--skip-tasks", **{"deploy_platforms": ["heroku"]} | answers)
    assert done.returncode == 0, done.stderr
    return project.root


def processes(root: Path) -> dict[str, str]:
    lines = (root / "Procfile").read_text(encoding="utf-8").splitlines()
    return dict(line.split(": ", 1) for line in lines if not line.startswith("#"))


# What lies at the root besides, the answers, and words of the refusal.
BROKEN: dict[str, tuple[dict[str, str], dict[str, Any], tuple[str, ...]]] = {
    "PDM": ({"pdm.lock": ""}, {"django_dependency_manager": "pdm"}, ("PDM", "uv lock")),
    "two locks": ({"uv.lock": "", "poetry.lock": ""}, {"django_dependency_manager": "uv"}, ("git rm poetry.lock",)),
    "uv and requirements.txt": ({"uv.lock": "", "requirements.txt": ""}, {"django_dependency_manager": "uv"},
                                ("git rm requirements.txt", "=pip")),
    "a Pipfile beside requirements.txt": ({"Pipfile": PIPFILE}, {}, ("Pipfile", "git rm Pipfile")),
    "files in a folder": ({}, {"django_dependency_manager": "poetry", "django_dependency_root": "backend",
                               "django_dependency_files": ["backend/pyproject.toml"]}, ("root", "git mv backend")),
    "Poetry that would install the project": (
        {"poetry.lock": "", "pyproject.toml": '[project]\nname = "my-site"\n'}, {"django_dependency_manager": "poetry"},
        ("my-site", "package-mode = false")),
    "pyproject.toml alone": ({}, {"django_dependency_files": ["pyproject.toml"]}, ("uv lock",)),
    "pyproject.toml alone, below the root": ({}, {"django_dependency_files": ["backend/pyproject.toml"],
                                                 "django_dependency_root": "backend"}, ("git mv backend/pyproject.toml .",)),
    "another requirements.txt": ({"requirements.txt": "black\n"}, {"django_dependency_files": ["backend/requirements.txt"],
                                 "deploy_kept_files": ["requirements.txt"]}, ("-r backend/requirements.txt",)),
    "runtime.txt beside uv": ({"uv.lock": "", "runtime.txt": "python-3.13.1\n"}, {"django_dependency_manager": "uv"},
                              ("git rm runtime.txt",)),
    "runtime.txt of another Python": ({"runtime.txt": "python-3.11.9\n"}, {}, ("3.11", "3.13", "runtime.txt")),
    "runtime.txt without a version": ({"runtime.txt": "3.13\n"}, {}, ("python-3.13",)),
    "a pyenv environment": ({".python-version": "library-env\n"}, {"deploy_kept_files": [".python-version"]}, ("3.13",)),
    "two versions": ({".python-version": "3.13\n3.12\n"}, {"deploy_kept_files": [".python-version"]}, ("one version",)),
    "a byte order mark": ({".python-version": "\ufeff3.13\n"}, {"deploy_kept_files": [".python-version"]}, ("UTF-8",)),
    "a misspelt name": ({"python-version": "3.13\n"}, {}, ("Rename",)),
    "a Python that is too new": ({}, {"django_python_version": "3.15"}, ("3.10 to 3.14",)),
    "a Procfile without web": ({"Procfile": "worker: celery\n"}, {"deploy_kept_files": ["Procfile"]}, ("web:",)),
    "a front end that another script builds": (
        {"package.json": '{"scripts": {"css": "tailwindcss"}}'},
        {"deploy_kept_files": ["package.json"], "django_frontend": {"root": ".", "script": "css", "build": "npm run css"}},
        ('"heroku-postbuild": "npm run css"',)),
    "a front end in a folder beside a package.json": (
        {"package.json": "{}"},
        {"deploy_kept_files": ["package.json"],
         "django_frontend": {"root": "ui", "script": "build", "install": "npm ci", "build": "npm run build"}},
        ('"cd ui && npm ci && npm run build"',)),
    "a Procfile in another spelling": ({"procfile": "web: gunicorn x\n"}, {"deploy_kept_files": ["Procfile"]},
                                       ("is called procfile",)),
    "a Procfile for development": ({"Procfile": "web: python manage.py runserver\n"}, {"deploy_kept_files": ["Procfile"]},
                                   ("Procfile.dev",)),
}  # fmt: skip
ANSWERS: dict[str, Any] = {
    "django_dependency_manager": "pip",
    "django_dependency_root": ".",
    "django_dependency_files": ["requirements.txt"],
    "django_python_version": "3.13",
    "deploy_kept_files": [],
    "django_frontend": {},
}


def test_a_requirements_file_at_the_root_may_lead_to_the_others(tmp_path: Path) -> None:
    (tmp_path / "requirements").mkdir()
    (tmp_path / "requirements" / "production.txt").write_text("-r base.txt\n", encoding="utf-8")
    (tmp_path / "requirements" / "base.txt").write_text("Django\n", encoding="utf-8")
    (tmp_path / "requirements.txt").write_text("-r requirements/production.txt\n", encoding="utf-8")
    for first in ("requirements/production.txt", "requirements/base.txt"):
        answers = {"django_dependency_files": [first], "deploy_kept_files": ["requirements.txt"]}

        check_platforms(["heroku"], tmp_path, ANSWERS | answers)


@pytest.mark.parametrize("case", BROKEN)
@shows_one_of(
    "heroku-pdm",
    "heroku-several-managers",
    "heroku-dependencies-in-a-folder",
    "heroku-pyproject-alone",
    "heroku-other-requirements",
    "heroku-runtime-txt",
    "heroku-python-version-file",
    "heroku-python",
    "heroku-procfile",
    "heroku-poetry-package",
    "heroku-front-end",
)
def test_what_heroku_refuses_is_refused_with_its_cure_and_the_page(case: str, tmp_path: Path) -> None:
    files, answers, words = BROKEN[case]
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")

    with pytest.raises(Failure) as refusal:
        check_platforms(["heroku"], tmp_path, ANSWERS | answers)

    said = str(refusal.value)
    note(with_help_link(said, refusal.value.anchor))
    assert DOCUMENTED in said
    assert not [word for word in words if word not in said], said
    assert "\n" not in said


@pytest.mark.parametrize(
    ("files", "answers"),
    [
        ({"requirements.txt": "", "requirements.in": ""}, {"django_dependency_manager": "pip-tools"}),
        ({"uv.lock": "", "pyproject.toml": ""}, {"django_dependency_manager": "uv"}),
        ({"Pipfile": "", "Pipfile.lock": ""}, {"django_dependency_manager": "pipenv"}),
        ({"poetry.lock": ""}, {"django_dependency_manager": "poetry"}),
        (
            {"poetry.lock": "", "pyproject.toml": '[project]\nname = "my-site"\n', "my_site.py": ""},
            {"django_dependency_manager": "poetry"},
        ),
        ({".python-version": "# ours\n 3.13.2 \n"}, {"deploy_kept_files": [".python-version"]}),
        ({"runtime.txt": "python-3.13.2"}, {}),
        ({"Procfile": "web: gunicorn x\n"}, {"deploy_kept_files": ["Procfile"]}),
        ({}, {"django_dependency_files": ["backend/requirements.txt"]}),
        (
            {"package.json": '{"scripts": {"build": "vite build"}}'},
            {
                "deploy_kept_files": ["package.json"],
                "django_frontend": {"root": ".", "script": "build", "build": "npm run build"},
            },
        ),
    ],
)
def test_what_heroku_builds_is_not_refused(files: dict[str, str], answers: dict[str, Any], tmp_path: Path) -> None:
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")

    check_platforms(["heroku"], tmp_path, ANSWERS | answers)


@shows("heroku-committed-environment")
def test_a_virtual_environment_counts_once_it_is_committed(tmp_path: Path) -> None:
    environment = tmp_path / ".venv" / "pyvenv.cfg"
    environment.parent.mkdir()
    environment.write_text("version = 3.13.0\n", encoding="utf-8")
    (tmp_path / ".gitignore").write_text(".venv/\n", encoding="utf-8")
    adopt(tmp_path)
    check_platforms(["heroku"], tmp_path, ANSWERS)

    git(tmp_path, "add", "--force", ".venv")
    with pytest.raises(Failure, match=r"git rm -r -q --cached [.]venv") as refusal:
        check_platforms(["heroku"], tmp_path, ANSWERS)
    note(with_help_link(str(refusal.value), refusal.value.anchor))


@shows_one_of(
    "answer-django-dependency-manager",
    "heroku-several-managers",
    "answer-deploy-database",
    "answer-deploy-name",
    "answer-heroku-region",
    "answer-heroku-dyno",
    "answer-heroku-postgres",
)
@pytest.mark.parametrize(
    ("spoil", "answers", "words"),
    [
        (lambda root: (root / "uv.lock").write_text("version = 1\n"), {"django_dependency_manager": "pip"}, "uv.lock"),
        (lambda root: None, {"deploy_database": "sqlite"}, "SQLite"),
        (lambda root: None, {"deploy_name": "a" * 31}, "3 to 30"),
        (lambda root: None, {"heroku_region": "mars"}, "us, eu"),
        (lambda root: None, {"heroku_dyno": "free"}, "basic"),
        (lambda root: None, {"heroku_postgres": "hobby-dev"}, "essential-0"),
    ],
)
def test_nothing_is_written_by_a_refusal(
    spoil: Callable[[Path], Any], answers: dict[str, Any], words: str, template: Path, tmp_path: Path
) -> None:
    project = small_project(tmp_path / "library")
    spoil(project.root)
    before = tree(project.root)

    done = apply_overlay(project, template, **{"deploy_platforms": ["fly", "heroku"]} | answers)

    assert done.returncode != 0
    assert words in done.stderr and "Traceback" not in done.stderr, done.stderr
    assert tree(project.root) == before


def test_the_name_fits_into_herokus_thirty_letters(template: Path, tmp_path: Path) -> None:
    project = small_project(tmp_path / "a-library-with-a-name-that-goes-on-and-on")

    root = rendered(project, template)

    assert json.loads((root / "app.json").read_text(encoding="utf-8"))["name"] == "a-library-with-a-name-that-goe"


def test_requirements_elsewhere_are_included_by_one_at_the_root(template: Path, tmp_path: Path) -> None:
    project = make_project(tmp_path / "library", layout="monorepo")

    root = rendered(project, template)
    first = tree(root)

    lines = (root / "requirements.txt").read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if not line.startswith("#")] == ["-r backend/requirements.txt"]
    commit(project, "Add the overlay")
    rendered(project, template)
    assert status(project) == [] and tree(root) == first


def test_a_file_of_the_projects_own_stays_and_the_readme_says_what_it_needs(template: Path, tmp_path: Path) -> None:
    project = small_project(tmp_path / "library")
    (project.root / "Procfile").write_text("web: gunicorn mysite.wsgi\n", encoding="utf-8")
    (project.root / ".python-version").write_text("3.12.4\n", encoding="utf-8")
    commit(project, "On Heroku already")

    root = rendered(project, template)

    assert processes(root) == {"web": "gunicorn mysite.wsgi"}
    assert (root / ".python-version").read_text(encoding="utf-8") == "3.12.4\n"
    readme = (root / "deploy" / "README.md").read_text(encoding="utf-8")
    assert "**Your own, kept: `Procfile`, `.python-version`.**" in readme
    assert "release: python -m django migrate --noinput --settings deploy.settings" in readme


def test_hosts_are_the_apps_own_and_never_a_wildcard() -> None:
    heroku = runtime()

    assert heroku.running({"DYNO": "web.1"}) and not heroku.running({})
    assert heroku.hosts({"DYNO": "web.1", "HEROKU_APP_DEFAULT_DOMAIN_NAME": "x-1.herokuapp.com"}) == [
        "x-1.herokuapp.com"
    ]
    assert heroku.hosts({"DYNO": "web.1", "HEROKU_APP_NAME": "x-pr-7"}) == ["x-pr-7.herokuapp.com"]
    assert heroku.hosts({"DYNO": "web.1"}) == []


def test_a_web_dyno_that_nobody_could_visit_does_not_start() -> None:
    heroku = runtime()

    with pytest.raises(SystemExit, match="DEPLOY_HOSTS"):
        heroku.without_hosts({"DYNO": "web.1"})
    heroku.without_hosts({"DYNO": "release.4711"})


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("postgres://u:p%40x@ec2-1.example.com:5432/d", "postgres://u:p%40x@ec2-1.example.com:5432/d?sslmode=require"),
        ("postgres://u:p@ec2.example.com/d?a=b", "postgres://u:p@ec2.example.com/d?a=b&sslmode=require"),
        (
            "postgres://u:p@ec2.example.com/d?sslmode=verify-full",
            "postgres://u:p@ec2.example.com/d?sslmode=verify-full",
        ),
        ("postgres://u:p@127.0.0.1:6000/d", "postgres://u:p@127.0.0.1:6000/d"),
        ("mysql://u:p@db.example.com/d", "mysql://u:p@db.example.com/d"),
        (None, None),
    ],
)
def test_the_database_is_reached_over_tls(url: str | None, expected: str | None) -> None:
    environ = {"DYNO": "web.1", **({"DATABASE_URL": url} if url else {})}

    assert runtime().database_url(environ) == expected


def test_a_rehearsal_needs_no_tls() -> None:
    heroku = runtime()
    url = "postgres://u:p@postgres:5432/d"

    assert heroku.database_url({**heroku.rehearsal(), "DATABASE_URL": url}) == url
