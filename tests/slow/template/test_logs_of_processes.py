"""Lines of JSON from a site under ASGI and from a Celery worker. Slow, as the overlay is applied for each."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

import pytest

from deploy_overlay.base.log import Log
from deploy_overlay.rehearse.redis import running_redis
from tests.support import apply_overlay, interpreter
from tests.support.gunicorn import ENVIRON
from tests.support.installing import python_with
from tests.support.programs import WINDOWS, environment
from tests.support.projects import DJANGO
from tests.template.conftest import PACKAGES, Site, small_project
from tests.template.test_logs import asked, records

pytestmark = pytest.mark.skipif(WINDOWS, reason="platforms run Linux")
CELERY = """
import logging

from celery import Celery
from celery.utils.log import get_task_logger

app = Celery("mysite")
app.config_from_object("django.conf:settings", namespace="CELERY")


@app.task
def order(number):
    get_task_logger(__name__).info("in the task, order %s", number)
    logging.getLogger("shop").warning("in the shop")
    print("printed")


@app.task
def fail():
    raise ValueError("out of\\nbooks")
"""
BROKER = 'import os\nCELERY_BROKER_URL = os.environ["REDIS_URL"]\nINSTALLED_APPS += ["mysite"]\n'


def applied(template: Path, root: Path, *packages: str, **answers: object) -> Site:
    project = small_project(root)
    done = apply_overlay(project, template, "--skip-tasks", deploy_platforms=["fly"], **answers)
    assert done.returncode == 0, done.stderr
    return Site(root, python_with(interpreter(*DJANGO["5.2"]), "django~=5.2.0", *PACKAGES, *packages))


def test_under_asgi(template: Path, tmp_path: Path) -> None:
    site = applied(
        template, tmp_path / "library", "uvicorn[standard]", "uvicorn-worker", django_services=["channels"]
    ).write('ASGI_APPLICATION = "deploy.asgi.application"\n')

    found = records(asked(site, DEPLOY_LOGS="json"))

    by_logger = {name: [one for one in found if one["logger"] == name] for name in {one["logger"] for one in found}}
    page = {"request_id": "of/buy", "method": "GET", "path": "/buy/"}
    (own,) = by_logger["shop"]
    assert own.items() >= {**page, "order": 7}.items()
    assert any(one.items() >= {**page, "status": 200}.items() for one in by_logger["uvicorn.access"])
    (error,) = (one for one in by_logger["django.request"] if one["status"] == 500)
    assert error["path"] == "/fail/" and error["exception"].endswith("the cover\nis missing")


def test_of_a_celery_worker(template: Path, tmp_path: Path) -> None:
    site = applied(template, tmp_path / "library", "celery[redis]>=5.5", django_services=["celery"])
    site.write(BROKER)
    (site.root / "mysite" / "celery.py").write_text(CELERY, encoding="utf-8")
    (site.root / "mysite" / "__init__.py").write_text("from .celery import app\n", encoding="utf-8")
    printed = tmp_path / "printed"
    with running_redis(tmp_path, Log(tmp_path / "redis.log"), print) as redis, printed.open("w") as output:
        variables = {"REDIS_URL": redis.url, "DATABASE_URL": "sqlite://", "DEPLOY_LOGS": "json", "C_FORCE_ROOT": "1"}
        environ = environment(site.python) | ENVIRON | variables
        worker = subprocess.Popen(
            [site.python, "-m", "celery", "--app", "mysite", "worker", "--loglevel", "INFO", "--concurrency", "1"],
            cwd=site.root, env=environ, stdout=output, stderr=subprocess.STDOUT,
        )  # fmt: skip
        try:
            order = "from mysite.celery import fail, order; order.delay(7); fail.delay()"
            done = site.run("-c", order, REDIS_URL=redis.url, DATABASE_URL="sqlite://")
            assert done.returncode == 0, done.stderr
            until = time.monotonic() + 60
            while "out of" not in printed.read_text() and worker.poll() is None and time.monotonic() < until:
                time.sleep(0.1)
        finally:
            worker.terminate()
            worker.wait(timeout=30)

    # Celery writes its last line past every logger.
    lines, _, last = printed.read_text(encoding="utf-8").rpartition("\nworker: Warm shutdown")
    assert last.strip() == "(MainProcess)"
    found = records(lines)

    said = {(one["logger"], one["message"]) for one in found}
    assert {
        ("mysite.celery", "in the task, order 7"),
        ("shop", "in the shop"),
        ("celery.redirected", "printed"),
    } <= said
    (error,) = (one for one in found if one["level"] == "ERROR")
    assert error["exception"].endswith("out of\nbooks")
    assert any(message.endswith("ready.") for _, message in said)
