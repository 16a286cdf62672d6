"""Management commands of a build, and the workers that run beside the site."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from deploy_overlay.detect import Facts
from tests.unit.detect.conftest import SETTINGS, django_project

Build = Callable[..., Facts]
COLLECT = "collectstatic --noinput"
CELERY = "from celery import Celery\napp = Celery('site_')\n"


def apps(*names: str) -> str:
    return f"INSTALLED_APPS += {list(names)!r}\n"


@pytest.mark.parametrize(
    ("body", "files", "expected"),
    [
        ("", {}, [COLLECT]),
        (apps("compressor") + "COMPRESS_OFFLINE = True\n", {}, [COLLECT, "compress"]),
        (apps("compressor") + "COMPRESS_OFFLINE = not DEBUG\n", {}, [COLLECT, "compress"]),
        (apps("compressor"), {}, [COLLECT]),
        (apps("compressor") + "COMPRESS_OFFLINE = True\nCOMPRESS_ENABLED = False\n", {}, [COLLECT]),
        (apps("sass_processor"), {}, ["compilescss", COLLECT]),
        (apps("statici18n"), {}, ["compilejsi18n", COLLECT]),
        (apps("django_tailwind_cli"), {}, ["tailwind build", COLLECT]),
        (
            'LOCALE_PATHS = [BASE_DIR / "locale"]\n',
            {"locale/de/LC_MESSAGES/django.po": ""},
            ["compilemessages", COLLECT],
        ),
        (
            'LOCALE_PATHS = [BASE_DIR / "locale"]\n',
            {"locale/de/LC_MESSAGES/django.po": "", "locale/de/LC_MESSAGES/django.mo": ""},
            [COLLECT],
        ),
        (
            apps("shop"),
            {"shop/__init__.py": "", "shop/locale/de/LC_MESSAGES/django.po": ""},
            ["compilemessages", COLLECT],
        ),
        (
            "",
            {
                "Dockerfile": "FROM python:3.12\nRUN python manage.py download_vendor_files && python manage.py collectstatic\n"
            },
            ["download_vendor_files", COLLECT],
        ),
    ],
)
def test_commands_in_order(facts: Build, body: str, files: dict[str, str], expected: list[str]) -> None:
    assert facts({**django_project(body=SETTINGS + body), **files}).fact("django_build_commands").value == expected


def commands(facts: Build, body: str, files: dict[str, str]) -> list[str]:
    value: list[dict[str, Any]] = facts({**django_project(body=SETTINGS + body), **files}).fact("django_workers").value
    return [worker["command"] for worker in value]


@pytest.mark.parametrize(
    ("body", "files", "expected"),
    [
        ("", {}, []),
        ("", {"site_/celery.py": CELERY}, ["celery --app site_.celery worker --loglevel INFO"]),
        (
            "",
            {"shop/celery_app.py": CELERY, "shop/__init__.py": ""},
            ["celery --app shop.celery_app worker --loglevel INFO"],
        ),
        (
            'CELERY_BEAT_SCHEDULE = {"a": {}}\n',
            {"site_/celery.py": CELERY},
            [
                "celery --app site_.celery worker --loglevel INFO",
                "celery --app site_.celery beat --loglevel INFO --schedule /tmp/celerybeat-schedule",
            ],
        ),
        (
            apps("django_celery_beat"),
            {"site_/celery.py": CELERY},
            [
                "celery --app site_.celery worker --loglevel INFO",
                "celery --app site_.celery beat --loglevel INFO --scheduler django_celery_beat.schedulers:DatabaseScheduler",
            ],
        ),
        (
            "",
            {"site_/tasks.py": CELERY, "queue/__init__.py": "", "Procfile": "worker: celery -A queue worker\n"},
            ["celery --app queue worker --loglevel INFO"],
        ),
        (
            "",
            {
                "Procfile": "web: gunicorn site_.wsgi\nrelease: python manage.py migrate\nclock: ./manage.py tick --every 60\n"
                "assets: npm run watch\nsetup: python manage.py migrate --noinput\n"
            },
            ["python -m django tick --every 60"],
        ),
        (
            apps("huey.contrib.djhuey"),
            {"Procfile": "worker: python manage.py run_huey -w 8\n"},
            ["python -m django run_huey"],
        ),
        ("", {"site_/celery/__init__.py": CELERY}, ["celery --app site_.celery worker --loglevel INFO"]),
        (
            "",
            {"src/own/__init__.py": "", "src/own/celery.py": CELERY},
            ["celery --app own.celery worker --loglevel INFO"],
        ),
        (apps("huey.contrib.djhuey"), {}, ["python -m django run_huey"]),
        (apps("django_q"), {}, ["python -m django qcluster"]),
        (apps("django_dramatiq"), {}, ["python -m django rundramatiq"]),
        (apps("django_rq") + 'RQ_QUEUES = {"high": {}, "low": {}}\n', {}, ["python -m django rqworker high low"]),
        (
            'TASKS = {"default": {"BACKEND": "django_tasks.backends.database.DatabaseBackend"}}\n',
            {},
            ["python -m django db_worker"],
        ),
        ('TASKS = {"default": {"BACKEND": "django_tasks.backends.immediate.ImmediateBackend"}}\n', {}, []),
    ],
)
def test_workers(facts: Build, body: str, files: dict[str, str], expected: list[str]) -> None:
    assert commands(facts, body, files) == expected


MODEL = {"shop/models.py": "from django.db import models\nclass P(models.Model):\n    f = models.ImageField()\n"}
BUCKET = "storages.backends.s3.S3Storage"


@pytest.mark.parametrize(
    ("body", "on_disk"),
    [
        ("", True),
        (f"DEFAULT_FILE_STORAGE = {BUCKET!r}\n", False),
        (f'STORAGES = {{"default": {{"BACKEND": {BUCKET!r}}}}}\n', False),
        ('STORAGES = {"default": {"BACKEND": "django.core.files.storage.FileSystemStorage"}}\n', True),
        (f'import os\nif os.environ.get("BUCKET"):\n    DEFAULT_FILE_STORAGE = {BUCKET!r}\n', True),
    ],
)
def test_uploads_on_the_disk(facts: Build, body: str, on_disk: bool) -> None:
    seen = facts({**django_project(body=SETTINGS + body), **MODEL}).fact("django_services")
    assert ("media" in seen.value) is on_disk
