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
        (
            apps("compressor"),
            {"site_/templates/a/b.html": "{% load compress %}\n{% compress css %}"},
            [COLLECT, "compress"],
        ),
        (apps("compressor"), {"site_/templates/a.html": "{% load compress %}"}, [COLLECT]),
        (
            apps("compressor") + "COMPRESS_ENABLED = DEBUG\n",
            {"site_/templates/a.html": "{% compress css %}"},
            [COLLECT],
        ),
        (apps("other"), {"site_/templates/a.html": "{% compress css %}"}, [COLLECT]),
        (apps("compressor") + "COMPRESS_OFFLINE = True\nCOMPRESS_ENABLED = False\n", {}, [COLLECT]),
        (apps("sass_processor"), {}, ["compilescss", COLLECT]),
        (apps("statici18n"), {}, ["compilejsi18n", COLLECT]),
        (apps("django_tailwind_cli"), {}, ["tailwind build", COLLECT]),
        (
            apps("django_tailwind_cli") + "TAILWIND_CLI_AUTOMATIC_DOWNLOAD = DEBUG\n",
            {},
            ["tailwind download_cli", "tailwind build", COLLECT],
        ),
        (
            apps("django_tailwind_cli"),
            {"Dockerfile": "FROM python:3.12\nRUN uv run -m manage tailwind --skip-checks build\n"},
            ["tailwind build", COLLECT],
        ),
        (
            "",
            {"Dockerfile": "FROM python:3.12\nRUN uv run -m manage tailwind --skip-checks build\n"},
            ["tailwind build", COLLECT],
        ),
        (
            apps("tailwind", "theme") + 'TAILWIND_APP_NAME = "theme"\n',
            {
                "theme/__init__.py": "",
                "theme/static_src/package.json": '{"scripts": {"build": "tailwindcss -o ../static/css/dist/styles.css"}}',
                "Dockerfile": "FROM python:3.12\nRUN python manage.py tailwind install && python manage.py tailwind build\n",
            },
            [COLLECT],
        ),
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
    packages = {"requirements.txt": "Django==5.2\ncelery==5.5\n"}
    seen = facts({**django_project(body=SETTINGS + body), **packages, **files})
    value: list[dict[str, Any]] = seen.fact("django_workers").value
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
            ["python -m django run_huey -w 8"],
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


WORKER = "celery --app site_.celery worker --loglevel INFO"
BEAT = "celery --app site_.celery beat --loglevel INFO --schedule /tmp/celerybeat-schedule"
CONSUMER = "python -m django consume_events"
PERIODIC = (
    "from site_.celery import app\n@app.on_after_finalize.connect\ndef setup(sender, **kwargs):\n"
    "    sender.add_periodic_task(10.0, poll.s())\n"
)


QUEUED = "celery -A site_ worker"


@pytest.mark.parametrize(
    ("files", "settings", "taken"),
    [
        ({"Procfile": f"worker: {QUEUED} -Q high\nslow: {QUEUED} -l info --queues=slow,mail\n"}, "", "high,slow,mail"),
        ({"Procfile": f"worker: {QUEUED}\nslow: {QUEUED} -Q slow\n"}, "", "celery,slow"),
        (
            {"Procfile": f"worker: {QUEUED}\nslow: {QUEUED} -Q slow\n"},
            "CELERY_TASK_DEFAULT_QUEUE = 'usual'\n",
            "usual,slow",
        ),
        ({"Procfile": f"worker: {QUEUED}\nslow: {QUEUED} -Q slow\n"}, "CELERY_TASK_QUEUES = make()\n", ""),
        ({"uwsgi.ini": f"[uwsgi]\nattach-daemon = {QUEUED} -Q a,b\n"}, "", "a,b"),
        ({"compose.yml": 'services:\n  w:\n    command: ["celery", "-A", "site_", "worker", "-Q", "a"]\n'}, "", "a"),
        ({"start-worker.sh": f"exec {QUEUED} -Q $QUEUES\n"}, "", ""),
        ({"Procfile": f"worker: {QUEUED}\nbeat: celery -A site_ beat\n"}, "", ""),
    ],
)
def test_the_worker_takes_from_the_queues_that_todays_workers_take_from(
    facts: Build, files: dict[str, str], settings: str, taken: str
) -> None:
    base = {
        **django_project(body=SETTINGS + settings),
        "site_/celery.py": CELERY,
        "requirements.txt": "Django==5.2.1\ncelery\n",
    }
    workers = facts({**base, **files}).fact("django_workers").value
    command = next(worker["command"] for worker in workers if worker["name"] == "worker")
    assert command.partition(" worker ")[2] == "--loglevel INFO" + (f" --queues {taken}" if taken else "")


@pytest.mark.parametrize("packages", ["Django==5.2\n", "Django==5.2\n# celery\n", "Django==5.2\nrq==2.1\n"])
def test_a_celery_file_that_was_left_behind_is_no_worker(facts: Build, packages: str) -> None:
    files = {"site_/celery.py": CELERY, "requirements.txt": packages}
    seen = facts({**django_project(), **files})
    assert seen.fact("django_workers").value == []
    assert "celery" not in seen.fact("django_services").value


@pytest.mark.parametrize(
    "more",
    [
        {"requirements.txt": "Django==5.2\ndjango-celery-results\n"},
        {"requirements.txt": "Django==5.2\ncompany-base\n", "site_/__init__.py": "from .celery import app\n"},
    ],
)
def test_celery_may_come_with_another_package(facts: Build, more: dict[str, str]) -> None:
    assert commands(facts, "", {"site_/celery.py": CELERY, **more}) == [WORKER]


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"site_/celery.py": CELERY, "shop/tasks.py": PERIODIC}, [WORKER, BEAT]),
        ({"site_/celery.py": CELERY, "shop/tasks/polls.py": PERIODIC, "shop/tasks/__init__.py": ""}, [WORKER, BEAT]),
        ({"site_/celery.py": CELERY, "shop/signals.py": "app.conf.beat_schedule = {'a': {}}\n"}, [WORKER, BEAT]),
        ({"site_/celery.py": CELERY, "shop/tasks.py": "# sender.add_periodic_task(10.0)\n"}, [WORKER]),
        ({"site_/celery.py": CELERY, "other/tasks.py": PERIODIC}, [WORKER]),  # not an app of this site
        ({"site_/celery.py": CELERY, "bin/start-beat": "exec celery -A site_.celery beat\n"}, [WORKER, BEAT]),
        ({"site_/celery.py": CELERY, "compose.prod.yml": "services:\n  beat:\n    command: /start-celerybeat\n"},
         [WORKER, BEAT]),
        ({"site_/celery.py": CELERY, "Dockerfile": "RUN pip install django-celery-beat\n"}, [WORKER]),
        ({"site_/celery.py": "from celery import Celery\ndef make():\n    return Celery()\napp = make()\n"}, [WORKER]),
        ({"site_/celery.py": "from .factory import make\ncelery_app = make('a')\n", "site_/factory.py": CELERY}, [WORKER]),
        ({"site_/celery.py": "from .factory import app\n", "site_/factory.py": CELERY}, [WORKER]),
        ({"site_/celery.py": "import celery\nclass App(celery.Celery):\n    pass\napp = App()\n"}, [WORKER]),
        ({"site_/celery.py": "from celery import shared_task\nfrom .x import y\nz = y()\n"}, []),
        ({"site_/celery.py": "from celery import Celery\nclass Make:\n    @classmethod\n    def one(cls):\n"
          "        return Celery()\napp = Make.one()\n"}, [WORKER]),
        ({"site_/__init__.py": "from .factory import make as celery_maker\ncelery_app = celery_maker()\n",
          "site_/factory.py": "from celery import Celery\ndef make():\n    return Celery()\n"},
         [WORKER.replace("site_.celery", "site_")]),
        ({"site_/celery.py": "from tenant_celery.app import CeleryApp as App\napp = App()\n"}, [WORKER]),
        ({"site_/worker.py": CELERY}, [WORKER.replace(".celery", ".worker")]),
        ({"site_/__init__.py": CELERY}, [WORKER.replace("site_.celery", "site_")]),
    ],
)  # fmt: skip
def test_the_application_and_the_schedule_of_celery(facts: Build, files: dict[str, str], expected: list[str]) -> None:
    assert commands(facts, apps("shop.apps.ShopConfig"), {"shop/__init__.py": "", **files}) == expected


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"uwsgi.ini": "[uwsgi]\nattach-daemon = python manage.py consume_events\n"}, [CONSUMER]),
        ({"uwsgi.ini": "[uwsgi]\nsmart-attach-daemon = /tmp/c.pid python manage.py consume_events\n"}, [CONSUMER]),
        ({"uwsgi.ini": "[uwsgi]\nattach-daemon2 = stopsignal=15,cmd=/v/bin/python3 manage.py consume_events\n"}, [CONSUMER]),
        ({"uwsgi.ini": "[uwsgi]\n;attach-daemon = python manage.py consume_events\n"}, []),
        ({"uwsgi.yaml": "uwsgi:\n  attach-daemon: python manage.py consume_events\n"}, [CONSUMER]),
        ({"uwsgi.xml": "<uwsgi>\n<attach-daemon>python manage.py consume_events</attach-daemon>\n</uwsgi>\n"}, [CONSUMER]),
        ({"Dockerfile": "FROM python\nCMD uwsgi --module x --attach-daemon='python manage.py consume_events'\n"}, [CONSUMER]),
        ({"Procfile": "web: uwsgi --http :80 --smart-attach-daemon2 'cmd=python manage.py consume_events'\n"}, [CONSUMER]),
        ({"Dockerfile": 'FROM python\nCMD ["uwsgi", "--attach-daemon", "python manage.py consume_events"]\n'}, [CONSUMER]),
        ({"uwsgi.ini": "[uwsgi]\nmule = a/mail.py\n", "a/mail.py": "import django\ndjango.setup()\n"}, ["python a/mail.py"]),
        ({"conf/uwsgi.yml": "uwsgi:\n  mule: mail.py\n", "conf/mail.py": "import smtplib\n"}, ["python conf/mail.py"]),
        ({"Procfile": "web: uwsgi --http :80 --mule=mail.py\n", "mail.py": "import smtplib\n"}, ["python mail.py"]),
        ({"Dockerfile": 'FROM python\nCMD ["uwsgi", "--mule", "mail.py"]\n', "mail.py": "import smtplib\n"}, ["python mail.py"]),
        ({"uwsgi.ini": "[uwsgi]\nmule = mail.py\n", "mail.py": "import uwsgi\n"}, []),
        ({"uwsgi.ini": "[uwsgi]\nmule = mail.py\n", "mail.py": "from django.core.mail import send_mail\n"}, []),
        ({"supervisor/conf.d/c.conf": "[program:c]\ncommand=python manage.py consume_events\n"}, [CONSUMER]),
        ({"nginx/site.conf": "server {\n  # command = python manage.py consume_events\n}\n"}, []),
        ({"Dockerfile.worker": 'FROM python\nCMD ["python", "manage.py", "consume_events"]\n'}, [CONSUMER]),
        ({"docker/consumer/Dockerfile": "FROM python\nENTRYPOINT exec python manage.py consume_events\n"}, [CONSUMER]),
        ({"Dockerfile": 'FROM python\nCMD ["python", "manage.py", "serve_site"]\n'}, []),
        ({"Procfile": "web: gunicorn x\nc: saq a.b\n", "requirements.txt": "django\nsaq\n"}, ["saq a.b"]),
        ({"Procfile": "c: python -m saq a.b\n", "requirements.txt": "django\nsaq\n"}, ["python -m saq a.b"]),
        ({"Procfile": "web: gunicorn x\nc: node server.js\nd: saq site_.queue\n"}, []),  # nothing that production installs
        ({"deploy/c@.service": "[Service]\nExecStart=/srv/env/bin/python manage.py consume_events --queue %i\n"}, []),
        ({"supervisord.conf": "[program:c]\ncommand=/srv/env/bin/python /srv/manage.py consume_events\n"}, [CONSUMER]),
        ({"deploy/c.service": "[Service]\nExecStart=/srv/env/bin/python manage.py consume_events\n"}, [CONSUMER]),
        ({"compose.prod.yml": "services:\n  c:\n    command: ['python', 'manage.py', 'consume_events']\n"}, [CONSUMER]),
        ({"compose.prod.yml": 'services:\n  c:\n    command: sh -c "python manage.py consume_events"\n'}, [CONSUMER]),
        ({"Procfile": "web: gunicorn x\nc: poetry run python manage.py consume_events\n"}, [CONSUMER]),
        ({"Procfile": "c: exec ./manage.py consume_events\n", "uwsgi.ini": "[uwsgi]\nattach-daemon = rq worker\n"},
         [CONSUMER]),
        ({"compose.prod.yml": "services:\n  web:\n    command: python manage.py runserver 0.0.0.0:8000\n"}, []),
        ({"compose.prod.yml": "services:\n  web:\n    command: sh -c 'python manage.py migrate && gunicorn x'\n"}, []),
    ],
)  # fmt: skip
def test_processes_that_deployment_files_start(facts: Build, files: dict[str, str], expected: list[str]) -> None:
    assert commands(facts, "", files) == expected


RUN = "python manage.py consume_events"
LIST = "['python', 'manage.py', 'consume_events']"
WORDS = "- python\n        - manage.py\n        - consume_events"
CLUSTER = "kind: {kind}\nspec:\n  containers:\n    - name: c\n      command:\n        " + WORDS + "\n"


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("compose/production/django/consumer/start", f"#!/bin/bash\nset -e\nexec {RUN}\n"),
        ("deploy/ansible/roles/app/files/supervisor.conf", f"[program:c]\ncommand={RUN}\n"),
        ("bin/start-consumer.sh", f"#!/bin/sh\npython manage.py wait_for_db\n{RUN}\n"),
        ("scripts/worker.sh", f"#!/bin/sh\nexec {RUN}\n"),
        ("compose.prod.yml", f"services:\n  c:\n    command:\n        {WORDS}\n    restart: always\n"),
        ("compose.prod.yml", "services:\n  c:\n    command: >-\n      python manage.py\n      consume_events\n    image: x\n"),
        ("compose.prod.yml", f"services:\n  c:\n    entrypoint: {LIST}\n"),
        ("compose.prod.yml", "services:\n  c:\n    command: [\n      'python', 'manage.py',\n      'consume_events'\n    ]\n"),
        ("deploy/k8s/base/workers/consumer/deployment.yaml", CLUSTER.format(kind="Deployment")),
        ("k8s/consumer.yml", CLUSTER.format(kind="StatefulSet")),
        ("fly.toml", f'app = "x"\n[processes]\n  app = "gunicorn site_.wsgi"\n  consumer = "{RUN}"\n'),
        ("render.yaml", f"services:\n  - type: worker\n    name: consumer\n    startCommand: {RUN}\n"),
        ("heroku.yml", f"run:\n  web: gunicorn x\n  consumer: {RUN}\n"),
        ("render.yaml", f"services:\n- type: cron\n  startCommand: python manage.py x\n- type: worker\n  startCommand: {RUN}\n"),
        ("render.yaml", f"services:\n- type: worker\n  startCommand: {RUN}\n- type: cron\n  startCommand: python manage.py x\n"),
        (".do/app.yaml", f"workers:\n- name: consumer\n  run_command: {RUN}\n"),
        (".upsun/config.yaml", f"applications:\n  app:\n    workers:\n      c:\n        commands:\n"
         f"          start: |\n            {RUN}\n"),
        ("circus.ini", f"[watcher:c]\ncmd = {RUN}\n"),
    ],
)  # fmt: skip
def test_a_consumer_of_the_project_wherever_it_is_started(facts: Build, path: str, text: str) -> None:
    assert commands(facts, "", {path: text}) == [CONSUMER]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("bin/start.sh", "python manage.py consume_events\nexec gunicorn site_.wsgi\n"),
        ("entrypoint.sh", 'python manage.py consume_events\nexec "$@"\n'),
        ("bin/django.sh", 'exec python manage.py "$@"\n'),
        ("bin/release.sh", f"{RUN}\n"),
        ("bin/start.sh", "python manage.py load_demo\n"),
        ("bin/start.sh", f"{RUN} && echo done\n"),
        ("k8s/nightly.yaml", CLUSTER.format(kind="CronJob")),
        ("k8s/dev/consumer.yaml", CLUSTER.format(kind="Deployment")),
        ("compose.prod.yml", "services:\n  a:\n    command: python manage.py wait_for_db\n"),
        ("compose.prod.yml", "services:\n  a:\n    command:\n      - python\n      - manage.py\n      - migrate\n"),
        ("render.yaml", f"services:\n- type: cron\n  name: nightly\n  startCommand: {RUN}\n"),
        (".do/app.yaml", f"jobs:\n- name: prepare\n  kind: PRE_DEPLOY\n  run_command: {RUN}\n"),
        ("fly.toml", f'[deploy]\n  release_command = "{RUN}"\n'),
        ("heroku.yml", f"release:\n  command:\n    - {RUN}\nrun:\n  web: gunicorn x\n"),
        (
            ".upsun/config.yaml",
            f"applications:\n  a:\n    crons:\n      n:\n        commands:\n          start: {RUN}\n",
        ),
        ("compose.yml", f"services:\n  a:\n    healthcheck:\n      start: {RUN}\n"),
        ("compose.yml", "services:\n  t:\n    command: ['uv', 'run', 'python', 'manage.py', 'tailwind', 'watch']\n"),
        ("compose.yml", "services:\n  t:\n    command: python manage.py sass static --watch\n"),
        ("compose.dev.yml", f"services:\n  a:\n    command: {RUN}\n"),
        ("fly.toml", '[deploy]\n  release_command = "python manage.py migrate"\n'),
        ("compose/local/django/consumer/start", f"exec {RUN}\n"),
    ],
)
def test_what_ends_or_is_for_developers_is_no_process(facts: Build, path: str, text: str) -> None:
    assert commands(facts, "", {path: text}) == []


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("python -m shop.consumer --group a", ["python -m shop.consumer --group a"]),
        ("python -u shop/consumer.py", ["python -u shop/consumer.py"]),
        ("faust -A shop.app worker", ["faust -A shop.app worker"]),
        ("arq shop.jobs.Settings", ["arq shop.jobs.Settings"]),
        ("taskiq worker shop.jobs:broker", ["taskiq worker shop.jobs:broker"]),
        ("python -m http.server", []),
        ("python shop/missing.py", []),
    ],
)
def test_a_consumer_that_is_a_program_of_its_own(facts: Build, command: str, expected: list[str]) -> None:
    files = {"shop/__init__.py": "", "shop/consumer.py": "", "Procfile": f"web: gunicorn x\nc: {command}\n"}
    assert commands(facts, "", files) == expected


@pytest.mark.parametrize(
    "files",
    [
        {"compose/production/django/celery/beat/start": "exec celery -A site_.celery beat -l INFO\n"},
        {"site_/celery.py": CELERY + "app.conf.update({'beat_schedule': {'a': {}}})\n"},
        {"shop/cron.py": "from site_.celery import app\n\ndef plan(sender):\n    sender.add_periodic_task(1, x)\n"},
        {"shop/jobs/nightly.py": "app.conf.beat_schedule['x'] = {}\n"},
        {"shop/old.py": "from celery.task import periodic_task\n\n@periodic_task(run_every=3)\ndef f():\n    pass\n"},
    ],
)
def test_periodic_tasks_wherever_they_are_written(facts: Build, files: dict[str, str]) -> None:
    assert commands(facts, apps("shop"), {"site_/celery.py": CELERY, "shop/__init__.py": "", **files}) == [WORKER, BEAT]


@pytest.mark.parametrize(
    ("settings", "celery", "expected"),
    [
        (
            "CEL_BEAT_SCHEDULE = {'a': {}}\n",
            "app.config_from_object('django.conf:settings', namespace='CEL')\n",
            [BEAT],
        ),
        ("CELERY_BEAT_SCHEDULER = 'redbeat.RedBeatScheduler'\n", "", [BEAT.partition(" --schedule")[0]]),
        ("import os\nif os.environ.get('TASKS'):\n    CELERY_BEAT_SCHEDULE = {'a': {}}\n", "", [BEAT]),
        ("if DEBUG:\n    CELERY_BEAT_SCHEDULE = {'a': {}}\n", "", []),
        ("CELERY_BEAT_SCHEDULE = {}\n", "", []),
    ],
)
def test_periodic_tasks_in_settings(facts: Build, settings: str, celery: str, expected: list[str]) -> None:
    assert commands(facts, settings, {"site_/celery.py": CELERY + celery}) == [WORKER, *expected]


@pytest.mark.parametrize(
    "path", ["shop/tests/test_beat.py", "shop/tests.py", "shop/migrations/0001_x.py", "other/jobs.py"]
)
def test_periodic_tasks_of_tests_and_others(facts: Build, path: str) -> None:
    files = {"site_/celery.py": CELERY, "shop/__init__.py": "", path: "sender.add_periodic_task(1, x)\n"}
    assert commands(facts, apps("shop"), files) == [WORKER]


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


def test_the_application_has_the_name_by_which_the_settings_are_loaded(facts: Build) -> None:
    above = "import os, sys\nfrom pathlib import Path\nsys.path.insert(0, str(Path(__file__).resolve().parents[2]))\n"
    project = django_project(root="apps/api", package="site_", settings="apps.api.site_.settings")
    project["apps/api/manage.py"] = above + project["apps/api/manage.py"]
    project["apps/api/site_/celery.py"] = CELERY
    project["apps/api/requirements.txt"] = "Django==5.2.1\ncelery\n"
    workers = facts(project).fact("django_workers").value
    assert workers[0]["command"].startswith("celery --app apps.api.site_.celery worker")


def test_settings_are_those_with_debug_off_where_a_variable_turns_it_off(facts: Build) -> None:
    body = SETTINGS.replace("DEBUG = False", 'import os\nDEBUG = os.environ.get("DEBUG", "True") == "True"')
    body += apps("compressor") + "COMPRESS_OFFLINE = not DEBUG\n"
    assert facts(django_project(body=body)).fact("django_build_commands").value == [COLLECT, "compress"]
