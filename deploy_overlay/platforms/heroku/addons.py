"""The add-ons of a site, derived from the answers: https://devcenter.heroku.com/articles/add-ons

The name of an attachment begins those of its config vars: DATABASE becomes DATABASE_URL, REDIS becomes REDIS_URL.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from ...base.answers import text
from ...base.plan import Store
from ...plan.runs import redis_is_made, uploads

# A month: https://www.heroku.com/pricing/, https://elements.heroku.com/addons/bucketeer. The default first.
DATABASES = {"essential-0": 5, "essential-1": 9, "essential-2": 20, "standard-0": 50}
# Connections that each takes: https://devcenter.heroku.com/articles/heroku-postgres-plans
CONNECTIONS = {"essential-0": 20, "essential-1": 20, "essential-2": 40, "standard-0": 120}
KEY_VALUE_STORES = {"mini": 3, "premium-0": 15, "premium-1": 30, "premium-2": 60}
BUCKETS = {"hobbyist": 5}
# Plans whose data Heroku keeps only where it is told to. https://devcenter.heroku.com/articles/heroku-postgres-plans
UNPROTECTED = "essential-"
NIGHTLY = "02:00 UTC"
BUCKET_NAME = "AWS_STORAGE_BUCKET_NAME"
# What a site reads of its bucket, and where the add-on has it: https://devcenter.heroku.com/articles/bucketeer
OF_BUCKETEER = {
    BUCKET_NAME: "BUCKETEER_BUCKET_NAME",
    "AWS_ACCESS_KEY_ID": "BUCKETEER_AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY": "BUCKETEER_AWS_SECRET_ACCESS_KEY",
    "AWS_REGION": "BUCKETEER_AWS_REGION",
}


class AddOn(NamedTuple):
    kind: Store
    title: str
    service: str  # as Heroku calls it in front of the plan
    plan: str
    attachment: str
    variable: str  # what the site reads: where the app has it already, it has its store
    ending: str  # of the add-on's own name, behind that of the app
    prices: Mapping[str, float]  # of a month, by plan

    @property
    def ordered(self) -> str:
        return f"{self.service}:{self.plan}"


def schedules_backups(answers: Mapping[str, Any]) -> bool:
    """Whether the database is backed up only if a backup is scheduled, which is free."""
    plan = text(answers, "heroku_postgres", "essential-0")
    return text(answers, "deploy_database", "postgres") == "postgres" and plan.startswith(UNPROTECTED)


def addons(answers: Mapping[str, Any]) -> list[AddOn]:
    """The add-ons of a site with these answers, the database first."""
    found = []
    if text(answers, "deploy_database", "postgres") == "postgres":
        plan = text(answers, "heroku_postgres", "essential-0")
        found.append(
            AddOn("postgres", "PostgreSQL", "heroku-postgresql", plan, "DATABASE", "DATABASE_URL", "db", DATABASES)
        )
    if redis_is_made(answers):
        plan = text(answers, "heroku_redis", "mini")
        found.append(
            AddOn("redis", "Key-Value Store", "heroku-redis", plan, "REDIS", "REDIS_URL", "redis", KEY_VALUE_STORES)
        )
    if uploads(answers) == "bucket":
        found.append(AddOn("bucket", "Bucketeer", "bucketeer", "hobbyist", "BUCKETEER", BUCKET_NAME, "bucket", BUCKETS))
    return found
