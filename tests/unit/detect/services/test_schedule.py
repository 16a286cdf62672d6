"""Scheduled jobs: those of the project, by its settings and its deployment files, and those that any project should run."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from typing import Any

import pytest

from deploy_overlay.base.answer_forms import form_problem
from deploy_overlay.detect import Facts
from tests.unit.detect.conftest import SETTINGS, django_project

Build = Callable[..., Facts]
SESSIONS = 'INSTALLED_APPS += ["django.contrib.sessions"]\n'
NIGHTLY = ("nightly", "python -m django nightly --days 30", "0 4 * * *")


def jobs(facts: Build, files: dict[str, str], body: str = "") -> list[tuple[str, str, str]]:
    fact = facts({**django_project(body=SETTINGS + body), **files}).fact("django_schedule")
    assert form_problem("django_schedule", fact.value) is None
    names = [job["name"] for job in fact.value]
    assert len(names) == len(set(names))
    return [(job["name"], job["command"], job["schedule"]) for job in fact.value]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (
            "crontab",
            "# comment\nSHELL=/bin/sh\n0 4 * * * cd /app && python manage.py nightly --days 30 >> /var/log/x 2>&1\n",
        ),
        ("deploy/cron.d/site", "0 4 * * * www-data /venv/bin/python3 /srv/app/manage.py nightly --days 30\n"),
        ("docker/crontab.txt", "0 4 * * * /usr/local/bin/python manage.py nightly --days 30 --settings=a.b\n"),
        ("Dockerfile", 'FROM python\nRUN echo "0 4 * * * python manage.py nightly --days 30" | crontab -\n'),
        ("start.sh", "echo '0 4 * * * cd /app; ./manage.py nightly --days 30' > /etc/cron.d/x\nexec gunicorn x\n"),
        ("app.json", '{"cron": [{"command": "python manage.py nightly --days 30", "schedule": "0 4 * * *"}]}'),
        ("cron.json", '{"jobs": [{"command": "0 4 * * * python manage.py nightly --days 30", "size": "S"}]}'),
        (
            "render.yaml",
            "services:\n- type: cron\n  name: n\n  schedule: 0 4 * * *\n  startCommand: python manage.py nightly --days 30\n",
        ),
        (
            ".upsun/config.yaml",
            "applications:\n  app:\n    crons:\n      n:\n        spec: '0 4 * * *'\n        commands:\n"
            "          start: |\n            python manage.py nightly --days 30\n",
        ),
        (".platform.app.yaml", 'crons:\n  n:\n    spec: "0 4 * * *"\n    cmd: "python manage.py nightly --days 30"\n'),
        (
            "k8s/nightly.yaml",
            "apiVersion: batch/v1\nkind: CronJob\nmetadata:\n  name: n\nspec:\n  schedule: '0 4 * * *'\n  jobTemplate:\n"
            "    spec:\n      template:\n        spec:\n          containers:\n          - name: x\n            command: "
            "[python, manage.py, nightly]\n            args: ['--days', '30']\n",
        ),
        (
            "docker-compose.yml",
            "services:\n  web:\n    labels:\n      ofelia.job-exec.n.schedule: '0 4 * * *'\n"
            "      ofelia.job-exec.n.command: python manage.py nightly --days 30\n",
        ),
        (
            ".github/workflows/nightly.yml",
            "on:\n  schedule:\n    - cron: '0 4 * * *'\njobs:\n  n:\n    steps:\n"
            "      - run: heroku run --app x -- python manage.py nightly --days 30\n",
        ),
        ("uwsgi.ini", "[uwsgi]\ncron = 0 4 -1 -1 -1 python manage.py nightly --days 30\n"),
        ("uwsgi.yml", "uwsgi:\n  unique-cron2: minute=0,hour=4 /venv/bin/python manage.py nightly --days 30\n"),
        ("railway.toml", '[deploy]\nstartCommand = "python manage.py nightly --days 30"\ncronSchedule = "0 4 * * *"\n'),
    ],
)
def test_jobs_in_files(facts: Build, path: str, text: str) -> None:
    assert jobs(facts, {path: text}) == [NIGHTLY]


@pytest.mark.parametrize(
    ("line", "script"),
    [
        ("$ROOT/bin/run.sh nightly --days 30", 'cd "$APP_HOME"\ndjango-admin "$@"\n'),
        ("/srv/site/bin/run.sh >> /var/log/x 2>&1", "# python manage.py other\npython manage.py nightly --days 30\n"),
    ],
)
def test_a_job_by_a_script_of_the_repository(facts: Build, line: str, script: str) -> None:
    files = {"clevercloud/cron.json": f'["0 4 * * * {line}"]', "bin/run.sh": f"#!/bin/bash\n{script}"}
    assert jobs(facts, files) == [NIGHTLY]
    several = {**files, "bin/run.sh": f"{script}python manage.py another\n"}
    assert jobs(facts, several) == []
    assert jobs(facts, {**files, "bin/run.sh": None, "clevercloud/cron.json": '["0 4 * * * /srv/run.sh"]'}) == []


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (
            "deployment/docker/cron.sh",
            "#!/bin/bash\nwhile [ true ]; do\n  echo\n    uv run python manage.py nightly --days 30\n    sleep 3600\ndone\n",
        ),
        ("start-jobs.sh", "while :\ndo\n  ./manage.py nightly --days 30 || true\n  sleep 60m\ndone\n"),
        (
            "docker-compose.yml",
            'services:\n  jobs:\n    command: sh -c "while true; do python manage.py nightly --days 30; sleep 1h; done"\n',
        ),
    ],
)
def test_jobs_that_a_shell_repeats(facts: Build, path: str, text: str) -> None:
    assert jobs(facts, {path: text}) == [("nightly", "python -m django nightly --days 30", "0 * * * *")]
    assert facts({path: text}).fact("django_workers").value == []


@pytest.mark.parametrize(
    "loop",
    [
        "while ! python manage.py wait_for_db; do sleep 60; done",
        "while true; do python manage.py nightly; sleep 5; done",
        "while true; do python manage.py nightly; sleep $PAUSE; done",
        "while true; do python manage.py migrate && break; sleep 60; done",
    ],
)
def test_loops_that_are_no_jobs(facts: Build, loop: str) -> None:
    assert jobs(facts, {"start.sh": f"{loop}\n"}) == []


def test_a_timer_starts_its_service_which_is_no_worker(facts: Build) -> None:
    files = {
        "systemd/nightly.service": "[Service]\nExecStart=/venv/bin/python manage.py nightly --days 30\n",
        "systemd/nightly.timer": "[Timer]\nOnCalendar=*-*-* 04:00:00\n",
    }
    assert jobs(facts, files) == [NIGHTLY]
    assert facts({}).fact("django_workers").value == []


@pytest.mark.parametrize(
    ("path", "text"),
    [
        # It tests, in a place of its own.
        (
            ".github/workflows/ci.yml",
            "on:\n  schedule:\n    - cron: '0 4 * * *'\njobs:\n  n:\n    steps:\n      - run: python manage.py nightly\n",
        ),
        ("crontab", "0 4 * * * pg_dump site > /backup/site.sql\n"),
        ("crontab", "0 4 * * * python manage.py nightly --since \"$(date)\"\n"),
        ("crontab", "@reboot python manage.py nightly\n"),
        ("crontab", "0 4 * * * python manage.py migrate\n"),
        ("crontab.dev", "0 4 * * * python manage.py nightly\n"),
        ("app.json", '{"cron": [{"command": "npm run x", "schedule": "0 4 * * *"}]}'),
        ("app.json", '{"cron": "not a list", "scripts": []'),
        ("render.yaml", "services: [\n- schedule: {cron: 1}\n"),
        ("docs/cron.md", "0 4 * * * python manage.py nightly\n"),
    ],
)  # fmt: skip
def test_no_jobs(facts: Build, path: str, text: str) -> None:
    assert jobs(facts, {path: text}) == []


def test_modules_of_the_project_are_run_as_modules(facts: Build) -> None:
    files = {"crontab": "0 4 * * * python -m site_.tidy now\n5 4 * * * python -m other.tidy\n", "site_/tidy.py": ""}

    assert jobs(facts, files) == [("now", "python -m site_.tidy now", "0 4 * * *")]


def test_django_crontab(facts: Build) -> None:
    entry = ["0   4 * * *", "site_.cron.tidy", [], {"days": 3}]
    body = (
        'INSTALLED_APPS += ["django_crontab"]\nimport os\n'
        'CRONJOBS = [("0 5 * * *", "django.core.management.call_command", ["nightly", "--days", "30"]),\n'
        f"    {tuple(entry)!r},\n"
        '    ("0 6 * * *", "site_.cron.count", ">> " + os.path.join(BASE_DIR, "log")),\n'
        '    ("@reboot", "site_.cron.start")]\n'
    )
    # As Crontab.__hash_job makes it.
    known = hashlib.md5(
        json.JSONEncoder(sort_keys=True).encode(entry).encode("utf-8"), usedforsecurity=False
    ).hexdigest()
    count = "python -c 'import django; django.setup(); from site_.cron import count; count()'"

    assert jobs(facts, {}, body) == [
        ("nightly", "python -m django nightly --days 30", "0 5 * * *"),
        ("tidy", f"python -m django crontab run {known}", "0 4 * * *"),
        ("count", count, "0 6 * * *"),
    ]


def test_django_cron(facts: Build) -> None:
    body = 'INSTALLED_APPS += ["django_cron"]\nCRON_CLASSES = ["site_.cron.Tidy"]\n'

    assert jobs(facts, {}, body) == [("runcrons", "python -m django runcrons", "*/5 * * * *")]
    own = {"crontab": "* * * * * python manage.py runcrons\n"}
    assert jobs(facts, own, body) == [("runcrons", "python -m django runcrons", "* * * * *")]


@pytest.mark.parametrize(
    ("body", "names"),
    [
        ("", []),
        (SESSIONS, ["clearsessions"]),
        (SESSIONS + 'SESSION_ENGINE = "django.contrib.sessions.backends.cached_db"\n', ["clearsessions"]),
        (SESSIONS + 'SESSION_ENGINE = "django.contrib.sessions.backends.cache"\n', []),
        ('INSTALLED_APPS += ["rest_framework_simplejwt.token_blacklist"]\n', ["flushexpiredtokens"]),
        ('INSTALLED_APPS += ["oauth2_provider"]\n', ["cleartokens"]),
        ('INSTALLED_APPS += ["wagtail"]\n', ["publish_scheduled"]),
    ],
)
def test_what_any_project_should_run(facts: Build, body: str, names: list[str]) -> None:
    fact = facts(django_project(body=SETTINGS + body)).fact("django_schedule")

    assert [job["name"] for job in fact.value] == names
    assert {job["source"] for job in fact.value} <= {"usual"}


def test_what_the_project_runs_is_listed_once_at_its_own_time(facts: Build) -> None:
    files = {"crontab": "30 2 * * * python manage.py clearsessions\n"}
    fact = facts({**django_project(body=SETTINGS + SESSIONS), **files}).fact("django_schedule")

    assert fact.value == [
        {
            "name": "clearsessions",
            "command": "python -m django clearsessions",
            "schedule": "30 2 * * *",
            "source": "project",
        }
    ]


def test_mail_that_waits_in_the_database_needs_its_command(facts: Build) -> None:
    body = 'INSTALLED_APPS += ["mailer"]\nEMAIL_BACKEND = "mailer.backend.DbBackend"\n'
    found: list[dict[str, Any]] = facts(django_project(body=SETTINGS + body)).fact("django_schedule").value

    assert [(job["name"], job["source"]) for job in found] == [("send_mail", "project")]


def test_names_that_other_processes_have(facts: Build) -> None:
    text = "0 4 * * * python manage.py worker\n1 4 * * * python manage.py a 1\n2 4 * * * python manage.py a 2\n"

    assert [name for name, *_ in jobs(facts, {"crontab": text})] == ["worker-job", "a-1", "a-2"]
