"""A backup every night, where Heroku makes none by itself: https://devcenter.heroku.com/articles/heroku-postgres-backups"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ....adapter.request import PRODUCTION
from ....adapter.steps import Command, Observation, Step
from ..addons import NIGHTLY, UNPROTECTED, schedules_backups
from .addons import plan_of
from .app import App

NAME = "backups"
DATABASE = "DATABASE_URL"


def backup_steps(app: App) -> Iterator[Step]:
    """None for a plan that Heroku protects, and none beside production: what is there can be made again."""
    if not schedules_backups(app.site.answers.values) or app.site.request.environment != PRODUCTION:
        return
    schedule = ("pg:backups:schedule", DATABASE, "--at", NIGHTLY, "-a", app.name)
    yield Step(
        name=NAME,
        what="a backup of the database every night",
        where=NIGHTLY,
        observe=lambda: _see(app),
        commands=lambda: [Command(schedule)],
        plan=lambda: [app.site.cli.line(*schedule)],
        creates=f"{app.name} {DATABASE}",
        after=("app", "database"),
        shown=lambda: "no release depends on it",
    )


def _see(app: App) -> Observation:
    """Any schedule is its owner's own, and so is none where an earlier run had made one."""
    plans = [
        plan_of(addon).partition(":")[2]
        for addon in app.seen_addons.get("postgres", [])
        if any(one["name"] == "DATABASE" for one in addon.get("attachments") or [])
    ]
    if not plans:
        return Observation(True, "the database is elsewhere")
    if not plans[0].startswith(UNPROTECTED):
        return Observation(True, f"Heroku protects {plans[0]} by itself")
    told = app.site.cli.text("pg:backups:schedules", "-a", app.name)
    found = re.search(r"(?m): (daily at .+)$", told)
    if found:
        return Observation(True, found[1])
    if app.site.record.is_done(NAME):
        schedule = app.site.cli.line("pg:backups:schedule", DATABASE, "--at", NIGHTLY, "-a", app.name)
        return Observation(True, "none", differs=f"no backup is scheduled: `{schedule}` schedules one")
    return Observation(False)
