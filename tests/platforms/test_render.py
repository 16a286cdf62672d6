"""Render: what its Blueprint says, and what is said of one that was there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from deploy_overlay.base.answers import Answers
from deploy_overlay.base.message import Failure
from deploy_overlay.platforms import check_platforms, gaps
from tests.platforms.blueprint import problems
from tests.support import apply_overlay, tree
from tests.support.anchors import shows_one_of
from tests.template.conftest import small_project

WORKERS = [
    {"service": "celery", "name": "worker", "command": "celery -A shop worker"},
    {"service": "celery", "name": "beat", "command": "celery -A shop beat"},
]
WHOLE: dict[str, Any] = {
    "django_workers": WORKERS,
    "django_schedule": [
        {"name": "nightly", "command": "python -m django nightly", "schedule": "17 3 * * *", "source": "project"}
    ],
    "django_stores": [{"kind": "redis", "roles": ["queue"], "variables": ["CELERY_BROKER_URL"], "fixed": []}],
    "django_services": ["celery", "redis"],
    "django_required_env": ["STRIPE_KEY"],
    "deploy_runs": ["worker", "scheduler", "cron"],
    "deploy_redis": "platform",
}


def rendered(template: Path, folder: Path, **answers: Any) -> dict[str, Any]:
    """render.yaml as a project gets it, read; Render would take it."""
    project = small_project(folder / "library")
    done = apply_overlay(project, template, "--skip-tasks", **{"deploy_platforms": ["render"], **answers})
    assert done.returncode == 0, done.stderr
    place = project.root / ("deploy/render.yaml" if answers.get("deploy_beside") else "render.yaml")
    found: dict[str, Any] = yaml.safe_load(place.read_text(encoding="utf-8"))
    assert problems(found) == []
    return found


def named(blueprint: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {one["name"]: one for one in blueprint["services"]}


def variables(service: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {one["key"]: {name: value for name, value in one.items() if name != "key"} for one in service["envVars"]}


def test_migrations_run_before_a_release(template: Path, tmp_path: Path) -> None:
    web = named(rendered(template, tmp_path))["library"]

    assert web["preDeployCommand"] == "python -m django migrate --noinput"
    assert web["healthCheckPath"] == "/healthz"
    assert web["autoDeployTrigger"] == "checksPass"
    assert not {"plan", "numInstances", "scaling", "dockerCommand"} & web.keys()  # a sync would bring them back


def test_the_whole_project_is_declared_and_every_process_has_every_variable(template: Path, tmp_path: Path) -> None:
    blueprint = rendered(template, tmp_path, **WHOLE)
    services = named(blueprint)

    kinds = {name: one["type"] for name, one in services.items()}
    assert kinds == {
        "library": "web", "library-worker": "worker", "library-beat": "worker", "library-nightly": "cron",
        "library-redis": "keyvalue",
    }  # fmt: skip
    assert services["library-nightly"]["schedule"] == "17 3 * * *"
    assert "--concurrency 2" in services["library-worker"]["dockerCommand"]
    assert services["library-redis"]["maxmemoryPolicy"] == "noeviction"
    assert services["library-redis"]["ipAllowList"] == blueprint["databases"][0]["ipAllowList"] == []
    web = variables(services["library"])
    assert web["SECRET_KEY"] == {"generateValue": True} and web["STRIPE_KEY"] == {"sync": False}
    for name in ("library-worker", "library-beat", "library-nightly"):
        there = variables(services[name])
        assert there.keys() == web.keys(), name
        assert there["SECRET_KEY"]["fromService"] == {"type": "web", "name": "library", "envVarKey": "SECRET_KEY"}


def test_free_migrates_before_it_serves_and_nothing_of_it_costs(template: Path, tmp_path: Path) -> None:
    blueprint = rendered(template, tmp_path, render_plan="free")
    web = named(blueprint)["library"]
    script = (tmp_path / "library" / "deploy" / "render.sh").read_text(encoding="utf-8")
    readme = (tmp_path / "library" / "deploy" / "README.md").read_text(encoding="utf-8")

    assert web["plan"] == blueprint["databases"][0]["plan"] == "free"
    assert "preDeployCommand" not in web and web["dockerCommand"] == "sh deploy/render.sh web"
    assert script.index("python -m django migrate --noinput") < script.index("exec gunicorn -c deploy/gunicorn.conf.py")
    for lacking in ("sleeps", "no pre-deploy command", "no shell", "no disk", "expires after 30 days"):
        assert lacking in readme


def test_sqlite_is_on_a_disk_that_only_the_site_has(template: Path, tmp_path: Path) -> None:
    blueprint = rendered(template, tmp_path, deploy_database="sqlite")
    web = named(blueprint)["library"]

    assert web["disk"] == {"name": "data", "mountPath": "/data", "sizeGB": 1}
    assert "databases" not in blueprint and "preDeployCommand" not in web
    assert "migrate" in (tmp_path / "library" / "deploy" / "start.sh").read_text(encoding="utf-8")


def test_what_a_shell_has_to_read_is_in_a_script(template: Path, tmp_path: Path) -> None:
    worker = {"service": "own", "name": "worker", "command": "python -m django consume --queue='two words' | cat"}
    blueprint = rendered(template, tmp_path, **WHOLE | {"django_workers": [worker]})
    script = (tmp_path / "library" / "deploy" / "render.sh").read_text(encoding="utf-8")

    assert named(blueprint)["library-worker"]["dockerCommand"] == "sh deploy/render.sh worker"
    assert "two words" in script and "nightly" not in script


def test_a_second_project_has_a_blueprint_of_its_own(template: Path, tmp_path: Path) -> None:
    from deploy_overlay.platforms import platform

    declared = platform("render")

    assert declared.rendered({"deploy_beside": True}) == []
    assert declared.rendered_in_folder({"deploy_beside": True}) == ["render.yaml"]


@shows_one_of("answer-render-region", "answer-render-plan", "render-free-disk")
@pytest.mark.parametrize(
    ("answers", "words"),
    [
        ({"render_region": "mars"}, "frankfurt"),
        ({"render_plan": "gratis"}, "starter, free"),
        ({"render_plan": "free", "deploy_database": "sqlite"}, "no disk for SQLite"),
    ],
)
def test_nothing_is_written_by_a_refusal(answers: dict[str, Any], words: str, template: Path, tmp_path: Path) -> None:
    project = small_project(tmp_path / "library")
    before = tree(project.root)

    done = apply_overlay(project, template, **{"deploy_platforms": ["render"], **answers})

    assert done.returncode != 0
    assert words in done.stderr and "Traceback" not in done.stderr, done.stderr
    assert tree(project.root) == before


def test_free_has_no_disk_for_uploads() -> None:
    answers = {
        "deploy_database": "postgres", "render_plan": "free", "deploy_uploads": "volume", "django_services": ["media"],
    }  # fmt: skip
    with pytest.raises(Failure, match="deploy_uploads=bucket"):
        check_platforms(["render"], Path(), answers)


OWN = """services:
  - type: web
    name: shop
    runtime: docker
    healthCheckPath: /
    preDeployCommand: python manage.py migrate
    envVars:
      - key: DATABASE_URL
        fromDatabase: {name: shop-db, property: connectionString}
databases:
  - name: shop-db
"""
CHOSEN: dict[str, Any] = {
    "deploy_platforms": ["render"],
    "deploy_name": "shop",
    "deploy_kept_files": ["render.yaml"],
    "deploy_package": "deploy",
    "deploy_folder": "deploy",
    "deploy_database": "postgres",
}


@pytest.mark.parametrize(
    ("text", "answers", "told"),
    [
        (OWN, {}, []),
        ("services: [", {}, ["is not valid YAML"]),
        ("{}\n", {}, ["has no web service shop: add one with `type: web`"]),
        (OWN.replace("name: shop\n", "name: other\n"), {}, ["has no web service shop: write `name: shop` there"]),
        (OWN.replace("runtime: docker", "runtime: python"), {}, ["builds with python and not the image: write "]),
        (OWN.replace("    preDeployCommand: python manage.py migrate\n", ""), {}, ["runs no migrations: add "]),
        (OWN.replace("    healthCheckPath: /\n", ""), {}, ["has no health check"]),
        (OWN.partition("databases:")[0], {}, ["has no PostgreSQL"]),
        (OWN.replace("DATABASE_URL", "OTHER"), {}, ["does not give the site its database's address: add DATABASE_URL"]),
        (
            OWN,
            WHOLE,
            [
                "does not start worker: add a service with `type: worker`",
                "does not start beat",
                "does not start nightly",
                "has no Redis",
            ],
        ),
        (
            OWN,
            {"django_services": ["media"], "deploy_uploads": "volume"},
            ["has no disk for the site's data: add `disk: {name: data, mountPath: /data, sizeGB: 1}`"],
        ),
    ],
    ids=["all there", "no YAML", "nothing", "another name", "native", "no migrations", "no health check", "no database",
         "no address", "whole", "disk"],
)  # fmt: skip
def test_what_a_blueprint_of_the_users_own_lacks_is_told(
    tmp_path: Path, text: str, answers: dict[str, Any], told: list[str]
) -> None:
    (tmp_path / "render.yaml").write_text(text, encoding="utf-8")

    found = gaps(Answers(tmp_path, ".copier-answers.yml", CHOSEN | answers))

    assert [path for path, _ in found] == ["render.yaml"] * len(told)
    assert all(said.startswith(start) for (_, said), start in zip(found, told, strict=True)), found


def test_projects_and_environments_of_a_blueprint_are_read_too(tmp_path: Path) -> None:
    inside = "\n".join(f"        {line}" if line else line for line in OWN.splitlines())
    text = f"projects:\n  - name: shop\n    environments:\n      - name: production\n{inside}\n"
    (tmp_path / "render.yaml").write_text(text, encoding="utf-8")

    assert gaps(Answers(tmp_path, ".copier-answers.yml", CHOSEN)) == []
