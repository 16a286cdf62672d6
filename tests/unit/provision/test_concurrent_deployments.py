"""Somebody's deployment, in words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from deploy_overlay.adapter.history import Release
from deploy_overlay.provision.concurrent_deployments import describe, format_age, format_time


@pytest.mark.parametrize(
    ("at", "told"),
    [
        ("2026-11-29T09:30:00Z", "2026-11-29 09:30 UTC"),
        ("2026-11-29T10:30:59.085719+01:00", "2026-11-29 09:30 UTC"),
        ("yesterday", "yesterday"),
        ("", ""),
    ],
)
def test_a_time_as_people_read_it(at: str, told: str) -> None:
    assert format_time(at) == told


@pytest.mark.parametrize(
    ("seconds", "told"), [(0, "0 seconds"), (1, "1 second"), (60, "1 minute"), (7300, "2 hours"), (200000, "2 days")]
)
def test_how_long_ago(seconds: int, told: str) -> None:
    assert format_age((datetime.now(UTC) - timedelta(seconds=seconds)).isoformat()) == told


def test_what_is_no_time_is_not_long_ago() -> None:
    assert format_age("yesterday") == format_age("") == ""


def test_whose_deployment_of_what_since_when() -> None:
    whole = Release("v7", "running", "1a2b3c4d5e6f", "2026-11-29T09:30:00Z", "bob@example.com")

    assert describe(whole) == "bob@example.com's deployment of 1a2b3c4d, in progress since 2026-11-29 09:30 UTC"
    assert describe(Release("v7", "running")) == "a deployment, which is in progress"
