"""What the answers cost a month is told by one set of prices."""

from __future__ import annotations

import pytest

from deploy_overlay.plan import plan
from deploy_overlay.platforms import platform as declared

PRICES: dict[str, list[tuple[dict[str, object], str]]] = {
    "fly": [
        ({"deploy_database": "postgres"}, "up to $41.50: Machine $3.50, managed PostgreSQL $38"),
        ({"deploy_database": "postgres", "fly_postgres": "unmanaged"}, "up to $7.50: Machine $3.50, PostgreSQL $4"),
        ({"deploy_database": "postgres", "fly_cluster": "abc", "fly_machines": 2}, "up to $7: 2 Machines $7"),
        ({"deploy_database": "sqlite", "fly_machines": 2}, "up to $3.65: Machine $3.50, volume $0.15"),
        ({"deploy_database": "external"}, "up to $3.50: Machine $3.50"),
    ],
    "heroku": [
        (
            {"deploy_database": "postgres", "heroku_dyno": "basic", "heroku_postgres": "essential-0"},
            "$12: Basic dyno $7, PostgreSQL essential-0 $5",
        ),
        (
            {"deploy_database": "external", "heroku_dyno": "basic", "django_workers": [{"name": "worker"}]},
            "$14: 2 basic dynos $14",
        ),
        ({"heroku_dyno": "eco", "django_workers": [{"name": "worker"}]}, "$5: Eco dynos $5"),
    ],
    "upsun": [
        ({"deploy_database": "postgres"}, "about 35 euros: project 9, user 10, app 6, database 10"),
        ({"deploy_database": "sqlite"}, "about 25 euros: project 9, user 10, app 6"),
        (
            {"upsun_flavour": "fixed", "upsun_plan": "standard"},
            "the plan standard: https://upsun.com/pricing-fixed/",
        ),
    ],
}


def test_the_choice_of_a_database_shows_the_lowest_price_too() -> None:
    from deploy_overlay.ask.platforms import prices_of

    assert prices_of("postgres", ["fly"]) == " (a month: Fly.io $38 or $4)"
    assert prices_of("postgres", ["heroku"]) == " (a month: Heroku $5)"
    assert len(prices_of("postgres", ["fly", "heroku", "upsun"])) <= 50


@pytest.mark.parametrize("platform", PRICES)
def test_the_price_of_the_answers(platform: str) -> None:
    for answers, price in PRICES[platform]:
        assert plan(answers, declared(platform)).price == price
