"""Connections to the database never exceed what its plan takes."""

from __future__ import annotations

from typing import Any

import pytest

from deploy_overlay.plan import plan
from deploy_overlay.plan.connections import connections, threads
from deploy_overlay.platforms import platform

SHOP: dict[str, Any] = {
    "django_services": ["celery", "redis"],
    "django_celery": "shop.celery",
    "django_workers": [
        {"service": "celery", "name": "worker", "command": "celery -A shop worker"},
        {"service": "celery", "name": "beat", "command": "celery -A shop beat"},
    ],
    "deploy_runs": ["worker", "scheduler"],
}


@pytest.mark.parametrize(("processes", "each"), [(1, 8), (2, 4), (3, 3), (4, 3), (8, 3)])
def test_processes_share_eight_threads_and_have_three_at_least(processes: int, each: int) -> None:
    assert threads(processes) == each


@pytest.mark.parametrize("database", ["essential-0", "essential-1", "essential-2", "standard-0"])
@pytest.mark.parametrize("dyno", ["eco", "basic", "standard-1x", "standard-2x"])
@pytest.mark.parametrize("needs", [{}, SHOP], ids=["plain", "celery"])
def test_one_dyno_of_each_process_fits_every_plan_of_heroku(needs: dict[str, Any], dyno: str, database: str) -> None:
    answers = needs | {"heroku_dyno": dyno, "heroku_postgres": database, "deploy_database": "postgres"}

    found = plan(answers, platform("heroku")).own["connections"]

    assert found["web"] < found["most"] <= found["allowed"]


def test_a_worker_counts_with_its_processes_and_the_one_that_supervises() -> None:
    site = plan(SHOP, platform("heroku"))

    # The web process, Celery's two processes with their parent and beat, the migration.
    assert connections(site, 2) == (2 * 4, 3 + 1, 1)
