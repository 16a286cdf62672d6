"""From answers to a plan: what runs on each platform, what keeps data, what the owner sets, what it costs."""

from __future__ import annotations

import itertools
import shlex
from typing import Any

import pytest

from deploy_overlay.base.plan import Process
from deploy_overlay.plan import Plan, plan
from deploy_overlay.platforms import platform, platforms

WORKER = {"service": "celery", "name": "worker", "command": "celery --app shop worker"}
BEAT = {"service": "celery", "name": "beat", "command": "celery --app shop beat"}
QUEUE = {"service": "rq", "name": "worker", "command": "python -m django rqworker default"}
FOLDERS = {
    "root": {"django_root": "."},
    "folder": {"django_root": "web", "django_source_root": "."},
    "source root": {"django_root": "web/site", "django_source_root": "web"},
    "space": {"django_root": "my site", "django_source_root": "."},
}
WEB = {
    "fly": dict.fromkeys(FOLDERS, "gunicorn -c deploy/gunicorn.conf.py"),
    "heroku": {
        "root": "gunicorn -c deploy/gunicorn.conf.py",
        "folder": "gunicorn --chdir web -c web/deploy/gunicorn.conf.py",
        "source root": "gunicorn --chdir web/site -c web/site/deploy/gunicorn.conf.py",
        "space": "gunicorn --chdir 'my site' -c 'my site/deploy/gunicorn.conf.py'",
    },
    "upsun": {
        "root": "exec .venv/bin/gunicorn -c deploy/gunicorn.conf.py",
        "folder": "cd web && exec ../.venv/bin/gunicorn -c deploy/gunicorn.conf.py",
        "source root": "cd site && exec ../.venv/bin/gunicorn -c deploy/gunicorn.conf.py",
        "space": "cd 'my site' && exec ../.venv/bin/gunicorn -c deploy/gunicorn.conf.py",
    },
}

POSSIBLE = [
    (name, database)
    for name, database in itertools.product(platforms(), ("postgres", "sqlite", "external"))
    if database != "sqlite" or "volume" in platform(name).has
]


def on(name: str, **answers: Any) -> Plan:
    return plan(answers, platform(name))


def named(found: Plan) -> dict[str, Process]:
    return {process.name: process for process in found.processes}


@pytest.mark.parametrize(("name", "layout"), [*itertools.product(WEB, FOLDERS)])
def test_the_server_is_started_from_where_the_platform_starts_commands(name: str, layout: str) -> None:
    assert on(name, **FOLDERS[layout]).web.command == WEB[name][layout]


def test_a_release_makes_the_table_of_a_cache_and_migrates() -> None:
    answers = {"django_services": ["database-cache"], "django_root": "web"}

    assert on("heroku", **answers).release == (
        "cd web && python -m django createcachetable --settings deploy.settings "
        "&& python -m django migrate --noinput --settings deploy.settings"
    )
    # Fly.io runs a release command without a shell: https://fly.io/docs/reference/configuration/
    words = shlex.split(on("fly", **answers).release)
    assert words[:2] == ["sh", "-c"] and words[2:] == [plan(answers).release]
    assert shlex.split(on("fly").release)[0] == "python"


def test_an_image_with_its_database_on_a_volume_migrates_before_it_serves() -> None:
    on_fly, on_upsun = on("fly", deploy_database="sqlite"), on("upsun", deploy_database="sqlite")

    assert on_fly.web.command == "sh deploy/start.sh" and "release" not in named(on_fly)
    assert "gunicorn" in on_upsun.web.command and "migrate" in named(on_upsun)["release"].command


def test_processes_that_would_be_called_alike_have_their_service_in_front() -> None:
    found = on("heroku", django_workers=[WORKER, QUEUE, BEAT])

    assert [process.name for process in found.background] == ["celery-worker", "rq-worker", "beat"]
    assert [process.kind for process in found.background] == ["worker", "worker", "scheduler"]


@pytest.mark.parametrize(("name", "database"), POSSIBLE)
@pytest.mark.parametrize("workers", [[], [WORKER, BEAT]])
def test_what_is_not_started_is_not_priced(name: str, database: str, workers: list[dict[str, str]]) -> None:
    answers = {"deploy_database": database, "django_services": ["redis"]}
    without, found = on(name, **answers), on(name, **answers, django_workers=workers)

    assert len(found.background) == len(workers)
    assert {process.state for process in found.background} <= {"not started", "by hand"}
    assert found.costs == without.costs
    assert [process.name for process in found.started] == ["web"]
    # A server of one's own has no price here.
    assert sum(cost.amount for cost in found.costs) > 0 or "price" in found.total
    assert found.prices_seen


def test_what_exists_already_costs_nothing_more() -> None:
    assert [cost.label for cost in on("fly", fly_cluster="abc").costs] == ["Machine"]


REQUIRED = ["STRIPE_KEY", "DB_PASSWORD", "DATABASE_URL", "DJANGO_SECRET_KEY"]


@pytest.mark.parametrize(
    ("database", "owned"),
    [
        ("postgres", ("STRIPE_KEY",)),
        ("sqlite", ("STRIPE_KEY", "DB_PASSWORD", "DATABASE_URL")),
        ("external", ("STRIPE_KEY", "DB_PASSWORD", "DATABASE_URL")),
    ],
)
def test_the_owner_sets_what_nothing_else_provides(database: str, owned: tuple[str, ...]) -> None:
    found = plan({"deploy_database": database, "django_required_env": REQUIRED})
    sources = {variable.name: variable.source for variable in found.environment}

    assert found.variables == owned
    assert found.app.secret_key == "DJANGO_SECRET_KEY" and sources["DJANGO_SECRET_KEY"] == "generated"
    assert sources["DJANGO_SETTINGS_MODULE"] == "constant"
    assert len(sources) == len(found.environment)


def test_an_address_of_a_database_that_the_settings_may_know_is_not_required() -> None:
    (address,) = [one for one in plan({"deploy_database": "external"}).environment if one.name == "DATABASE_URL"]

    assert (address.source, address.required) == ("owner", False)


@pytest.mark.parametrize(
    ("answers", "server", "application"),
    [
        ({"django_wsgi": "shop.wsgi:application"}, "wsgi", "shop.wsgi:application"),
        ({"django_asgi": "shop.asgi:app"}, "asgi", "shop.asgi:app"),
        ({"django_wsgi": "a.wsgi:a", "django_asgi": "a.asgi:a"}, "wsgi", "a.wsgi:a"),
        (
            {"django_wsgi": "a.wsgi:a", "django_asgi": "a.asgi:a", "django_services": ["channels"]},
            "asgi",
            "a.asgi:a",
        ),
        ({}, "wsgi", "deploy.wsgi:application"),
        ({"django_services": ["channels"]}, "asgi", "deploy.asgi:application"),
        ({"django_wsgi": "a.wsgi:a", "django_settings_assigned": ["wsgi"]}, "wsgi", "deploy.wsgi:application"),
        ({"django_wsgi": "a.wsgi:a", "django_settings_assigned": ["asgi", "manage.py"]}, "wsgi", "a.wsgi:a"),
        ({"django_wsgi": "a.wsgi:a", "django_configuration": "Production"}, "wsgi", "deploy.wsgi:application"),
    ],
)
def test_the_application_is_the_projects_own_unless_it_insists_on_other_settings(
    answers: dict[str, Any], server: str, application: str
) -> None:
    app = plan(answers).app

    assert (app.server, app.application) == (server, application)
    generated = [kind for kind in ("wsgi", "asgi") if getattr(app, f"generates_{kind}")]
    assert generated == ([server] if application.startswith("deploy.") else [])


@pytest.mark.parametrize("name", ["", *platforms()])
def test_a_plan_is_there_before_the_last_question_and_changes_no_answer(name: str) -> None:
    answers: dict[str, Any] = {}
    first = plan(answers, platform(name) if name else None)

    assert first.folder == "deploy" and first.web.kind == "web"
    assert answers == {}
    assert first.price == ("" if not name else first.price) and bool(first.total) == bool(name)
