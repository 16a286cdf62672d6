"""Heroku: what is rendered follows its buildpack's rules. Slow, as each test applies the overlay.

The rules are those of https://github.com/heroku/heroku-buildpack-python/tree/v351.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support import Project, apply_overlay, commit, make_project, status, tree
from tests.support.anchors import shows_one_of
from tests.template.conftest import small_project


def rendered(project: Project, template: Path, **answers: object) -> Path:
    """The project's root with the overlay for Heroku on it; hooks are not run."""
    done = apply_overlay(project, template, "--skip-tasks", **{"deploy_platforms": ["heroku"]} | answers)
    assert done.returncode == 0, done.stderr
    return project.root


def processes(root: Path) -> dict[str, str]:
    lines = (root / "Procfile").read_text(encoding="utf-8").splitlines()
    return dict(line.split(": ", 1) for line in lines if not line.startswith("#"))


@shows_one_of(
    "answer-django-dependency-manager",
    "heroku-several-managers",
    "platform-lacks",
    "answer-deploy-database",
    "answer-deploy-name",
    "answer-heroku-region",
    "answer-heroku-dyno",
    "answer-heroku-postgres",
    "answer-heroku-redis",
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
        (
            lambda root: None,
            {"heroku_redis": "hobby-dev", "django_services": ["redis"], "deploy_redis": "platform"},
            "premium-0",
        ),
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
    assert "**Your files, which were not changed: `Procfile`, `.python-version`.**" in readme
    assert "release: python -m django migrate --noinput --settings deploy.settings" in readme


def picked_by_the_buildpack(root: Path) -> str:
    """`find . -maxdepth 3 -type f -name manage.py`, the one with the fewest folders: bin/steps/collectstatic."""
    found = [path.relative_to(root) for path in root.rglob("manage.py") if len(path.relative_to(root).parts) <= 3]
    return min(found, key=lambda path: (len(path.parts), path.as_posix())).as_posix() if found else ""


@pytest.mark.parametrize(
    ("layout", "others", "own_hook"),
    [
        ("flat", [], False),
        ("flat", ["examples/manage.py"], False),
        ("nested", [], False),
        ("nested", ["examples/deeper/manage.py"], False),
        ("nested", ["examples/manage.py"], True),
        ("deep", [], False),
        ("deep", ["docs/manage.py"], True),
    ],
)
def test_static_files_are_collected_by_the_right_manage_py(
    layout: str, others: list[str], own_hook: bool, template: Path, tmp_path: Path
) -> None:
    project = make_project(tmp_path / "library", layout=layout)
    for name in others:
        (project.root / name).parent.mkdir(parents=True, exist_ok=True)
        (project.root / name).write_text("raise SystemExit('the wrong one')\n", encoding="utf-8")
    commit(project, "More") if others else None
    ours = (project.django_root / "manage.py").relative_to(project.root).as_posix()

    root = rendered(project, template, django_root=project.django_root.relative_to(project.root).as_posix())

    variables = json.loads((root / "app.json").read_text(encoding="utf-8"))["env"]
    hook = root / "bin" / "post_compile"
    assert hook.is_file() == ("DISABLE_COLLECTSTATIC" in variables) == own_hook
    assert own_hook or picked_by_the_buildpack(root) == ours
    assert not own_hook or f"cd {ours.removesuffix('/manage.py')}\n" in hook.read_text(encoding="utf-8")
    assert own_hook or not (root / "bin").exists()


def test_a_manage_py_that_insists_on_other_settings_collects_nothing(template: Path, tmp_path: Path) -> None:
    project = small_project(tmp_path / "library")
    manage = project.root / "manage.py"
    manage.write_text(
        re.sub(r"os.environ.setdefault\((.*), (.*)\)", r"os.environ[\1] = \2", manage.read_text(encoding="utf-8")),
        encoding="utf-8",
    )
    commit(project, "Insist")

    root = rendered(project, template)

    assert (root / "bin" / "post_compile").is_file()
    assert "DISABLE_COLLECTSTATIC=1" in (root / "deploy" / "README.md").read_text(encoding="utf-8")


def test_workers_are_there_for_who_wants_them(template: Path, tmp_path: Path) -> None:
    project = make_project(tmp_path / "library", layout="nested", variants=["celery"])

    found = processes(rendered(project, template))

    assert found["web"] == "gunicorn --chdir shelf -c shelf/deploy/gunicorn.conf.py"
    # Heroku's SIGTERM is the signal with which Celery hands jobs back.
    celery = "env REMAP_SIGTERM=SIGQUIT celery --app shelf.celery worker --loglevel INFO --concurrency 2"
    assert found["worker"] == f"cd shelf && {celery}"


def test_what_is_chosen_is_listed_and_in_the_review_app(template: Path, tmp_path: Path) -> None:
    project = make_project(tmp_path / "idle" / "library", layout="nested", variants=["celery"])
    schedule = [
        {"name": "nightly", "command": "python -m django nightly", "schedule": "17 3 * * *", "source": "project"}
    ]
    there = {"django_schedule": schedule, "django_services": ["celery", "redis", "media"]}

    root = rendered(project, template, **there)
    assert "clock" not in processes(root) and "nightly" not in processes(root)
    readme = (root / "shelf" / "deploy" / "README.md").read_text(encoding="utf-8")
    assert "`Procfile` also lists worker" in readme and "cd shelf && python -m django nightly" in readme

    project = make_project(tmp_path / "chosen" / "library", layout="nested", variants=["celery"])
    chosen = {"deploy_runs": ["worker", "cron"], "deploy_redis": "platform", "deploy_uploads": "bucket"}
    root = rendered(project, template, **there, **chosen)

    assert processes(root)["clock"] == "cd shelf && python -m deploy.schedule"
    app = json.loads((root / "app.json").read_text(encoding="utf-8"))
    assert [(one["plan"], one["as"]) for one in app["addons"]] == [
        ("heroku-postgresql:essential-0", "DATABASE"),
        ("heroku-redis:mini", "REDIS"),
        ("bucketeer:hobbyist", "BUCKETEER"),
    ]
    assert app["formation"] == {name: {"quantity": 1, "size": "basic"} for name in ("web", "worker", "clock")}
    readme = (root / "shelf" / "deploy" / "README.md").read_text(encoding="utf-8")
    assert "heroku ps:scale web=1:basic worker=1:basic clock=1:basic" in readme
    assert "Never scale clock above 1" in readme


def test_a_front_end_in_a_folder_is_built_by_a_package_json_at_the_root(template: Path, tmp_path: Path) -> None:
    """https://devcenter.heroku.com/articles/nodejs-support#customizing-the-build-process"""
    project = small_project(tmp_path / "library")
    (project.root / "ui").mkdir()
    (project.root / "ui" / "package.json").write_text('{"scripts": {"build": "vite build"}}', encoding="utf-8")
    front = {"root": "ui", "manager": "pnpm", "node": "22", "script": "build", "install": "pnpm install", "files": []}
    front |= {"build": "pnpm run build", "tool": "pnpm@10", "modules": False, "image": "node:22-slim"}

    root = rendered(project, template, django_frontend=front)

    package = json.loads((root / "package.json").read_text(encoding="utf-8"))
    assert package["engines"] == {"node": "22.x"}
    assert package["scripts"]["heroku-postbuild"] == (
        "npm install --global pnpm@10 && cd ui && NODE_ENV=development pnpm install && pnpm run build"
    )
    app = json.loads((root / "app.json").read_text(encoding="utf-8"))
    assert [pack["url"] for pack in app["buildpacks"]] == ["heroku/nodejs", "heroku/python"]


def test_what_a_build_runs_besides_collectstatic_is_run(template: Path, tmp_path: Path) -> None:
    project = small_project(tmp_path / "library")

    root = rendered(project, template, django_build_commands=["collectstatic --noinput", "compress"])

    lines = (root / "bin" / "post_compile").read_text(encoding="utf-8").splitlines()
    assert lines[-2:] == ["python -m django collectstatic --noinput", "python -m django compress"]


def test_the_review_app_is_described_as_the_schema_allows(template: Path, tmp_path: Path) -> None:
    """https://devcenter.heroku.com/articles/app-json-schema"""
    project = small_project(tmp_path / "library")
    root = rendered(project, template, heroku_dyno="standard-1x", heroku_postgres="essential-1")

    app = json.loads((root / "app.json").read_text(encoding="utf-8"))

    assert set(app) <= {"name", "description", "buildpacks", "env", "addons", "formation"}
    assert app["env"]["SECRET_KEY"]["generator"] == "secret" and "value" not in app["env"]["SECRET_KEY"]
    assert app["env"]["DJANGO_SETTINGS_MODULE"]["value"] == "deploy.settings"
    assert app["addons"] == [{"plan": "heroku-postgresql:essential-1", "as": "DATABASE"}]
    assert app["formation"]["web"] == {"quantity": 1, "size": "standard-1x"}
    assert re.fullmatch(r"3\.\d\d\n", (root / ".python-version").read_text(encoding="utf-8"))
    assert not (root / "runtime.txt").exists() and not (root / "Dockerfile").exists()
