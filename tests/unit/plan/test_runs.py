"""What runs beside the site and what is kept for it, by the owner's choice: started, priced, made, or named as missing."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from deploy_overlay.ask.platforms import runs_problem, store_problem, uploads_problem
from deploy_overlay.base.message import with_help_link
from deploy_overlay.base.plan import Process
from deploy_overlay.base.platform import Declared, Made, Platform
from deploy_overlay.plan import Plan, plan
from deploy_overlay.plan.missing import missing
from deploy_overlay.plan.needs import refusal
from deploy_overlay.plan.packages import wanted
from deploy_overlay.plan.runs import adapts_redis
from deploy_overlay.platforms import platform
from tests.support.anchors import note, shows

WORKER = {"service": "celery", "name": "worker", "command": "celery --app shop worker"}
BEAT = {"service": "celery", "name": "beat", "command": "celery --app shop beat"}
NIGHTLY = {"name": "import", "command": "python -m django import", "schedule": "0 4 * * *", "source": "project"}
CLEAR = {
    "name": "clearsessions",
    "command": "python -m django clearsessions",
    "schedule": "1 3 * * *",
    "source": "usual",
}
REDIS = {"kind": "redis", "roles": ["queue"], "variables": ["CELERY_BROKER_URL", "CACHE_HOST"], "fixed": []}
SHOP: dict[str, Any] = {
    "django_workers": [WORKER, BEAT],
    "django_schedule": [NIGHTLY, CLEAR],
    "django_stores": [REDIS],
    "django_uploads": {"store": "disk", "access": "private"},
}
EVERYTHING = {"deploy_runs": ["worker", "scheduler", "cron"], "deploy_redis": "platform", "deploy_uploads": "bucket"}


def whole(**changed: Any) -> Platform:
    """A platform that makes everything."""
    heroku = platform("heroku")
    has = {
        **heroku.has,
        "worker": Declared(7, label="worker"),
        "cron": Declared(1, label="job"),
        "redis": Made(3, label="Redis"),
        "bucket": Made(5, label="bucket"),
        "volume": Declared(2, label="disk", holders=1),
    }
    return dataclasses.replace(heroku, has=has, runs=heroku.runs._replace(**changed))


def states(found: Plan) -> dict[str, str]:
    return {one.name: one.state for one in found.background}


def test_nothing_is_started_or_made_unasked() -> None:
    found = plan(SHOP, whole())

    assert set(states(found).values()) == {"not started"}
    assert [one.name for one in found.started] == ["web"] and not found.jobs
    assert {one.kind: one.how for one in found.resources}["redis"] == "by hand"
    assert found.resource("bucket") is None
    assert found.costs == plan({}, whole()).costs


def test_what_is_chosen_is_started_made_and_priced_once() -> None:
    found = plan(SHOP | EVERYTHING, whole(crons=True))

    assert set(states(found).values()) == {"started"}
    assert [one.name for one in found.started] == ["web", "worker", "beat"]
    assert [(one.name, one.schedule) for one in found.jobs] == [("import", "0 4 * * *"), ("clearsessions", "1 3 * * *")]
    more = [cost for cost in found.costs if cost not in plan({}, whole()).costs]
    assert sum(cost.amount for cost in more) == 2 * 7 + 2 * 1 + 3 + 5


def test_a_platform_that_starts_no_job_itself_gets_a_process_that_does() -> None:
    found = plan(SHOP | {"deploy_runs": ["cron"]}, whole())

    (clock,) = [one for one in found.started if one.kind == "scheduler"]
    assert isinstance(clock, Process) and clock.command.endswith("python -m deploy.schedule")
    assert states(found)["worker"] == "not started", "a kind that was not chosen"


def test_of_many_jobs_that_are_not_started_the_first_are_named() -> None:
    jobs = [NIGHTLY | {"name": f"job-{number}", "command": f"python -m django job {number}"} for number in range(40)]

    (told,) = missing({"django_schedule": jobs}, whole())

    assert told.text == "job-0, job-1, job-2, job-3, job-4, job-5 and 34 more are not started"


def test_a_server_that_no_platform_creates_is_named_with_its_variables() -> None:
    rabbit = {"kind": "rabbitmq", "roles": ["other"], "variables": ["RABBIT_URL"], "fixed": []}
    cache = {"kind": "memcached", "roles": ["cache"], "variables": [], "fixed": ["CACHES"]}

    assert [(one.text, one.option) for one in missing({"django_stores": [rabbit, cache]}, whole())] == [
        ("RabbitMQ is not created; set RABBIT_URL to its address", ""),
        ("memcached is not created; read its address in CACHES from a variable", ""),
    ]


def test_a_queue_whose_worker_no_file_shows_is_told() -> None:
    answers = {"django_services": ["dramatiq", "media"]}
    worker = {"service": "dramatiq", "name": "worker", "command": "dramatiq shop.tasks"}

    assert "Dramatiq has no worker that a file shows; django_workers names its command" in [
        one.text for one in missing(answers, whole())
    ]
    assert not [one for one in missing(answers | {"django_workers": [worker]}, whole()) if "has no" in one.text]


def test_a_database_that_no_platform_creates_is_named() -> None:
    def told(database: str, **answers: str) -> list[str]:
        return [one.text for one in missing({"django_database": database, **answers}, whole())]

    assert told("mysql", deploy_database="external") == ["MySQL is not created; set DATABASE_URL to its address"]
    assert told("postgresql", deploy_database="external") == told("mysql", deploy_database="postgres") == []


def test_a_job_that_any_project_should_run_is_not_missing() -> None:
    plain = {"django_schedule": [CLEAR]}

    assert not plan(plain, whole()).background
    assert not missing(plain, whole())
    assert refusal("x", dataclasses.replace(whole(), has={"web": Declared(1), "postgres": Made(1)}), plain, {}) is None


def test_every_variable_that_holds_an_address_of_redis_comes_from_it() -> None:
    made, own = plan(SHOP | EVERYTHING, whole()), plan(SHOP, whole())
    redis = made.resource("redis")
    assert redis is not None and dict(redis.variables) == {
        "REDIS_URL": "url",
        "CELERY_BROKER_URL": "url",
        "CACHE_HOST": "host",
    }
    required = {"django_required_env": ["CELERY_BROKER_URL"]}
    assert plan(SHOP | EVERYTHING | required, whole()).variables == ()
    assert plan(SHOP | required, whole()).variables == ("CELERY_BROKER_URL",)
    assert {one.name for one in own.environment if one.source == "resource"} == {"DATABASE_URL"}


def test_a_bucket_of_the_owners_needs_its_keys() -> None:
    found = plan(SHOP | {"deploy_uploads": "bucket"})

    assert found.variables == ("AWS_STORAGE_BUCKET_NAME", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")


@pytest.mark.parametrize(
    ("answers", "kinds"),
    [
        ({"deploy_uploads": "volume"}, {"volume": {"MEDIA_ROOT"}}),
        ({"deploy_uploads": "volume", "deploy_database": "sqlite"}, {"volume": {"MEDIA_ROOT", "DEPLOY_DATA"}}),
        ({"deploy_uploads": "bucket", "django_uploads": {"store": "service", "access": "private"}}, {}),
        ({"deploy_uploads": "none"}, {}),
    ],
)
def test_uploads_are_kept_where_the_owner_wants_them(answers: dict[str, Any], kinds: dict[str, set[str]]) -> None:
    found = plan(SHOP | {"django_stores": []} | answers, whole())

    assert {one.kind: set(one.variables) for one in found.resources if one.kind != "postgres"} == kinds


def test_only_a_bucket_needs_the_package_of_its_storage() -> None:
    from pathlib import Path

    from deploy_overlay.base.answers import Answers

    def storage(**answers: Any) -> list[str]:
        return [one for one in wanted(Answers(Path(), "", SHOP | answers)) if "storages" in one]

    assert storage(deploy_uploads="bucket") and not storage(deploy_uploads="volume") and not storage()


def test_what_is_missing_is_named_with_what_provides_it_and_its_price() -> None:
    told = missing(SHOP, whole(crons=True))

    assert [(one.option, one.price) for one in told] == [
        ("deploy_runs=[worker,scheduler,cron]", "$16"),
        ("deploy_redis=platform", "$3"),
        ("deploy_uploads=bucket", "$5"),
    ]
    assert told[0].text == "worker, beat, import are not started"
    assert missing(SHOP | EVERYTHING, whole(crons=True)) == []
    some = missing(SHOP | EVERYTHING | {"deploy_runs": ["worker"]}, whole(crons=True))
    assert [one.option for one in some] == ["deploy_runs=[worker,scheduler,cron]"]


@pytest.mark.parametrize(
    ("worker", "memory", "command"),
    [
        (WORKER, 512, "celery --app shop worker --concurrency 2"),
        (WORKER, 256, "celery --app shop worker --concurrency 1"),
        (WORKER, 128, "celery --app shop worker --concurrency 1"),
        (WORKER, 2048, "celery --app shop worker --concurrency 8"),
        (WORKER | {"concurrency": "own"}, 512, "celery --app shop worker"),
        (
            WORKER | {"command": "celery --app shop worker --concurrency 9"},
            512,
            "celery --app shop worker --concurrency 9",
        ),
        (BEAT, 512, "celery --app shop beat"),
        (WORKER | {"service": "rq", "command": "python -m django rqworker"}, 512, "python -m django rqworker"),
        (
            WORKER | {"service": "dramatiq", "command": "python -m django rundramatiq"},
            512,
            "python -m django rundramatiq --processes 2",
        ),
    ],
)
def test_a_worker_has_as_many_processes_as_the_memory_has_room_for(
    worker: dict[str, str], memory: int, command: str
) -> None:
    (found,) = plan({"django_workers": [worker]}, whole(memory=memory)).background

    assert found.command.endswith(command)


def test_workers_load_an_application_that_reads_variables_early_by_the_overlays_module() -> None:
    early = WORKER | {"command": "celery --app shop.celery worker", "early": "shop.celery"}
    made = plan({"django_workers": [early], "deploy_package": "site.deploy"}, whole(memory=512))

    assert made.celery == "shop.celery"
    assert made.background[0].command.endswith("celery --app site.deploy.celery worker --concurrency 2")
    assert plan({"django_workers": [WORKER]}, whole()).celery == ""


@shows("sqlite-on-one-machine")
def test_sqlite_is_on_the_machine_of_the_site_alone() -> None:
    answers = SHOP | {"deploy_database": "sqlite"}
    told = refusal("x", whole(), answers | {"deploy_runs": ["worker"]}, {})

    assert told is not None
    note(with_help_link(str(told), told.anchor))
    assert refusal("x", whole(), answers, {}) is None
    # Jobs that the platform starts run where the site runs.
    assert refusal("x", whole(crons=True), answers | {"deploy_runs": ["cron"]}, {}) is None


@shows("answer-deploy-runs", "answer-deploy-redis", "answer-deploy-uploads")
def test_what_a_platform_cannot_have_is_refused_where_it_is_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    bare = dataclasses.replace(platform("heroku"), has={"web": Declared(1)})
    monkeypatch.setattr("deploy_overlay.ask.platforms.platforms", lambda: {"bare": bare, "whole": whole()})

    assert runs_problem(["worker"], ["whole"]) == runs_problem([], ["bare"]) == ""
    assert store_problem("redis", True, ["whole"]) == store_problem("redis", False, ["bare"]) == ""
    assert uploads_problem("volume", ["whole"]) == uploads_problem("none", ["bare"]) == ""
    note(with_help_link(runs_problem(["scheduler"], ["whole", "bare"]), "answer-deploy-runs"))
    note(with_help_link(store_problem("redis", True, ["bare"]), "answer-deploy-redis"))
    note(with_help_link(uploads_problem("volume", ["bare"]), "answer-deploy-uploads"))


@pytest.mark.parametrize(
    ("command", "line"),
    [
        ("celery --app shop worker", "celery --app shop worker"),
        ("rq worker 'high priority'", "rq worker 'high priority'"),
        ("celery --app shop worker -c $CONCURRENCY", "sh -c 'exec celery --app shop worker -c $CONCURRENCY'"),
        ("python warm.py && rq worker", "sh -c 'python warm.py && rq worker'"),
        ('python -c "import warm; warm.up()"', "sh -c 'exec python -c \"import warm; warm.up()\"'"),
    ],
)
def test_a_command_gets_a_shell_where_it_needs_one_and_the_platform_has_none(command: str, line: str) -> None:
    """Fly.io splits a command into words: https://fly.io/docs/launch/processes/"""
    worker = {"service": "rq", "name": "worker", "command": command}

    (found,) = plan({"django_workers": [worker]}, platform("fly")).background

    assert found.command == line


@pytest.mark.parametrize("name", ["web", "app", "release", "clock"])
def test_a_worker_does_not_take_the_name_of_a_process_that_platforms_know(name: str) -> None:
    (found,) = plan({"django_workers": [{**WORKER, "name": name}]}, platform("fly")).background

    assert found.name == f"celery-{name}"


def test_beside_a_volume_a_process_does_not_run_as_root() -> None:
    assert plan(SHOP | {"deploy_uploads": "volume"}, platform("fly")).unprivileged.startswith("setpriv --reuid=app")
    assert plan(SHOP | {"deploy_uploads": "bucket"}, platform("fly")).unprivileged == ""
    assert plan(SHOP | {"deploy_uploads": "volume"}, platform("upsun")).unprivileged == "", "no image of ours"


def test_variables_that_come_from_an_address_are_told_by_it() -> None:
    found = plan(
        SHOP | EVERYTHING | {"django_required_env": ["DB_HOST", "CELERY_BROKER_URL"], "deploy_database": "postgres"}
    )

    assert found.parts == {
        "DATABASE_URL": {"DB_HOST": "host"},
        "REDIS_URL": {"CELERY_BROKER_URL": "url", "CACHE_HOST": "host"},
    }
    assert "REDIS_URL" in found.made and "CELERY_BROKER_URL" not in found.variables
    assert plan({}).parts == {}


@pytest.mark.parametrize(
    ("name", "of_mail"),
    [("EMAIL_URL", True), ("DJANGO_EMAIL_HOST", True), ("MAILGUN_API_KEY", True), ("SMTP_PASSWORD", True), ("MAIL", True),
     ("AWS_SES_REGION", True), ("SESSION_SECRET", False), ("ADMIN_EMAILS", False), ("RESENDING", False), ("DATABASE_URL", False)],
)  # fmt: skip
def test_variables_of_mail_are_told_by_their_names(name: str, of_mail: bool) -> None:
    assert (plan({"django_required_env": [name]}).mail == (name,)) is of_mail


@pytest.mark.parametrize(
    ("kind", "platforms", "needed"),
    [
        ([], ["fly"], False),
        ([REDIS], ["upsun"], False),
        ([REDIS], ["upsun", "heroku"], True),
        ([REDIS], ["fly"], True),
        ([{**REDIS, "fixed": ["CACHES"]}], ["upsun"], True),
    ],
)
def test_addresses_of_redis_change_where_they_have_to(kind: list[Any], platforms: list[str], needed: bool) -> None:
    assert adapts_redis({"django_stores": kind}, map(platform, platforms)) is needed
