"""Fly.io, a container near your users: https://fly.io/docs/django/"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ...base.answers import Answers

NAME = "Fly.io"
STATUS = "stable"
FILES = {
    "fly.toml": "how Fly.io runs the site",
    "Dockerfile": "the image",
    ".dockerignore": "what stays out of the image",
}
# Dollars a month: https://fly.io/docs/about/pricing/. The Machine is a shared-cpu-1x with 512 MB that never sleeps.
MACHINE, VOLUME, UNMANAGED = 3.5, 0.15, 4.0
MANAGED = 38.0  # plan basic: internal/command/mpg/plans.go in superfly/flyctl


def price(answers: Answers) -> str:
    """What the answers cost a month at most."""
    database = answers.text("deploy_database")
    machines = 1 if database == "sqlite" else int(answers.text("fly_machines", "1"))
    parts = [("Machine" if machines == 1 else f"{machines} Machines", machines * MACHINE)]
    if database == "sqlite":
        parts.append(("volume", VOLUME))
    elif database == "postgres" and not answers.text("fly_cluster"):
        managed = answers.text("fly_postgres", "managed") == "managed"
        parts.append(("managed PostgreSQL", MANAGED) if managed else ("PostgreSQL", UNMANAGED))
    total = sum(sum_ for _, sum_ in parts)
    return f"up to ${total:.2f}: {', '.join(f'{what} ${sum_:.2f}' for what, sum_ in parts)}".replace(".00", "")


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
