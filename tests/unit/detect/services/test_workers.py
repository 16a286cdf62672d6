"""Workers and schedulers: how today's are started, else as the documentation of their library says."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from deploy_overlay.base.answer_forms import form_problem
from deploy_overlay.detect import Facts
from tests.unit.detect.conftest import SETTINGS, django_project

Build = Callable[..., Facts]
CELERY = {"site_/celery.py": "from celery import Celery\n\napp = Celery('site_')\n"}
WORKER = "celery --app site_.celery worker --loglevel INFO"
BEAT = "celery --app site_.celery beat --loglevel INFO"


def workers(facts: Build, files: dict[str, str], body: str = "", packages: str = "celery\n") -> list[tuple[str, str]]:
    project = {**django_project(body=SETTINGS + body), "requirements.txt": f"Django==5.2.1\n{packages}", **files}
    value = facts(project).fact("django_workers").value
    assert form_problem("django_workers", value) is None
    return [(one["name"], one["command"]) for one in value]


def apps(*names: str) -> str:
    return f"INSTALLED_APPS += {list(names)!r}\n"


@pytest.mark.parametrize(
    ("line", "options"),
    [
        ("celery -A site_ worker -l info --concurrency=4 -P threads", " --concurrency=4 -P threads"),
        ("celery -A site_ worker --autoscale=6,2 --events", " --autoscale=6,2 --events"),
        ("celery -A site_ worker -c2 -B -l info", " -c2"),
        (
            "celery -A site_ worker --without-gossip --max-tasks-per-child 9",
            " --without-gossip --max-tasks-per-child 9",
        ),
        ("celery -A site_ worker --concurrency=$WORKERS", ""),
        ("celery -A site_ worker -n worker1@%h --logfile=/var/log/x", ""),
    ],
)
def test_the_options_of_todays_worker_stay(facts: Build, line: str, options: str) -> None:
    found = workers(facts, {**CELERY, "Procfile": f"worker: {line}\n"})

    assert found[0] == ("worker", f"{WORKER.replace('site_.celery', 'site_')}{options}")


def test_workers_that_differ_leave_the_number_of_processes_open(facts: Build) -> None:
    lines = "a: celery -A site_ worker -Q a -c 1\nb: celery -A site_ worker -Q b -c 8\n"

    assert workers(facts, {**CELERY, "Procfile": lines}) == [
        ("worker", "celery --app site_ worker --loglevel INFO --queues a,b")
    ]


@pytest.mark.parametrize(
    ("body", "line", "own"),
    [
        ("", "celery -A site_ worker", False),
        ("", "celery -A site_ worker -c 2", True),
        ("", "celery -A site_ worker --autoscale=2,1", True),
        ("CELERY_WORKER_CONCURRENCY = 3\n", "celery -A site_ worker", True),
        ("import os\nif os.environ.get('X'):\n    CELERY_WORKER_CONCURRENCY = 3\n", "celery -A site_ worker", True),
    ],
)
def test_whether_the_project_says_how_many_processes(facts: Build, body: str, line: str, own: bool) -> None:
    files = {**django_project(body=SETTINGS + body), **CELERY, "Procfile": f"worker: {line}\n"}
    (worker,) = facts({**files, "requirements.txt": "Django==5.2.1\ncelery\n"}).fact("django_workers").value

    assert (worker.get("concurrency") == "own") is own


@pytest.mark.parametrize(
    ("code", "early"),
    [
        ("app = Celery('site_')\n", False),
        (
            "import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'site_.settings')\napp = Celery('site_')\n",
            False,
        ),
        ("from django.conf import settings\napp = Celery('site_', broker=settings.BROKER)\n", False),
        ("import os\napp = Celery('site_')\ndef later():\n    return os.environ['BROKER_URL']\n", False),
        ("import os\napp = Celery('site_', broker=os.environ['BROKER_URL'])\n", True),
        ("import os\napp = Celery('site_', broker=os.environ.get('BROKER_URL'))\n", True),
        ("from os import getenv\napp = Celery('site_', broker=getenv('BROKER_URL'))\n", True),
        ("from decouple import config\napp = Celery('site_', broker=config('BROKER_URL'))\n", True),
        ("from . import settings\napp = Celery('site_', broker=settings.BROKER)\n", True),
        ("from site_.settings import DEBUG\napp = Celery('site_')\n", True),
        ("from .brokers import BROKER\napp = Celery('site_', broker=BROKER)\n", True),
    ],
)
def test_an_application_that_reads_variables_before_the_settings_is_known(facts: Build, code: str, early: bool) -> None:
    files = {
        **django_project(body=SETTINGS + "BROKER = 'redis://localhost'\nCELERY_BEAT_SCHEDULE = {'a': {}}\n"),
        "requirements.txt": "Django==5.2.1\ncelery\n",
        "site_/brokers.py": "import os\nBROKER = os.environ['BROKER_URL']\n",
        "site_/celery.py": f"from celery import Celery\n{code}",
    }
    found = facts(files).fact("django_workers").value

    assert form_problem("django_workers", found) is None
    assert [one.get("early", "") for one in found] == (["site_.celery"] * 2 if early else ["", ""])


@pytest.mark.parametrize(
    ("body", "files", "scheduler"),
    [
        ('CELERY_BEAT_SCHEDULE = {"a": {}}\n', {}, " --schedule /tmp/celerybeat-schedule"),
        (apps("django_celery_beat"), {}, " --scheduler django_celery_beat.schedulers:DatabaseScheduler"),
        (apps("django_celery_beat") + 'CELERY_BEAT_SCHEDULER = "site_.beat.Scheduler"\n', {}, ""),
        (apps("django_celery_beat"), {"Procfile": "beat: celery -A site_.celery beat -S site_.beat.Own\n"},
         " --scheduler site_.beat.Own"),
    ],
)  # fmt: skip
def test_beat_keeps_its_scheduler(facts: Build, body: str, files: dict[str, str], scheduler: str) -> None:
    assert workers(facts, {**CELERY, **files}, body)[1] == ("beat", BEAT + scheduler)


@pytest.mark.parametrize(
    ("body", "files", "expected"),
    [
        # How production starts it today counts before the documentation, and Compose's file may be for development.
        (apps("django_q"), {"Procfile": "q: python manage.py qcluster --name x\n"}, [("q", "qcluster --name x")]),
        (
            apps("huey.contrib.djhuey"),
            {"compose.yml": "services:\n  queue:\n    command: python manage.py run_huey --no-periodic\n"},
            [("worker", "run_huey")],
        ),
        (
            apps("django_rq"),
            {"Procfile": "rq: python manage.py rqworker high\nclock: python manage.py rqscheduler\n"},
            [("rq", "rqworker high"), ("scheduler", "rqscheduler")],
        ),
        (apps("crontask"), {}, [("scheduler", "crontask")]),
        ("", {"Procfile": "clock: python manage.py run_jobs\n"}, [("scheduler", "run_jobs")]),
        ("", {"Procfile": "x: newrelic-admin run-program python manage.py listen\n"}, [("x", "listen")]),
        (
            'TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend", "QUEUES": ["default", "mail"]}}\n',
            {},
            [("worker", "db_worker --queue-name default,mail")],
        ),
        (
            'TASKS = {"default": {"BACKEND": "django.tasks.backends.immediate.ImmediateBackend"},\n'
            '    "slow": {"BACKEND": "django_tasks_db.DatabaseBackend"}}\n',
            {},
            [("worker-slow", "db_worker --backend slow")],
        ),
        (
            'TASKS = {"default": {"BACKEND": "django_tasks_rq.RQBackend", "QUEUES": ["default"]}}\n',
            {},
            [("worker", "rqworker --job-class django_tasks_rq.Job default")],
        ),
        ('TASKS = {"default": {"BACKEND": "django.tasks.backends.dummy.DummyBackend"}}\n', {}, []),
        (
            "",
            {"site_/routing.py": "x = ProtocolTypeRouter({'channel': ChannelNameRouter({'thumbs': A, 'mail': B})})\n"},
            [("worker", "runworker thumbs mail")],
        ),
    ],
)
def test_other_workers(facts: Build, body: str, files: dict[str, str], expected: list[tuple[str, str]]) -> None:
    assert workers(facts, files, body, packages="") == [(name, f"python -m django {rest}") for name, rest in expected]


def test_rq_scheduler_is_a_process_of_its_own(facts: Build) -> None:
    found = workers(facts, {}, apps("django_rq") + "RQ_QUEUES = {'high': {}}\n", packages="django-rq\nrq-scheduler\n")

    assert found == [
        ("worker", "python -m django rqworker high"),
        ("scheduler", "python -m django rqscheduler --queue high"),
    ]


def test_a_service_of_compose_gives_its_name(facts: Build) -> None:
    text = "services:\n  queue:\n    build:\n      context: .\n    command: python manage.py dequeue\n"

    assert workers(facts, {"docker-compose.yml": text}) == [("queue", "python -m django dequeue")]


def test_what_ends_by_itself_is_no_worker(facts: Build) -> None:
    text = "[Service]\nType=oneshot\nExecStart=/venv/bin/python manage.py tidy\n"

    assert workers(facts, {"systemd/tidy.service": text}) == []


@pytest.mark.parametrize("command", ["sleep 20; python manage.py run_bot", "sleep 5 && exec python manage.py run_bot"])
def test_an_image_of_its_own_starts_a_worker(facts: Build, command: str) -> None:
    files = {
        "bot.Dockerfile": f'FROM python:3.13\nCMD ["sh", "-c", "{command}"]\n',
        "web.Dockerfile": 'FROM python:3.13\nCMD ["python", "manage.py", "runserver_with_q"]\n',
    }

    assert workers(facts, files) == [("run_bot", "python -m django run_bot")]


def test_a_program_beside_the_django_root_is_no_worker_of_the_site(facts: Build) -> None:
    text = "services:\n  bot:\n    build:\n      dockerfile: bot/Dockerfile\n    command: python -m bot.main\n"
    files = {**django_project(root="backend"), "bot/__init__.py": "", "bot/main.py": "", "compose.yml": text}
    files["requirements.txt"] = "Django==5.2.1\n"

    assert facts(files).fact("django_workers").value == []
    files["backend/bot/main.py"] = ""
    assert [one["command"] for one in facts(files).fact("django_workers").value] == ["python -m bot.main"]


@pytest.mark.parametrize(("folder", "names"), [("apps/jobs/tasks", []), ("apps/api/tasks", ["worker"])])
def test_the_worker_of_another_django_project_of_the_repository_is_not_this_ones(
    facts: Build, folder: str, names: list[str]
) -> None:
    files = {
        **django_project("apps/api"),
        **django_project("apps/jobs"),
        "apps/api/requirements.txt": "Django==5.2.1\ncelery\n",
        f"{folder}/app.py": CELERY["site_/celery.py"],
    }
    found = facts(files, django_root="apps/api").fact("django_workers").value
    assert [one["name"] for one in found] == names


def test_a_script_that_cron_starts_too_is_no_worker(facts: Build) -> None:
    script = {"poll_queue.sh": "cd /srv/site\npython manage.py get_email\n"}
    assert workers(facts, script, packages="") == [("get_email", "python -m django get_email")]
    cron = 'FROM python\nRUN echo "* * * * * root python3 /srv/manage.py get_email" > /etc/crontab\n'
    assert workers(facts, {**script, "Dockerfile": cron}, packages="") == []
