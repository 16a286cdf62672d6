"""A project with workers, a schedule, uploads, scheduled jobs and mail: all of it is started, tried and told."""

import sys
from pathlib import Path

import pytest

from tests.support import usual_python
from tests.support.anchors import shows
from tests.support.installing import python_with

from .conftest import PACKAGES
from .site import REPOSITORY, Site, make_site
from .test_uploads import SERVED, with_uploads

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="production stops processes with SIGTERM")

MORE = (*PACKAGES, "celery>=5.5", "redis>=5", "django-rq>=3", "packaging>=24", "django-storages[s3]>=1.14")
CELERY = """
import os
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mysite.settings")
from celery import Celery
app = Celery("mysite")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.conf.beat_schedule = {"nightly": {"task": "celery.accumulate", "schedule": 86400.0}}
"""
SETTINGS = """
import os
INSTALLED_APPS += ["django_rq"]
CELERY_BROKER_URL = os.environ.get("QUEUE_URL")
RQ_QUEUES = {"default": {"HOST": os.environ.get("REDIS_HOST"), "PORT": os.environ.get("REDIS_PORT"),
    "PASSWORD": os.environ.get("REDIS_PASSWORD"), "DB": 0}}
DEFAULT_FROM_EMAIL = "shop@example.com"
EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
EMAIL_HOST = os.environ.get("EMAIL_HOST", "localhost")
EMAIL_PORT = int(os.environ.get("EMAIL_PORT", "587"))
EMAIL_USE_TLS = os.environ.get("EMAIL_USE_TLS", "true") == "true"
"""
REPORT = """
from django.core.management.base import BaseCommand
class Command(BaseCommand):
    def add_arguments(self, parser):
        parser.add_argument("--days", type=int)
    def handle(self, **options):
        raise SystemExit("a rehearsal does not run the project's own commands")
"""
CLOCK = "import time\nprint('2 scheduled jobs', flush=True)\ntime.sleep(60)\n"
WORKERS = [
    {"service": "celery", "name": "worker", "command": "celery --app mysite worker --loglevel INFO --concurrency 1"},
    {"service": "celery", "name": "beat", "command": "celery --app mysite beat --schedule /dev/shm/rehearsal-beat"},
    {"service": "rq", "name": "rq", "command": "python -m django rqworker default"},
]
SCHEDULE = [
    {"name": "clearsessions", "command": "python -m django clearsessions", "schedule": "17 3 * * *", "source": "usual"},
    {"name": "report", "command": "python -m django report --days 7", "schedule": "0 5 * * 1-5", "source": "project"},
]
VARIABLES = ["QUEUE_URL", "REDIS_HOST", "REDIS_PORT", "REDIS_PASSWORD"]
# As the rendered package does it: a platform sets the address alone.
FILL = """
from urllib.parse import urlsplit
_require = require
def require(environ=os.environ):
    if environ.get("REDIS_URL"):
        url = urlsplit(environ["REDIS_URL"])
        environ.setdefault("QUEUE_URL", url.geturl())
        for name in ("host", "port", "password"):
            environ.setdefault(f"REDIS_{name.upper()}", str(getattr(url, name.replace("host", "hostname"))))
    _require(environ)
"""
FIRST = """
import os
if os.environ.get("DJANGO_SETTINGS_MODULE") == "deploy.settings":
    from .environment import require
    require()
    import mysite
"""
EARLY = 'Celery("mysite", broker=os.environ.get("QUEUE_URL") or "redis://localhost:1/0")'
BUCKET = """
STORAGES["default"] = {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": {
    "bucket_name": os.environ.get("AWS_STORAGE_BUCKET_NAME"), "endpoint_url": os.environ.get("AWS_ENDPOINT_URL_S3"),
    "querystring_auth": QUERYSTRING}}
"""


@pytest.fixture
def whole(tmp_path: Path) -> Site:
    python = python_with(usual_python(), *MORE)
    site = make_site(tmp_path / "site", python, MORE)
    site.write("mysite/celery.py", CELERY)
    site.write("deploy/schedule.py", CLOCK)
    site.write("mysite/__init__.py", "from .celery import app\n")
    site.append("mysite/settings.py", SETTINGS)
    site.write("notes/management/__init__.py", "")
    site.write("notes/management/commands/__init__.py", "")
    site.write("notes/management/commands/report.py", REPORT)
    with_uploads(site)
    site.append("mysite/urls.py", SERVED)
    site.answer(
        deploy_runs=["worker", "scheduler", "cron"],
        deploy_redis="platform",
        django_services=["celery", "media", "redis", "rq"],
        django_workers=WORKERS,
        django_schedule=SCHEDULE,
        django_stores=[{"kind": "redis", "roles": ["queue"], "variables": VARIABLES, "fixed": []}],
        django_uploads={"store": "disk", "access": "public", "path": "/media/"},
    )
    for name in VARIABLES:
        site.require(name)
    site.append("deploy/environment.py", FILL)
    return site


def with_bucket(site: Site, access: str, signed: bool) -> None:
    site.answer(
        deploy_uploads="bucket", django_uploads={"store": "disk", "access": access, "path": "/media/"}, django_workers=[],
        deploy_runs=[],
    )  # fmt: skip
    site.append("deploy/settings.py", BUCKET.replace("QUERYSTRING", str(signed)))


def test_everything_is_proven(whole: Site) -> None:
    whole.deploy_to_heroku("heroku")
    report = whole.report()
    assert report.code == 0, report.told
    assert report.check("process worker")["detail"].startswith("did a job, stopped in ")
    assert report.check("process rq")["detail"].startswith("did a job, stopped in ")
    assert report.check("process beat")["detail"].startswith("found nightly in its schedule, ")
    assert report.check("process clock")["detail"].startswith("read 2 scheduled jobs, ")
    mail = report.check("mail")
    assert mail["status"] == "note"
    assert mail["detail"].startswith("a test message from shop@example.com arrived; for production set EMAIL_HOST, ")
    if sys.platform == "linux":
        assert report.check("memory")["detail"].startswith("at most, of 512 MB each: web ")


def test_an_application_that_reads_its_address_before_it_is_filled(whole: Site) -> None:
    # One process: the folder of a pool stays behind where the worker has to be killed.
    worker = {**WORKERS[0], "command": "celery --app mysite worker --pool solo"}
    whole.deploy_to_heroku("heroku")
    whole.answer(deploy_runs=["worker"], django_workers=[worker], django_schedule=[])
    whole.write("deploy/__init__.py", FIRST)
    whole.replace("mysite/settings.py", 'CELERY_BROKER_URL = os.environ.get("QUEUE_URL")\n', "")
    whole.replace("mysite/celery.py", 'Celery("mysite")', EARLY)
    assert "localhost:1" in whole.report().only_red("process worker")["detail"]

    template = REPOSITORY / "template" / "project" / "{{ deploy_folder }}" / "celery.py.jinja"
    whole.write(
        "deploy/celery.py", template.read_text(encoding="utf-8").replace("{{ plan().celery }}", "mysite.celery")
    )
    whole.answer(django_workers=[{**worker, "early": "mysite"}])
    report = whole.report()
    assert report.code == 0, report.told
    assert report.check("process worker")["detail"].startswith("did a job, stopped in ")


def test_what_production_does_not_start_is_told_and_fails_nothing(whole: Site) -> None:
    whole.deploy_to_heroku("heroku")
    whole.answer(deploy_runs=[], django_workers=[*WORKERS[:1], {**WORKERS[2], "command": "python -m django no_such"}])
    report = whole.report()
    assert report.code == 0, report.told
    assert report.check("process worker")["detail"].startswith("not started on Heroku; here: did a job, ")
    broken = report.check("process rq")
    assert broken["status"] == "note"
    assert broken["detail"].startswith("not started on Heroku, where it would fail: python -m django no_such ended")
    missing = report.check("missing")
    assert missing["status"] == "note"
    assert "worker, rq" in missing["detail"] and "not started" in missing["detail"]
    assert any("not started" in remark for remark in report.document["remarks"])


@shows("process")
def test_a_worker_that_production_starts_and_that_dies(whole: Site) -> None:
    whole.deploy_to_heroku("heroku")
    whole.answer(django_workers=[{**WORKERS[2], "command": "python -m django no_such"}], django_schedule=[])
    assert "no_such" in whole.report().only_red("process rq")["detail"]


@shows("memory")
def test_more_memory_than_there_is(whole: Site) -> None:
    if sys.platform != "linux":
        pytest.skip("memory is measured on Linux")
    whole.answer(django_workers=[], django_schedule=[])
    check = whole.report("--memory", "20").only_red("memory")
    assert "but Fly.io has 20 MB for each process" in check["detail"]
    assert "WEB_CONCURRENCY=1" in check["cure"]


@shows("job")
def test_jobs_of_django_run_and_those_of_the_project_are_looked_at(whole: Site) -> None:
    whole.answer(django_workers=[], deploy_runs=["cron"])
    report = whole.report()
    assert report.code == 0, report.told
    assert report.check("process clock")["detail"].startswith("read 2 scheduled jobs, stopped in ")
    assert (
        report.check("job clearsessions")["detail"] == "python -m django clearsessions ran; its schedule is 17 3 * * *"
    )
    assert report.check("job report")["detail"] == (
        "the command and its options exist; it was not run, because it is not one of Django's own; its schedule is 0 5 * * 1-5"
    )
    whole.answer(django_schedule=[SCHEDULE[0], {**SCHEDULE[1], "command": "python -m django report --weeks 7"}])
    assert "unrecognized arguments: --weeks" in whole.report().only_red("job report")["detail"]


@shows("mail")
def test_a_mail_backend_that_is_not_there(site: Site) -> None:
    site.append("mysite/settings.py", 'EMAIL_BACKEND = "notes.mail.Backend"\n')
    assert "No module named 'notes.mail'" in site.report().only_red("mail")["detail"]


def test_mail_by_a_service_is_only_told(site: Site) -> None:
    site.write(
        "notes/mail.py",
        "from django.core.mail.backends.base import BaseEmailBackend\nclass Backend(BaseEmailBackend): pass\n",
    )
    site.append("mysite/settings.py", 'EMAIL_BACKEND = "notes.mail.Backend"\n')
    report = site.report()
    assert report.code == 0, report.told
    assert report.check("mail")["detail"] == "mail is sent by notes.mail.Backend, which was not tested"


def test_private_uploads_in_a_bucket_are_read_back_by_a_signed_address(whole: Site) -> None:
    with_bucket(whole, "private", signed=True)
    report = whole.report()
    assert report.code == 0, report.told
    assert report.check("uploads")["detail"] == (
        "an upload was written to the bucket and read back by a signed address"
    )


@shows("uploads")
def test_private_uploads_in_a_bucket_that_nobody_may_read(whole: Site) -> None:
    with_bucket(whole, "private", signed=False)
    assert "its address answered 403" in whole.report().only_red("uploads")["detail"]


def test_public_uploads_in_a_bucket(whole: Site) -> None:
    with_bucket(whole, "public", signed=False)
    report = whole.report()
    assert report.code == 0, report.told
    assert report.check("uploads")["detail"].endswith("read back by an address for everybody")


@shows("uploads")
def test_public_uploads_on_a_volume_have_to_be_served(whole: Site) -> None:
    whole.answer(deploy_uploads="volume", deploy_runs=[], django_workers=[])
    assert whole.report().check("uploads")["detail"] == "an upload was written and read back at /media/rehearsal.txt"
    whole.replace("mysite/urls.py", SERVED, "")
    check = whole.report().only_red("uploads")
    assert "was written to the volume, but /media/rehearsal.txt answered 404" in check["detail"]
