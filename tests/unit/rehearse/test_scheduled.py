"""The schedule of a job: five fields of cron."""

import pytest

from deploy_overlay.rehearse.scheduled import schedule_trouble, usual_jobs


@pytest.mark.parametrize("schedule", ["17 3 * * *", "*/15 8-18 * * 1-5", "0,30 0 1,15 1-12/3 7"])
def test_schedules_that_can_be_read(schedule: str) -> None:
    assert schedule_trouble(schedule) == ""


@pytest.mark.parametrize(
    ("schedule", "said"),
    [
        ("60 3 * * *", "has the minute 60, which is not between 0 and 59"),
        ("0 24 * * *", "has the hour 24"),
        ("0 0 0 * *", "has the day 0, which is not between 1 and 31"),
        ("0 0 * * 5-1", "has the weekday 5-1, which ends before it begins"),
        ("0 0 * *", "has 4 fields instead of 5"),
        ("*/0 0 * * *", "has the minute */0, whose step is not a number"),
        ("0 0 * * mon", "has the weekday mon"),
    ],
)
def test_schedules_that_cannot(schedule: str, said: str) -> None:
    assert said in schedule_trouble(schedule)


def test_usual_jobs_are_those_that_detection_proposes() -> None:
    clear = {"name": "clearsessions", "command": "python -m django clearsessions", "source": "usual"}
    assert usual_jobs(
        {"django_schedule": [clear, {**clear, "command": "python -m django report", "source": "project"}]}
    ) == ["python -m django clearsessions"]
