"""The database and the Redis of a Blueprint: https://render.com/docs/blueprint-spec"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from . import prices


@dataclass(frozen=True)
class Store:
    resource: str  # its kind in a plan
    step: str
    title: str  # as Render calls it
    ending: str  # of its name, after that of the site
    listed: str  # what the API calls each in its list
    path: str
    variable: str
    loses: str
    price: float  # of what the Blueprint makes
    plans: Mapping[str, float]

    def named(self, site: str) -> str:
        return f"{site}-{self.ending}"

    def cost(self, found: Mapping[str, Any]) -> float:
        """The cost of an existing one, from the API."""
        return prices.of_store(found, self.plans)


DATABASE = Store(
    resource="postgres",
    step="database",
    title="PostgreSQL",
    ending="db",
    listed="postgres",
    path="/postgres",
    variable="DATABASE_URL",
    loses="everything in it and its backups",
    price=prices.POSTGRES,
    plans=prices.DATABASES,
)
REDIS = Store(
    resource="redis",
    step="redis",
    title="Key Value",
    ending="redis",
    listed="keyValue",
    path="/key-value",
    variable="REDIS_URL",
    loses="queued jobs and everything else in it",
    price=prices.KEY_VALUE,
    plans=prices.KEY_VALUES,
)
STORES = (DATABASE, REDIS)
