"""What the answers cost a month is told by one set of prices."""

from __future__ import annotations

import pytest

from deploy_overlay.plan import plan
from deploy_overlay.platforms import platform as declared
from deploy_overlay.platforms.questions import asked, platform_choices

PRICES: dict[str, list[tuple[dict[str, object], str]]] = {
    "fly": [
        ({"deploy_database": "postgres"}, "up to $43.99: Machine $3.19, managed PostgreSQL with 10 GB $40.80"),
        ({"deploy_database": "postgres", "fly_postgres": "unmanaged"}, "up to $5.28: Machine $3.19, PostgreSQL $2.09"),
        ({"deploy_database": "postgres", "fly_cluster": "abc", "fly_machines": 2}, "up to $6.38: 2 Machines $6.38"),
        ({"deploy_database": "sqlite", "fly_machines": 2}, "up to $3.34: Machine $3.19, volume $0.15"),
        ({"deploy_database": "external"}, "up to $3.19: Machine $3.19"),
        ({"deploy_database": "external", "fly_region": "sjc"}, "up to $3.81: Machine $3.81"),
        (
            {"fly_region": "ams", "fly_postgres": "unmanaged", "fly_machines": 2},
            "up to $8.81: 2 Machines $6.64, PostgreSQL $2.17",
        ),
        ({"fly_region": "ams"}, "up to $44.12: Machine $3.32, managed PostgreSQL with 10 GB $40.80"),
        (
            {"deploy_database": "external", "fly_region": "gru"},
            "from $3.19 (gru may cost more than iad): Machine $3.19",
        ),
    ],
    "heroku": [
        (
            {"deploy_database": "postgres", "heroku_dyno": "basic", "heroku_postgres": "essential-0"},
            "$12: Basic dyno $7, PostgreSQL essential-0 $5",
        ),
        (
            {"deploy_database": "external", "heroku_dyno": "basic", "django_workers": [{"name": "worker"}]},
            "$7: Basic dyno $7",  # a worker waits for its owner
        ),
        (
            {"deploy_database": "external", "heroku_dyno": "eco", "django_workers": [{"name": "worker"}]},
            "$5: Eco dynos $5",
        ),
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

    assert prices_of("postgres", ["fly"]) == " (a month: Fly.io $40.80 or $2.09)"
    assert prices_of("postgres", ["heroku"]) == " (a month: Heroku $5)"
    assert len(prices_of("postgres", ["fly", "heroku", "upsun"])) <= 52


@pytest.mark.parametrize("platform", PRICES)
def test_the_price_of_the_answers(platform: str) -> None:
    for answers, price in PRICES[platform]:
        assert plan(answers, declared(platform)).price == price


@pytest.mark.parametrize("platform", PRICES)
def test_the_choice_of_a_platform_shows_the_total_of_what_its_questions_propose(platform: str) -> None:
    proposed = {name: said["default"] for name, said in asked().items() if name.startswith(f"{platform}_")}
    proposed = {name: value for name, value in proposed.items() if "{" not in str(value)}
    text = next(text for text, name in platform_choices().items() if name == platform)

    assert f"; {plan(proposed, declared(platform)).total} a month" in text
