"""Render's prices, in dollars a month: https://render.com/pricing"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .commands import FREE

SEEN = "2026-09-27"
# Of each instance, of a database without its disk, and of a Redis, by the plan.
INSTANCES = {FREE: 0, "starter": 7, "standard": 25, "pro": 85, "pro_plus": 175, "pro_max": 225, "pro_ultra": 450}
DATABASES = {FREE: 0, "basic_256mb": 6, "basic_1gb": 19, "basic_4gb": 75}
KEY_VALUES = {FREE: 0, "starter": 10, "standard": 32}
GIGABYTE = 0.3  # of a database's disk
# Of what a Blueprint makes that names no size.
STARTER, KEY_VALUE, CRON, DISK = INSTANCES["starter"], KEY_VALUES["starter"], 1, 0.25
DISK_SIZE = 15  # GB of a database: https://render.com/docs/postgresql-refresh
POSTGRES = DATABASES["basic_256mb"] + DISK_SIZE * GIGABYTE


def instances(service: Mapping[str, Any]) -> tuple[str, int]:
    """The plan of a service in the API, "" if it does not say, and its number of instances."""
    details = service.get("serviceDetails") or {}
    return str(details.get("plan") or ""), int(details.get("numInstances") or 1)


def of_service(service: Mapping[str, Any]) -> float:
    """A service without its disk; 0 for an unknown plan."""
    if service.get("suspended") == "suspended":
        return 0
    plan, number = instances(service)
    return CRON if service["type"] == "cron_job" else number * INSTANCES.get(plan, 0)


def of_store(found: Mapping[str, Any], plans: Mapping[str, float]) -> float:
    """A database or a Redis, whose disk the API does not show."""
    plan, disk = str(found.get("plan")), int(found.get("diskSizeGB") or 0)
    return plans.get(plan, 0) + (0 if plan == FREE else disk * GIGABYTE)
