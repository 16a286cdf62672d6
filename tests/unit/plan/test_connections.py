"""Connections to the database never exceed what its plan takes."""

from __future__ import annotations

from typing import Any

import pytest

from deploy_overlay.plan import plan
from deploy_overlay.plan.connections import threads
from deploy_overlay.platforms import platform, platforms

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

    found = plan(answers, platform("heroku")).connections

    assert found and found.web < found.most <= found.accepted


@pytest.mark.parametrize("needs", [{}, SHOP], ids=["plain", "celery"])
@pytest.mark.parametrize("name", list(platforms()))
def test_a_site_with_one_instance_of_each_process_fits_its_database(name: str, needs: dict[str, Any]) -> None:
    found = plan(needs | {"deploy_database": "postgres"}, platform(name)).connections

    assert found is None or found.web < found.most <= found.accepted


def test_old_and_new_processes_count_where_they_run_together() -> None:
    fits = {"deploy_database": "postgres"}

    kamal, compose = (plan(SHOP | fits, platform(name)).connections for name in ("kamal", "compose"))

    assert kamal and compose
    # Eight threads, Celery's two processes with their parent and beat, the migration.
    assert (compose.most, compose.web) == (8 + 4 + 1, 8)
    assert (kamal.most, kamal.web) == (2 * (8 + 4) + 1, 8)


@pytest.mark.parametrize(
    ("answers", "most"),
    [
        ({"django_services": ["one-process"]}, 8 + 1),
        ({"deploy_database": "sqlite"}, None),
        ({"django_asgi": "shop"}, None),
    ],
)
def test_threads_decide_and_nothing_is_known_without_them(answers: dict[str, Any], most: int | None) -> None:
    found = plan({"deploy_database": "postgres"} | answers, platform("compose")).connections

    assert (found.most if found else None) == most
