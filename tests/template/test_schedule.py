"""deploy/schedule.py starts scheduled jobs at their minutes, once, and lets them end. Time is what a test says it is."""

from __future__ import annotations

import importlib.util
import json
import logging
import signal
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType

import jinja2
import pytest

from deploy_overlay.plan import plan
from tests.support.programs import WINDOWS, environment
from tests.support.template import REPOSITORY

from .conftest import ENVIRON, Site

pytestmark = pytest.mark.skipif(WINDOWS, reason="platforms run Linux, and its processes get SIGTERM")
TEMPLATE = REPOSITORY / "template" / "project" / "{{ deploy_folder }}" / "schedule.py.jinja"
MINUTE = 60


def rendered(*jobs: tuple[str, str, str]) -> str:
    """The file of a project with these jobs: name, schedule, command."""
    listed = [dict(zip(("name", "schedule", "command"), job, strict=True)) | {"source": "project"} for job in jobs]
    answers = {"django_schedule": listed, "deploy_runs": ["cron"]}
    environment = jinja2.Environment(keep_trailing_newline=True, undefined=jinja2.StrictUndefined)
    environment.filters["to_json"] = json.dumps
    text = environment.from_string(TEMPLATE.read_text(encoding="utf-8"))
    return text.render(plan=lambda: plan(answers), deploy_package="deploy")


def module(folder: Path, *jobs: tuple[str, str, str]) -> ModuleType:
    path = folder / "schedule.py"
    path.write_text(rendered(*jobs), encoding="utf-8")
    spec = importlib.util.spec_from_file_location("schedule", path)
    assert spec is not None and spec.loader is not None
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return loaded


@pytest.mark.parametrize(
    ("schedule", "moment", "due"),
    [
        ("* * * * *", "2026-11-29 04:37", True),
        ("17 3 * * *", "2026-11-29 03:17", True),
        ("17 3 * * *", "2026-11-29 15:17", False),
        ("*/15 * * * *", "2026-11-29 04:45", True),
        ("*/15 * * * *", "2026-11-29 04:46", False),
        ("0 9-17/4 * * *", "2026-11-29 13:00", True),
        ("0 9-17/4 * * *", "2026-11-29 14:00", False),
        ("5,35 8-9,20 * * *", "2026-11-29 20:35", True),
        ("10/20 * * * *", "2026-11-29 20:50", True),
        ("10/20 * * * *", "2026-11-29 20:00", False),
        # Sunday is 0 and 7: 2026-11-29 is one.
        ("0 0 * * 0", "2026-11-29 00:00", True),
        ("0 0 * * 7", "2026-11-29 00:00", True),
        ("0 0 * * 5-7", "2026-11-29 00:00", True),
        ("0 0 * * 1-5", "2026-11-29 00:00", False),
        ("0 0 * * 1-5", "2026-11-30 00:00", True),
        # One of two days is enough where both are given.
        ("0 0 13 * 5", "2026-11-13 00:00", True),
        ("0 0 13 * 5", "2026-11-20 00:00", True),
        ("0 0 13 * 5", "2026-12-13 00:00", True),
        ("0 0 13 * 5", "2026-12-14 00:00", False),
        ("0 0 13 * *", "2026-11-20 00:00", False),
        ("0 0 */2 * 5", "2026-11-20 00:00", False),
        ("0 0 */2 * 5", "2026-11-27 00:00", True),
        ("0 0 1 1 *", "2027-01-01 00:00", True),
        ("0 0 29 2 *", "2028-02-29 00:00", True),
        ("0 0 31 2 *", "2028-02-29 00:00", False),
    ],
)
def test_the_five_fields_are_those_of_cron(schedule: str, moment: str, due: bool, tmp_path: Path) -> None:
    at = datetime.strptime(moment, "%Y-%m-%d %H:%M").replace(tzinfo=UTC)

    assert module(tmp_path).is_due(schedule, at) is due


def test_a_job_runs_once_in_its_minute_whatever_restarts(tmp_path: Path) -> None:
    out = tmp_path / "out"
    each = module(tmp_path, ("count", "* * * * *", f"echo x >> {out}"))
    start = 1_000_000 * MINUTE

    def ran() -> int:
        return out.read_text().count("x") if out.exists() else 0

    clock = each.Clock(each.JOBS, start + 0.5)
    for seconds in (1.5, 30, 59.9):
        clock.tick(start + seconds)
    assert not clock.running and ran() == 0, "the minute in which it starts belongs to what ran before"
    for seconds in (60.0, 61, 119.9):
        clock.tick(start + seconds)
        clock.wait(10)
    assert ran() == 1
    again = each.Clock(each.JOBS, start + 90)
    again.tick(start + 119)
    assert not again.running and ran() == 1, "a new process in the same minute"
    again.tick(start + 120)
    again.wait(10)
    assert ran() == 2
    again.tick(start + 60)  # the clock is set back
    again.tick(start + 120.5)
    assert not again.running
    again.tick(start + 9 * 60 * MINUTE)  # the machine slept
    again.wait(10)
    assert ran() == 3


def test_the_time_is_utc(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    out = tmp_path / "out"
    nightly = module(tmp_path, ("nightly", "17 3 * * *", f"echo x >> {out}"))
    at = datetime(2026, 11, 29, 3, 17, tzinfo=UTC).timestamp()

    clock = nightly.Clock(nightly.JOBS, at - MINUTE)
    clock.tick(at)
    clock.wait(10)
    assert out.exists()


def test_a_job_that_still_runs_is_not_started_again(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    go = tmp_path / "go"
    waits = f"until [ -e {go} ]; do sleep 0.05; done; exit 3"
    slow = module(tmp_path, ("import", "* * * * *", waits), ("other", "* * * * *", "echo other ran"))
    clock = slow.Clock(slow.JOBS, 0)

    clock.tick(1 * MINUTE)
    clock.tick(2 * MINUTE)
    go.touch()
    clock.wait(10)
    clock.tick(3 * MINUTE)
    clock.wait(10)
    assert [line for line in caplog.messages if line.startswith("import")] == [
        "import: started",
        "import: not started, it is still running",
        "import: ended with exit code 3",
        "import: started",
        "import: ended with exit code 3",
    ]
    assert "other: ended with exit code 0" in caplog.messages
    assert "other ran" in capfd.readouterr().out, "its output is in the log of the platform"


def test_jobs_may_end_and_are_stopped_with_all_that_they_started(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    pid = tmp_path / "pid"
    jobs = module(
        tmp_path,
        ("quick", "* * * * *", "sleep 0.2"),
        ("endless", "* * * * *", f"sleep 1000 & echo $! > {pid}.new; mv {pid}.new {pid}; wait"),
    )
    clock = jobs.Clock(jobs.JOBS, 0)
    clock.tick(MINUTE)
    while not pid.exists():
        clock.wait(0.1)

    clock.stop(1, 10)
    said = caplog.text
    assert "quick: ended with exit code 0" in said and "quick: stopped" not in said
    assert "endless: stopped" in said and f"endless: ended with exit code -{signal.SIGTERM:d}" in said
    status = Path(f"/proc/{pid.read_text().strip()}/stat")
    assert not status.exists() or status.read_text().split()[2] == "Z"


RUN = """
import itertools
from deploy import schedule
times = itertools.chain([0.0], itertools.repeat(60.0))
schedule.main(now=lambda: next(times))
"""


def started(site: Site, *arguments: str, **variables: str) -> subprocess.Popen[str]:
    environ = environment(site.python) | ENVIRON | variables
    environ = {name: value for name, value in environ.items() if value}
    return subprocess.Popen(
        [str(site.python), *arguments], cwd=site.root, env=environ, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip


def test_the_process_ends_when_its_jobs_have(site: Site) -> None:
    waits = "until [ -e go ]; do sleep 0.05; done; python -m django --version; echo $DJANGO_SETTINGS_MODULE"
    (site.root / "deploy" / "schedule.py").write_text(rendered(("wait", "* * * * *", waits)), encoding="utf-8")

    process = started(site, "-c", RUN, DJANGO_SETTINGS_MODULE="")
    assert process.stdout is not None
    said = [process.stdout.readline() for _ in range(2)]
    assert said == ["1 scheduled jobs\n", "wait: started\n"]
    process.send_signal(signal.SIGTERM)
    (site.root / "go").touch()
    rest, _ = process.communicate(timeout=30)
    assert process.returncode == 0
    assert "deploy.settings\n" in rest and rest.endswith("wait: ended with exit code 0\n")


def test_without_jobs_to_wait_for_it_ends_at_once(site: Site) -> None:
    (site.root / "deploy" / "schedule.py").write_text(rendered(("never", "0 0 31 2 *", "false")), encoding="utf-8")

    process = started(site, "-m", "deploy.schedule")
    assert process.stdout is not None and process.stdout.readline() == "1 scheduled jobs\n"
    process.terminate()
    assert process.wait(timeout=10) == 0


def test_its_lines_are_json_where_those_of_the_site_are(site: Site) -> None:
    (site.root / "deploy" / "schedule.py").write_text(rendered(("quick", "* * * * *", "true")), encoding="utf-8")

    process = started(site, "-c", RUN, DEPLOY_LOGS="json")
    assert process.stdout is not None
    said = [json.loads(process.stdout.readline()) for _ in range(3)]
    process.terminate()
    assert process.wait(timeout=30) == 0
    assert [(line["level"], line["logger"], line["message"]) for line in said] == [
        ("INFO", "schedule", "1 scheduled jobs"),
        ("INFO", "schedule", "quick: started"),
        ("INFO", "schedule", "quick: ended with exit code 0"),
    ]


def test_without_its_variables_it_starts_nothing(site: Site) -> None:
    (site.root / "deploy" / "schedule.py").write_text(rendered(("never", "* * * * *", "false")), encoding="utf-8")

    process = started(site, "-m", "deploy.schedule", SECRET_KEY="")
    said, _ = process.communicate(timeout=30)
    assert process.returncode == 1 and said.startswith("Not started: set SECRET_KEY")
