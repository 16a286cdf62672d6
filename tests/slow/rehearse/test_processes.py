"""What runs beside the site is started, stays, and stops on SIGTERM."""

import sys
from pathlib import Path

import pytest

from deploy_overlay.base.plan import Process
from deploy_overlay.rehearse.preparation import CannotTest
from deploy_overlay.rehearse.processes import Command, check_process, commands
from deploy_overlay.rehearse.stage import Stage
from tests.support.anchors import shows

from .site import Site

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="production stops processes with SIGTERM")

GRACE = 2
STAYS = "import time; time.sleep(60)"
IGNORES = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(60)"
LEAVES = "import subprocess, sys, time; subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)']); time.sleep(60)"


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage(tmp_path, tmp_path, tmp_path, "deploy", tmp_path / "rehearsal.log", Path(sys.executable))


def script(stage: Stage, code: str) -> Command:
    (stage.django_root / "work.py").write_text(code, encoding="utf-8")
    return Command("worker", f"{sys.executable} work.py")


def test_a_worker_that_stays_and_stops(stage: Stage) -> None:
    found = check_process(stage, {}, script(stage, STAYS), GRACE)
    assert found.status == "pass", found
    assert found.detail.startswith("started and kept running, stopped in ")


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("raise SystemExit('no queue')", "ended with exit code 1: no queue"),
        ("print('done')", "ended with exit code 0: done"),
        (IGNORES, "still ran 2 seconds after SIGTERM, when the platform kills it"),
        (LEAVES, "left processes behind when it stopped"),
    ],
)
def test_a_worker_that_fails(stage: Stage, code: str, said: str) -> None:
    found = check_process(stage, {}, script(stage, code), GRACE)
    assert found.status == "fail"
    assert said in found.detail
    assert found.cure.endswith((".", "html"))


def celery_without(stage: Stage, broker: str) -> Command:
    """A worker that says what Celery's does while it looks for this broker."""
    program = stage.django_root / "celery"
    code = f"""#!{sys.executable}
import sys, time
print("consumer: Cannot connect to {broker}: [Errno 111] Connection refused.\\nTrying again in 2.00 seconds...", flush=True)
time.sleep(60)
"""
    program.write_text(code, encoding="utf-8")
    program.chmod(0o755)
    return Command("worker", f"{program} --app shop worker")


@pytest.mark.parametrize("broker", ["amqp://guest:**@127.0.0.1:5672//", "redis://localhost:6379/0", "amqp://[::1]//"])
def test_a_broker_beside_the_site_is_none_that_production_has(broker: str, stage: Stage) -> None:
    found = check_process(stage, {}, celery_without(stage, broker), GRACE)
    assert found.status == "fail"
    assert f"cannot reach its message broker at {broker.rstrip('/')}: [Errno 111] Connection refused" in found.detail
    assert "--env-file FILE" in found.cure


def test_a_broker_that_this_machine_cannot_reach_proves_nothing(stage: Stage) -> None:
    with pytest.raises(CannotTest, match=r"amqps://site:\*\*@queue\.example\.com"):
        check_process(stage, {}, celery_without(stage, "amqps://site:**@queue.example.com/site"), GRACE)


def test_a_program_that_is_not_installed(stage: Stage) -> None:
    found = check_process(stage, {}, Command("worker", "no-such-program worker"), GRACE)
    assert found.status == "fail"
    assert found.detail.startswith("no-such-program cannot be started")


@pytest.mark.parametrize(
    ("line", "job"),
    [
        ("celery -A shop worker -l info", "celery-job shop "),
        ("python -m celery --app=shop worker -Q slow,fast", "celery-job shop slow,fast"),
        ("celery -A shop beat", ""),
        ("python -m django rqworker high low", "rq-job high low"),
        ("python -m django rqworker --job-class django_tasks.backends.rq.Job", "tasks-job"),
        ("python manage.py db_worker", "tasks-job"),
        ("python -m django procrastinate worker", "procrastinate-job"),
        ("python manage.py qcluster", "django-q-job"),
        ("sh -c 'exec celery -A shop worker -n $HOSTNAME'", "celery-job shop "),
        ("python manage.py run_huey", "huey-job"),
        ("python manage.py process_tasks", ""),
    ],
)
def test_which_workers_are_given_a_job(line: str, job: str) -> None:
    work = Command("worker", line).work
    assert " ".join([work.job, *work.arguments] if work else []) == job


def test_what_runs_all_the_time_beside_the_site_workers_first() -> None:
    """A scheduler hands out jobs of the project, which no worker after it may take."""
    plan = (
        Process("beat", "scheduler", "celery beat"),
        Process("worker", "worker", "python work.py", state="not started"),
        Process("clearsessions", "cron", "python -m django clearsessions", schedule="17 3 * * *"),
    )
    assert commands(plan) == [Command("worker", "python work.py", started=False), Command("beat", "celery beat")]


def test_the_clock_has_to_find_the_jobs_of_the_plan(stage: Stage) -> None:
    package = stage.django_root / "deploy"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "schedule.py").write_text(f"print('2 scheduled jobs', flush=True)\n{STAYS}", encoding="utf-8")
    clock = Command("clock", f"{sys.executable} -m deploy.schedule")
    found = check_process(stage, {}, clock, GRACE, jobs=2)
    assert found.detail.startswith("read 2 scheduled jobs, stopped in ")
    found = check_process(stage, {}, clock, GRACE, jobs=3)
    assert found.status == "fail" and "read 2 scheduled jobs; the plan has 3" in found.detail


@shows("process")
def test_the_worker_of_a_project_dies(site: Site) -> None:
    site.write("loop.py", STAYS)
    site.answer(
        deploy_runs=["worker"],
        django_workers=[
            {"service": "own", "name": "loop", "command": "python loop.py"},
            {"service": "own", "name": "mailer", "command": "python manage.py no_such_command"},
        ],
    )
    report = site.report()
    assert "no_such_command" in report.only_red("process mailer")["detail"]
    assert report.check("process loop")["status"] == "pass"
