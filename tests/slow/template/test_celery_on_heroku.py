"""Heroku sends SIGTERM to every process of a dyno: a job in progress is finished, or handed back. Slow, as it waits for one."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy_overlay.base.log import Log
from deploy_overlay.rehearse.redis import running_redis
from tests.support import apply_overlay, environment, interpreter
from tests.support.installing import python_with
from tests.support.projects import DJANGO
from tests.template.conftest import ENVIRON, PACKAGES, Site, small_project

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Heroku stops processes with signals of POSIX")

GRACE = 30.0  # seconds: https://devcenter.heroku.com/articles/dyno-shutdown-behavior
CELERY = """
import os, time
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mysite.settings")
from celery import Celery
app = Celery("mysite")
app.config_from_object("django.conf:settings", namespace="CELERY")

@app.task(acks_late=True)
def work(seconds):
    open("begun", "w").close()
    time.sleep(seconds)
    open("done", "w").close()
"""
SETTINGS = """
import os
CELERY_BROKER_URL = os.environ["REDIS_URL"]
INSTALLED_APPS += ["mysite"]
"""
WORKER = {"service": "celery", "name": "worker", "command": "celery --app mysite worker --concurrency 1"}


@pytest.fixture
def site(template: Path, tmp_path: Path) -> Site:
    project = small_project(tmp_path / "library")
    answers = {"django_services": ["celery"], "django_workers": [WORKER], "deploy_runs": ["worker"]}
    done = apply_overlay(project, template, "--skip-tasks", deploy_platforms=["heroku"], **answers)
    assert done.returncode == 0, done.stderr
    packages = ("django~=5.2.0", *PACKAGES, "celery[redis]>=5.5")
    found = Site(project.root, python_with(interpreter(*DJANGO["5.2"]), *packages))
    found.write(SETTINGS)
    (found.root / "mysite" / "celery.py").write_text(CELERY, encoding="utf-8")
    (found.root / "mysite" / "__init__.py").write_text("from .celery import app\n", encoding="utf-8")
    return found


@pytest.fixture
def queue(tmp_path: Path) -> Iterator[str]:
    with running_redis(tmp_path, Log(tmp_path / "redis.log"), print) as redis:
        yield redis.url


def worker_line(site: Site) -> str:
    lines = (site.root / "Procfile").read_text(encoding="utf-8").splitlines()
    return next(line.removeprefix("worker: ") for line in lines if line.startswith("worker: "))


def stopped_at_work(site: Site, queue: str, log: Path, seconds: int) -> float:
    """A dyno whose worker is in the middle of a job gets SIGTERM as on Heroku; how many seconds it took to end."""
    variables = {"REDIS_URL": queue, "DATABASE_URL": "sqlite://", "DYNO": "worker.1", "C_FORCE_ROOT": "1"}
    environ = environment(site.python) | ENVIRON | variables
    program = log.parent / "bin" / "celery"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec {site.python} -m celery "$@"\n', encoding="utf-8")
    program.chmod(0o755)
    environ["PATH"] = f"{program.parent}:{environ['PATH']}"
    with log.open("wb") as output:
        dyno = subprocess.Popen(
            ["bash", "-c", worker_line(site)], cwd=site.root, env=environ, stdout=output, stderr=subprocess.STDOUT,
            start_new_session=True,
        )  # fmt: skip
    try:
        order = f"from mysite.celery import work; work.delay({seconds})"
        done = subprocess.run(
            [str(site.python), "-c", order], cwd=site.root, env=environ, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
        until = time.monotonic() + 120
        while not (site.root / "begun").exists():
            assert dyno.poll() is None and time.monotonic() < until, log.read_text()
            time.sleep(0.1)
        begun = time.monotonic()
        os.killpg(dyno.pid, signal.SIGTERM)
        dyno.wait(timeout=4 * GRACE)  # on a busy machine; on Heroku it would be killed
        return time.monotonic() - begun
    finally:
        if dyno.poll() is None:
            os.killpg(dyno.pid, signal.SIGKILL)
            dyno.wait()


def waiting(site: Site, queue: str) -> int:
    code = f"import redis; print(redis.Redis.from_url({queue!r}).llen('celery'))"
    return int(subprocess.run([str(site.python), "-c", code], capture_output=True, text=True, check=True).stdout)


def test_a_job_in_progress_is_finished(site: Site, queue: str, tmp_path: Path) -> None:
    stopped_at_work(site, queue, tmp_path / "log", 5)

    assert (site.root / "done").exists(), (tmp_path / "log").read_text()
    assert waiting(site, queue) == 0
    assert "terminating in 20 seconds" in (tmp_path / "log").read_text()


def test_a_job_that_takes_too_long_is_handed_back(site: Site, queue: str, tmp_path: Path) -> None:
    """The project's own limit stays."""
    site.write(SETTINGS + "CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 3\n")

    stopped_at_work(site, queue, tmp_path / "log", 300)

    assert not (site.root / "done").exists()
    assert waiting(site, queue) == 1, (tmp_path / "log").read_text()
    assert "terminating in 3 seconds" in (tmp_path / "log").read_text()
