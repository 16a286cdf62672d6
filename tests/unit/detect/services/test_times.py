"""Five fields of cron from what crontabs, systemd and Ofelia write."""

from __future__ import annotations

import pytest

from deploy_overlay.base.answer_forms import SCHEDULE
from deploy_overlay.detect.services.times import every, five_fields, of_timer


@pytest.mark.parametrize(
    ("written", "fields"),
    [
        ("*/5 * * * *", "*/5 * * * *"),
        ("0   4 * *   *", "0 4 * * *"),
        ('"0 4 * * 1-5"', "0 4 * * 1-5"),
        ("0 4 * JAN MON,wed", "0 4 * 1 1,3"),
        ("*/1 * * * ?", "* * * * *"),
        ("@daily", "0 0 * * *"),
        ("@hourly", "0 * * * *"),
        ("@every 1m", "* * * * *"),
        ("@every 15m", "*/15 * * * *"),
        ("@every 2h", "0 */2 * * *"),
        ("@every 7m", ""),
        ("0 30 2 * * *", "30 2 * * *"),
        ("5 30 2 * * *", ""),
        ("@reboot", ""),
        ("61 * * * *", ""),
        ("0 4 * * MOON", "0 4 * * MOON"[:0]),
        ("0 4 * *", ""),
        ("", ""),
    ],
)
def test_five_fields(written: str, fields: str) -> None:
    assert five_fields(written) == fields
    assert not fields or SCHEDULE.pattern.fullmatch(fields)


@pytest.mark.parametrize(
    ("key", "written", "fields"),
    [
        ("OnCalendar", "daily", "0 0 * * *"),
        ("OnCalendar", "*-*-* 04:05:00", "5 4 * * *"),
        ("OnCalendar", "Mon *-*-* 03:00:00", "0 3 * * 1"),
        ("OnCalendar", "*:0/15", "*/15 * * * *"),
        ("OnCalendar", "*-*-01 00:30:00", "30 0 1 * *"),
        ("OnCalendar", "2026-01-01 00:00:00", ""),
        ("OnUnitActiveSec", "1h", "0 * * * *"),
        ("OnUnitActiveSec", "10min", "*/10 * * * *"),
        ("OnUnitActiveSec", "1d", "0 0 * * *"),
        ("OnUnitActiveSec", "90", ""),
    ],
)
def test_systemd_timers(key: str, written: str, fields: str) -> None:
    assert of_timer(key, written) == fields


def test_what_does_not_fit_into_an_hour_or_a_day_is_not_every_so_often() -> None:
    assert (every(1440, "m"), every(60, "m"), every(7, "d"), every(0, "m")) == (
        "0 0 * * *", "0 * * * *", "0 0 * * 0", "0 0 * * *"[:0],
    )  # fmt: skip
