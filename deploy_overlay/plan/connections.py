"""How many database connections a site can open at once.

Django keeps a connection for each thread: https://docs.djangoproject.com/en/stable/ref/databases/#caveats
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from ..base.answers import text, texts
from ..base.plan import Process
from ..base.platform import Platform, Values
from .application import Application

TOGETHER, FEWEST = 8, 3  # threads of all server processes together, and of one at least


class Connections(NamedTuple):
    """At the most."""

    web: int
    beside: int  # of workers and schedulers
    jobs: int  # of scheduled jobs, and the migration

    @property
    def total(self) -> int:
        return self.web + self.beside + self.jobs


def threads(processes: int) -> int:
    """Of each server process where there are so many."""
    return max(FEWEST, TOGETHER // processes)


class Needed(NamedTuple):
    """What a site with one instance of each process opens at the most, and what its database accepts."""

    most: int
    web: int  # of one web instance
    accepted: int
    overlaps: bool  # whether `most` is only reached during a deployment, when old and new processes run


def needed(answers: Values, platform: Platform | None, app: Application, started: Sequence[Process]) -> Needed | None:
    """None where nothing limits how many it opens, or the platform does not say how many its database accepts."""
    if not platform or not platform.accepted or app.server != "wsgi":
        return None
    if text(answers, "deploy_database", "postgres") != "postgres":
        return None
    accepted = platform.accepted(answers)
    processes = 1 if in_memory(answers) else accepted.processes
    generations = 2 if accepted.overlaps else 1
    opened = connections(app, started, processes, instances=generations, generations=generations)
    return Needed(opened.total, opened.web // generations, accepted.connections, accepted.overlaps)


def in_memory(answers: Values) -> bool:
    """Whether a second process would not see the messages or sessions of the first."""
    return "one-process" in texts(answers, "django_services")


def connections(
    app: Application, started: Sequence[Process], processes: int, *, instances: int = 1, generations: int = 1
) -> Connections:
    """What so many web instances with so many processes add up to, and what runs beside them.

    `generations` is 2 where the old workers end while the new ones start. Under ASGI each request has a thread and so a
    connection of its own, and nothing limits how many there are: one for each process is counted.
    """
    of_process = threads(processes) if app.server == "wsgi" else 1
    beside = [one for one in started if one.kind not in ("web", "release", "cron")]
    jobs = [one for one in started if one.kind == "cron"]
    of_beside = sum(generations * _processes(one.command) for one in beside)
    return Connections(instances * processes * of_process, of_beside, len(jobs) + 1)


def _processes(command: str) -> int:
    """Of one worker: a supervisor has a connection too."""
    found = re.search(r"--(?:concurrency|processes|workers)[= ](\d+)", command)
    return int(found[1]) + 1 if found else 1
