"""What the answers cost a month is told by one set of prices."""

from __future__ import annotations

import pytest

from deploy_overlay.plan import plan
from deploy_overlay.platforms import platform as declared
from deploy_overlay.platforms.fly import prices
from deploy_overlay.platforms.questions import asked, platform_choices

BESIDE: dict[str, object] = {
    "django_workers": [{"name": "worker", "command": "celery worker"}, {"name": "beat", "command": "celery beat"}],
    "django_schedule": [{"name": "nightly", "command": "nightly", "schedule": "0 3 * * *", "source": "project"}],
    "django_stores": [{"kind": "redis", "variables": []}],
    "deploy_runs": ["worker", "scheduler", "cron"],
    "deploy_redis": "platform",
}
UPLOADS: dict[str, object] = {"django_uploads": {"store": "disk", "access": "private", "path": "/media/"}}
PRICES: dict[str, list[tuple[dict[str, object], str]]] = {
    "fly": [
        ({"deploy_database": "postgres"}, "up to $44.49: Machine $3.69, managed PostgreSQL with 10 GB $40.80"),
        ({"deploy_database": "postgres", "fly_postgres": "unmanaged"}, "up to $6.03: Machine $3.69, PostgreSQL $2.34"),
        ({"deploy_database": "postgres", "fly_cluster": "abc", "fly_machines": 2}, "up to $7.38: 2 Machines $7.38"),
        ({"deploy_database": "sqlite", "fly_machines": 2}, "up to $3.84: Machine $3.69, volume $0.15"),
        ({"deploy_database": "external"}, "up to $3.69: Machine $3.69"),
        ({"deploy_database": "external", "fly_region": "gru"}, "up to $5.97: Machine $5.97"),
        (
            {"fly_region": "ams", "fly_postgres": "unmanaged", "fly_machines": 2},
            "up to $10.11: 2 Machines $7.68, PostgreSQL $2.43",
        ),
        ({"fly_region": "fra"}, "up to $45.06: Machine $4.26, managed PostgreSQL with 10 GB $40.80"),
        (
            {"deploy_database": "external", "fly_machines": 2, **BESIDE},
            "up to $28.45: 2 Machines $7.38, 3 further Machines $11.07, Redis with 250 MB $10",
        ),
        ({"deploy_database": "external", **UPLOADS, "deploy_uploads": "bucket"}, "up to $3.69: Machine $3.69"),
        (
            {"deploy_database": "external", "fly_machines": 2, **UPLOADS, "deploy_uploads": "volume"},
            "up to $3.84: Machine $3.69, volume $0.15",
        ),
        (
            {"deploy_database": "external", "fly_region": "bom"},
            "from $3.69 (bom may cost more than iad): Machine $3.69",
        ),
    ],
    "render": [
        ({}, "$17.50: Starter instance $7, PostgreSQL with 15 GB $10.50"),
        ({"render_plan": "free"}, "$0"),
        ({"deploy_database": "sqlite"}, "$7.25: Starter instance $7, disk $0.25"),
        (
            {"deploy_database": "external", **BESIDE},
            "$32: Starter instance $7, 2 further instances $14, cron job from $1, Key Value $10",
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
        (
            {
                "django_workers": [{"name": "worker"}, {"name": "beat"}],
                "django_services": ["redis"],
                "django_uploads": {"store": "disk"},
                "deploy_runs": ["worker", "scheduler"],
                "deploy_redis": "platform",
                "deploy_uploads": "bucket",
            },
            "$34: 3 basic dynos $21, PostgreSQL essential-0 $5, Key-Value Store mini $3, Bucketeer bucket $5",
        ),
        (
            {
                "deploy_database": "external",
                "heroku_dyno": "eco",
                "django_schedule": [{"name": "nightly", "source": "project"}],
                "django_services": ["redis"],
                "deploy_runs": ["cron"],
                "deploy_redis": "platform",
                "heroku_redis": "premium-0",
            },
            "$20: Eco dynos $5, Key-Value Store premium-0 $15",  # one price for all Eco dynos
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

    assert prices_of("postgres", ["fly"]) == " (a month: Fly.io $40.80 or $2.34)"
    assert prices_of("postgres", ["heroku"]) == " (a month: Heroku $5)"
    assert len(prices_of("postgres", ["fly", "heroku", "upsun"])) <= 52


# Rows of the table and of the examples on https://fly.io/docs/about/pricing/, which the rates there lead to.
MACHINES = [
    ("iad", 256, 1, "shared", 2.19),
    ("ewr", 512, 1, "shared", 3.69),
    ("iad", 1024, 1, "shared", 6.70),
    ("fra", 1024, 1, "shared", 7.73),
    ("sin", 1024, 1, "shared", 8.50),
    ("iad", 2048, 2, "shared", 13.39),
    ("iad", 2048, 1, "performance", 33.00),
    ("iad", 4096, 2, "performance", 66.00),
]


@pytest.mark.parametrize(("region", "memory", "cpus", "kind", "price"), MACHINES)
def test_a_machine_of_fly_io_costs_what_the_list_says(
    region: str, memory: int, cpus: int, kind: str, price: float
) -> None:
    assert prices.machine(region, memory, cpus, kind) == price


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
