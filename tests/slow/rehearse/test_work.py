"""Workers are proven by a job: real Celery, RQ, Django's tasks, Procrastinate and Django Q, on a real Redis and SQLite."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from deploy_overlay.base.log import Log
from deploy_overlay.rehearse.memory import Memory
from deploy_overlay.rehearse.postgres import running_postgres
from deploy_overlay.rehearse.processes import Command, check_process
from deploy_overlay.rehearse.redis import running_redis
from deploy_overlay.rehearse.results import Outcome
from deploy_overlay.rehearse.stage import Stage
from tests.support import usual_python
from tests.support.installing import python_with

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="production stops processes with SIGTERM")

PACKAGES = (
    "django>=5.2,<6", "celery>=5.5", "redis>=5", "django-celery-beat>=2.8", "django-rq>=3", "django-tasks>=0.8",
    "django-tasks-db>=0.12", "django-q2>=1.8", "packaging>=24", "procrastinate[django]>=3", "psycopg[binary]>=3.2",
    "dj-database-url>=2.2",
)  # fmt: skip
SETTINGS = """
import os
SECRET_KEY = "secret"
INSTALLED_APPS = ["django.contrib.auth", "django.contrib.contenttypes", "django_celery_beat", "django_rq", "django_tasks",
    "django_tasks_db", "django_q", "shop"]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": os.environ["DATABASE"],
    "OPTIONS": {"timeout": 20}}}
CELERY_BROKER_URL = os.environ["REDIS_URL"]
RQ_QUEUES = {"default": {"URL": os.environ["REDIS_URL"]}, "mail": {"URL": os.environ["REDIS_URL"]}}
TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend", "QUEUES": ["slow"]}}
Q_CLUSTER = {"name": "shop", "workers": 1, "orm": "default", "save_limit": -1, "timeout": 30, "retry": 60}
USE_TZ = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
"""
CELERY = """
import os
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "settings")
from celery import Celery
app = Celery("shop")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.conf.beat_schedule = {"nightly": {"task": "shop.tasks.report", "schedule": 3600.0}}
"""
TASKS = """
from celery import shared_task
@shared_task
def report():
    raise SystemExit("a rehearsal does not run the project's own jobs")
"""


@dataclass(frozen=True)
class Room:
    stage: Stage
    environ: dict[str, str]

    def check(
        self, line: str, memory: Memory | None = None, broker: Sequence[str] = (), loading: float = 1.0, **environ: str
    ) -> Outcome:
        command = Command("worker", line, broker=tuple(broker))
        return check_process(self.stage, self.environ | environ, command, 30, loading, memory)

    def write(self, path: str, text: str) -> None:
        (self.stage.django_root / path).write_text(text, encoding="utf-8")

    def said(self) -> str:
        return self.stage.log.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    python = python_with(usual_python(), *PACKAGES)
    root = tmp_path_factory.mktemp("project")
    (root / "shop").mkdir()
    files = {"settings.py": SETTINGS, "shop/__init__.py": "", "shop/celery.py": CELERY, "shop/tasks.py": TASKS}
    for path, text in files.items():
        (root / path).write_text(text, encoding="utf-8")
    scratch = tmp_path_factory.mktemp("scratch")
    stage = Stage(root, root, scratch, "", scratch / "log", python)
    log = Log(scratch / "redis.log")
    with running_redis(scratch, log, print) as redis:
        environ = {
            "PATH": f"{python.parent}{os.pathsep}{os.environ['PATH']}",
            "HOME": str(scratch),
            "DJANGO_SETTINGS_MODULE": "settings",
            "REDIS_URL": redis.url,
            "DATABASE": str(scratch / "db.sqlite3"),
            "PYTHONUNBUFFERED": "1",
            "C_FORCE_ROOT": "1",
        }
        migrated = stage.django(environ, "migrate", "--noinput")
        assert migrated.code == 0, migrated.output
        yield Room(stage, environ)


@pytest.fixture
def room(shared: Room) -> Iterator[Room]:
    yield shared
    shared.write("settings.py", SETTINGS)
    shared.write("shop/celery.py", CELERY)


@pytest.mark.parametrize(
    "line",
    [
        "python -m celery --app shop worker --loglevel INFO --concurrency 1",
        "python -m celery -A shop worker --loglevel ERROR --pool solo --queues reports,mail",
        "python -m celery --app=shop worker --pool threads",
        "python -m django rqworker",
        "python -m django rqworker --name first mail default",
        "python -m django db_worker --queue-name '*'",
        "python -m django qcluster",
    ],
)
def test_a_worker_does_a_job(room: Room, line: str) -> None:
    memory = Memory()
    found = room.check(line, memory)
    assert found.status == "pass", (found, room.said())
    assert found.detail.startswith("did a job, stopped in "), found
    if sys.platform == "linux":
        assert 15 < memory.peaks["worker"].megabytes < 500


def test_beat_names_its_schedule(room: Room) -> None:
    found = room.check("python -m celery --app shop beat --loglevel INFO --schedule /dev/shm/rehearsal-test-schedule")
    assert found.status == "pass", (found, room.said())
    assert found.detail.startswith("found nightly in its schedule, started and kept running, stopped in ")


def test_a_schedule_in_the_database_is_read_there(room: Room) -> None:
    """As the settings name an entry, it is written to the database by beat itself."""
    room.write("shop/celery.py", CELERY.replace('{"nightly"', '{} and {"nightly"'))
    line = "python -m celery --app shop beat --scheduler django_celery_beat.schedulers:DatabaseScheduler"
    found = room.check(line)
    assert found.status == "note", (found, room.said())
    assert found.detail.startswith("found no entry in the database, started and kept running"), found


def test_the_schedule_that_another_project_kept_is_not_read(
    room: Room, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = tmp_path / "kept"
    kept.mkdir()  # no schedule can be there
    monkeypatch.setattr("deploy_overlay.rehearse.processes.BEAT_KEEPS", str(kept))
    found = room.check(f"python -m celery --app shop beat --schedule {kept}")
    assert found.status == "pass", (found, room.said())
    assert list(kept.iterdir()) == []


def test_an_entry_of_the_schedule_that_no_worker_knows(room: Room) -> None:
    room.write("shop/celery.py", CELERY.replace("shop.tasks.report", "shop.tasks.gone"))
    found = room.check("python -m celery --app shop beat --schedule /dev/shm/rehearsal-test-schedule")
    assert found.status == "note"
    assert "found nightly in its schedule, but the project has no task shop.tasks.gone" in found.detail


def test_a_worker_of_a_project_that_names_all_its_queues_does_a_job(room: Room) -> None:
    """Celery then refuses a queue that is not named: the answer of the rehearsal's job needs one of its own."""
    named = (
        "CELERY_TASK_CREATE_MISSING_QUEUES = False\n"
        "CELERY_TASK_QUEUES = {'slow': {}, 'quick': {}}\n"
        "CELERY_TASK_DEFAULT_QUEUE = 'quick'\n"
        "CELERY_TASK_ROUTES = {'*': {'queue': 'slow'}}\n"
    )
    room.write("settings.py", SETTINGS + named)
    found = room.check("python -m celery --app shop worker --concurrency 1")
    assert found.status == "pass", (found, room.said())
    assert found.detail.startswith("did a job, stopped in "), found


def test_a_driver_that_is_too_old_for_the_newest_kombu(room: Room) -> None:
    room.write("shop/celery.py", CELERY + "import redis\nredis.VERSION = (4, 0, 0)\n")
    found = room.check("python -m celery --app shop worker")
    assert found.status == "fail"
    assert "no job could be sent to" in found.detail and "VersionMismatch" in found.detail, found
    assert found.cure.startswith("Require redis>=") and "celery[redis]" in found.cure


def test_a_schedule_that_cannot_be_read(room: Room) -> None:
    room.write("shop/celery.py", CELERY + "raise RuntimeError('no clock')\n")
    found = room.check("python -m celery --app shop beat")
    assert found.status == "fail"
    assert "cannot read its schedule: shop/celery.py:" in found.detail and "no clock" in found.detail


def test_a_worker_that_takes_no_job(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    """It runs, and looks at another queue than the project's."""
    monkeypatch.setattr("deploy_overlay.rehearse.processes.DONE_WITHIN", 8)
    found = room.check("python -m django db_worker --queue-name elsewhere --no-reload")
    assert found.status == "fail"
    assert "did no job within 8 seconds (the job is ready)" in found.detail


def test_a_broker_that_the_code_names_is_not_asked(room: Room) -> None:
    """On this machine it is the developer's own, whose jobs nobody may take."""
    room.write(
        "settings.py",
        SETTINGS.replace(
            'CELERY_BROKER_URL = os.environ["REDIS_URL"]', "CELERY_BROKER_URL = 'redis://localhost:6379/0'"
        ),
    )
    found = room.check("python -m celery --app shop worker")
    assert found.status == "fail"
    assert "cannot reach its message broker at localhost:6379: no variable names it" in found.detail


def test_a_broker_that_the_code_defaults_to_is_not_asked(room: Room) -> None:
    room.write(
        "settings.py",
        SETTINGS.replace(
            'CELERY_BROKER_URL = os.environ["REDIS_URL"]',
            "CELERY_BROKER_URL = os.environ.get('QUEUE_URL', 'redis://localhost:6379/0')",
        ),
    )
    found = room.check("python -m celery --app shop worker", broker=["QUEUE_URL"])
    assert found.status == "fail"
    assert "at localhost:6379: QUEUE_URL is not set, and production has none there" in found.detail
    assert found.cure == "Set QUEUE_URL on the platform, and here in a file for --env-file FILE."


def test_the_redis_of_rq_that_the_code_names_is_not_asked(room: Room) -> None:
    fixed = SETTINGS.replace(
        '"default": {"URL": os.environ["REDIS_URL"]}', '"default": {"HOST": "127.0.0.1", "PORT": 6379, "DB": 0}'
    )
    room.write("settings.py", fixed)
    found = room.check("python -m django rqworker default")
    assert found.status == "fail"
    assert "cannot reach its message broker at 127.0.0.1:6379" in found.detail


def test_a_worker_whose_broker_cannot_be_asked_has_to_stay(room: Room) -> None:
    room.write("settings.py", SETTINGS + "CELERY_BROKER_URL = 'memory://'\n")
    found = room.check("python -m celery --app shop worker --pool solo")
    assert found.status == "pass", (found, room.said())
    assert found.detail.startswith("started and kept running; no job was sent, stopped in ")
    room.write(
        "shop/celery.py",
        CELERY
        + "from celery.signals import worker_ready\n@worker_ready.connect\ndef end(**options):\n    import os\n    os._exit(3)\n",
    )
    found = room.check("python -m celery --app shop worker --pool solo", loading=12)  # it ends long before that
    assert found.status == "fail" and "ended with exit code 3" in found.detail


def test_procrastinate_does_a_job_of_its_own(room: Room) -> None:
    """Its queue is in PostgreSQL: https://procrastinate.readthedocs.io/en/stable/howto/django/configuration.html"""
    on_postgres = """
import dj_database_url
DATABASES = {"default": dj_database_url.parse(os.environ["DATABASE_URL"])}
INSTALLED_APPS = ["django.contrib.contenttypes", "procrastinate.contrib.django"]
"""
    room.write("settings.py", SETTINGS + on_postgres)
    with running_postgres(room.stage, room.environ, print, 0) as server:
        environ = {"DATABASE_URL": server.url}
        migrated = room.stage.django(room.environ | environ, "migrate", "--noinput")
        assert migrated.code == 0, migrated.output
        found = room.check("python -m django procrastinate worker", **environ)
        assert found.status == "pass", (found, room.said())
        assert found.detail.startswith("did a job, stopped in ")


def test_no_job_is_done_where_no_worker_runs(room: Room) -> None:
    found = room.stage.inside(room.environ, "celery-job", "shop", "", "3")
    assert found.data == {"done": False, "said": "no worker took the job"}


OTHERS = ("django>=5.2,<6", "redis>=5", "huey>=2.5", "dramatiq[redis]>=1.17", "django-dramatiq>=0.11", "setuptools")
OF_OTHERS = """
import os
SECRET_KEY = "secret"
INSTALLED_APPS = ["django.contrib.contenttypes", "huey.contrib.djhuey", "django_dramatiq", "shop"]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": os.environ["DATABASE"]}}
HUEY = {"huey_class": "huey.RedisHuey", "name": "shop", "immediate": False, "connection": {"url": os.environ["REDIS_URL"]}}
DRAMATIQ_BROKER = {"BROKER": "dramatiq.brokers.redis.RedisBroker", "OPTIONS": {"url": os.environ["REDIS_URL"]},
    "MIDDLEWARE": ["dramatiq.middleware.TimeLimit", "dramatiq.middleware.Retries"]}
USE_TZ = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
"""
OWN_TASKS = """
from huey.contrib.djhuey import task
@task()
def report(one, two):
    open("done", "w").close()
"""


@pytest.fixture(scope="module")
def others(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    python = python_with(usual_python(), *OTHERS)
    root, scratch = tmp_path_factory.mktemp("others"), tmp_path_factory.mktemp("scratch")
    (root / "shop").mkdir()
    for path, text in {"settings.py": OF_OTHERS, "shop/__init__.py": "", "shop/tasks.py": OWN_TASKS}.items():
        (root / path).write_text(text, encoding="utf-8")
    programs = scratch / "bin"
    programs.mkdir()
    # rundramatiq starts the program that lies beside its Python; that of a kept environment names another interpreter.
    (programs / "python").symlink_to(python)
    (packages,) = python.parents[1].glob("lib/python*/site-packages")
    (programs / "dramatiq").write_text('#!/bin/sh\nexec python -m dramatiq "$@"\n', encoding="utf-8")
    (programs / "dramatiq").chmod(0o755)
    stage = Stage(root, root, scratch, "", scratch / "log", programs / "python")
    with running_redis(scratch, Log(scratch / "redis.log"), print) as redis:
        environ = {
            "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
            "HOME": str(scratch),
            "DJANGO_SETTINGS_MODULE": "settings",
            "REDIS_URL": redis.url,
            "DATABASE": str(scratch / "db.sqlite3"),
            "PYTHONUNBUFFERED": "1",
            "PYTHONPATH": f"{root}{os.pathsep}{packages}",
        }
        migrated = stage.django(environ, "migrate", "--noinput")
        assert migrated.code == 0, migrated.output
        yield Room(stage, environ)


def test_huey_takes_a_job_and_nothing_of_the_project_is_done(others: Room) -> None:
    outcome = others.check("python -m django run_huey")

    assert outcome.status == "pass", outcome.detail + others.said()
    assert outcome.detail.startswith("took a job that was revoked, stopped in ")
    assert not (others.stage.django_root / "done").exists()


@pytest.mark.parametrize(
    ("kind", "named", "apart"),
    [
        ("SqliteHuey", "a SQLite file", True),
        ("SqliteHuey", "", False),
        ("FileHuey", "a folder", True),
        ("MemoryHuey", "the memory of its process", False),
    ],
)
def test_a_queue_that_the_site_does_not_share_is_a_failure(others: Room, kind: str, named: str, apart: bool) -> None:
    place = {"SqliteHuey": "filename", "FileHuey": "path"}.get(kind)
    where = f", {place!r}: {str(others.stage.scratch / kind)!r}" if place else ""
    huey = f"HUEY = {{'huey_class': 'huey.{kind}', 'name': 'shop', 'immediate': False{where}}}\n"
    (others.stage.django_root / "alone.py").write_text(f"from settings import *\n{huey}", encoding="utf-8")
    command = Command("worker", "python -m django run_huey", apart=apart)

    outcome = check_process(others.stage, {**others.environ, "DJANGO_SETTINGS_MODULE": "alone"}, command, 30)

    assert outcome.status == ("fail" if named else "pass"), outcome.detail + others.said()
    assert f"its queue is {named}" in outcome.detail if named else "kept running" in outcome.detail


def test_dramatiq_does_a_job_of_its_own(others: Room) -> None:
    outcome = others.check("python -m django rundramatiq --processes 1 --threads 1")

    assert outcome.status == "pass", outcome.detail + others.said()
    assert outcome.detail.startswith("did a job, stopped in ")


@pytest.mark.parametrize("line", ["python -m django run_huey --no-such", "python -m django rundramatiq --queues none"])
def test_a_worker_that_takes_nothing_is_a_failure(line: str, others: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("deploy_overlay.rehearse.processes.DONE_WITHIN", 5.0)

    outcome = others.check(line)

    assert outcome.status == "fail", outcome.detail
