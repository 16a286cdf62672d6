"""Fly.io, a container near your users: https://fly.io/docs/django/"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..answers import Answers

NAME = "Fly.io"
STATUS = "stable"
FILES = {
    "fly.toml": "how Fly.io runs the site",
    "Dockerfile": "the image",
    ".dockerignore": "what stays out of the image",
}
CURRENCY = "$"
PRICES_READ = "2026-08-07"
# Dollars a month of a Machine that never sleeps, shared-cpu-1x with 256 MB and with 512 MB, by region: the list has a price
# for each (https://fly.io/docs/about/pricing/, https://fly.io/docs/about/cost-management/).
MACHINES = {"iad": (1.94, 3.19), "ams": (2.02, 3.32), "sjc": (2.32, 3.81)}
MEMORY = 5.0  # of each further GB, in the first region
VOLUME = 0.15  # of each GB
# Plan basic and each of its 10 GB: https://fly.io/docs/mpg/#pricing
MANAGED, MANAGED_GB, MANAGED_SIZE = 38.0, 0.28, 10


def machine(region: str, memory: int = 512) -> float:
    """A shared-cpu-1x Machine of 256 MB or 512 MB; where its price in the region is not known, that of iad."""
    return MACHINES.get(region, MACHINES["iad"])[memory > 256]


def managed() -> float:
    """A managed PostgreSQL with its storage."""
    return MANAGED + MANAGED_SIZE * MANAGED_GB


def unmanaged(region: str) -> float:
    """A PostgreSQL app: a Machine of 256 MB and a volume of 1 GB."""
    return machine(region, 256) + VOLUME


def price(answers: Answers) -> str:
    """What the answers cost a month: at most, or at least where the price of the region is not known."""
    database, region = answers.text("deploy_database"), answers.text("fly_region", "iad")
    count = 1 if database == "sqlite" else int(answers.text("fly_machines", "1"))
    parts = [("Machine" if count == 1 else f"{count} Machines", count * machine(region))]
    if database == "sqlite":
        parts.append(("volume", VOLUME))
    elif database == "postgres" and not answers.text("fly_cluster"):
        if answers.text("fly_postgres", "managed") == "managed":
            parts += [("managed PostgreSQL", MANAGED), (f"its {MANAGED_SIZE} GB", MANAGED_SIZE * MANAGED_GB)]
        else:
            parts.append(("PostgreSQL", unmanaged(region)))
    total = f"${sum(sum_ for _, sum_ in parts):.2f}"
    told = f"up to {total}" if region in MACHINES else f"from {total} ({region} may cost more than iad)"
    return f"{told}: {', '.join(f'{what} ${sum_:.2f}' for what, sum_ in parts)}".replace(".00", "")


def caveat(answers: Answers) -> str:
    """What the sum of a plan does not hold; empty where it holds all."""
    region = answers.text("fly_region", "iad")
    return "" if region in MACHINES else f"Machines are counted at the price of iad: the list has that of {region}."


def asks_for(before: Answers, answers: Answers) -> list[str]:
    """Neither renaming an app nor another kind of PostgreSQL is a command of Fly.io's: both are made new."""
    sentences = []
    old, new = before.text("deploy_name"), answers.text("deploy_name")
    if old and old != new:
        sentences.append(
            f"Fly.io renames no app: {new} is a new one, and {old} goes on, data included, until you destroy it."
        )
    old, new = before.text("fly_postgres"), answers.text("fly_postgres")
    if old and old != new and before.text("deploy_database") == answers.text("deploy_database") == "postgres":
        sentences.append(f"The data is still in the {old} PostgreSQL: carry it over before you attach the {new} one.")
    return sentences
