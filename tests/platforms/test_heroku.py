"""Heroku: what it would not build is refused with its cure, and what it tells a site is understood.

The rules are those of https://github.com/heroku/heroku-buildpack-python/tree/v351.
"""

from __future__ import annotations

from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from deploy_overlay.base.answers import Answers
from deploy_overlay.base.message import Failure, with_help_link
from deploy_overlay.platforms import check_platforms, gaps
from tests.platforms import contract
from tests.support import adopt, git
from tests.support.anchors import note, shows, shows_one_of
from tests.support.template import REPOSITORY

PIPFILE = '[packages]\ndjango = "~=5.2.0"\n\n[requires]\npython_version = "3.12"\n'

DOCUMENTED = "devcenter.heroku.com/articles/"


def runtime() -> ModuleType:
    """deploy/platforms/heroku.py as a project has it."""
    return contract.runtime(REPOSITORY, "heroku")


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
    "two versions": ({".python-version": "3.13\n3.12\n"}, {"deploy_kept_files": [".python-version"]}, ("only a version",)),
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
                                       ("is named procfile",)),
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


ASSIGNED = {"django_settings_assigned": ["wsgi"]}
RELEASE = "release: python manage.py migrate"


@pytest.mark.parametrize(
    ("procfile", "answers", "told"),
    [
        ("web: gunicorn -c deploy/gunicorn.conf.py\n" + RELEASE, {}, []),
        ("web: gunicorn -c deploy/gunicorn.conf.py", {}, ["runs no migrations: add `release: "]),
        # The app has a config var, and Gunicorn listens on $PORT by itself.
        ("web: gunicorn shop.wsgi --log-file -\n" + RELEASE, {}, ["starts the site in an unknown way: "]),
        (
            "web: uvicorn shop.asgi:application --host 0.0.0.0 --port $PORT\n" + RELEASE,
            {},
            ["starts the site in an unknown way"],
        ),
        ("web: gunicorn shop.wsgi\n" + RELEASE, ASSIGNED, ["starts your wsgi.py, which assigns other settings "]),
        ("web: gunicorn deploy.wsgi\n" + RELEASE, ASSIGNED, ["starts the site in an unknown way: "]),
        (
            "web: gunicorn --bind=0.0.0.0:8000 shop.wsgi\n" + RELEASE,
            {},
            ["listens on 0.0.0.0:8000 and not on 0.0.0.0:$PORT"],
        ),
        ("web: gunicorn -b 127.0.0.1:$PORT shop.wsgi\n" + RELEASE, {}, ["listens on 127.0.0.1:$PORT and not on "]),
        ("web: mkdir -p logs && gunicorn shop.wsgi\n" + RELEASE, {}, ["starts the site in an unknown way"]),
        (
            "web: gunicorn -b 0.0.0.0:${PORT:-8000} shop.wsgi\n" + RELEASE,
            {},
            ["starts the site in an unknown way"],
        ),
        ("web: daphne -p 8000 shop.asgi:application\n" + RELEASE, {}, ["listens on 8000 and not on 0.0.0.0:$PORT"]),
        (
            "web: gunicorn -e DJANGO_SETTINGS_MODULE=shop.dev shop.wsgi\n" + RELEASE,
            {},
            ["uses the settings shop.dev "],
        ),
    ],
)
def test_a_procfile_of_the_users_is_held_to_what_production_needs(
    procfile: str, answers: dict[str, Any], told: list[str], tmp_path: Path
) -> None:
    (tmp_path / "Procfile").write_text(procfile, encoding="utf-8")
    kept = {"deploy_platforms": ["heroku"], "deploy_kept_files": ["Procfile"], "django_wsgi": "shop.wsgi:application"}

    found = gaps(Answers(tmp_path, ".copier-answers.yml", {**ANSWERS, **kept, **answers}))

    assert [text[: len(words)] for (_, text), words in zip(found, told, strict=True)] == told


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


CHOSEN = {
    "deploy_package": "deploy",
    "django_workers": [{"service": "django-tasks", "name": "worker", "command": "python -m django db_worker"}],
    "django_schedule": [{"name": "nightly", "command": "python -m django nightly", "schedule": "0 3 * * *"}],
    "deploy_runs": ["worker", "cron"],
    "deploy_kept_files": ["Procfile"],
}


@pytest.mark.parametrize(
    ("lines", "lacking"),
    [
        ("worker: python -m django db_worker\nclock: python -m deploy.schedule\n", []),
        ("clock : python -m deploy.schedule\n  worker:celery\n", []),
        (
            "#worker: python -m django db_worker\nclock: python -m deploy.schedule\n",
            ["worker: python -m django db_worker"],
        ),
        (
            "Worker: python -m django db_worker\n",
            ["worker: python -m django db_worker", "clock: python -m deploy.schedule"],
        ),
    ],
)
def test_a_kept_procfile_is_read_for_what_was_chosen(lines: str, lacking: list[str], tmp_path: Path) -> None:
    own = f"web: gunicorn -c deploy/gunicorn.conf.py\nrelease: python manage.py migrate\n{lines}"
    (tmp_path / "Procfile").write_text(own, encoding="utf-8")
    answers = ANSWERS | CHOSEN | {"deploy_platforms": ["heroku"]}

    found = gaps(Answers(tmp_path, ".copier-answers.yml", answers))

    names = [line.partition(":")[0] for line in lacking]
    assert found == [
        ("Procfile", f"does not start {name}: add `{line}`") for name, line in zip(names, lacking, strict=True)
    ]
    nothing = Answers(tmp_path, ".copier-answers.yml", answers | {"deploy_runs": []})
    assert gaps(nothing) == []


def test_the_add_ons_bucket_has_the_names_that_the_site_reads() -> None:
    heroku = runtime()
    bucketeer = {
        "BUCKETEER_BUCKET_NAME": "bucketeer-1",
        "BUCKETEER_AWS_ACCESS_KEY_ID": "AKIA",
        "BUCKETEER_AWS_SECRET_ACCESS_KEY": "secret",
        "BUCKETEER_AWS_REGION": "eu-west-1",
    }

    assert heroku.provided(bucketeer) == {
        "AWS_STORAGE_BUCKET_NAME": "bucketeer-1",
        "AWS_ACCESS_KEY_ID": "AKIA",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_REGION": "eu-west-1",
    }
    assert heroku.provided({}) == {}
    # The keys of one bucket never go with the name of another.
    assert heroku.provided({**bucketeer, "AWS_STORAGE_BUCKET_NAME": "ours"}) == {}


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
