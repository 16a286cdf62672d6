"""How many database connections a site can open at once.

Django keeps a connection for each thread: https://docs.djangoproject.com/en/stable/ref/databases/#caveats
"""

from __future__ import annotations

import re
from typing import NamedTuple

from . import Plan

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


def connections(site: Plan, processes: int, *, instances: int = 1, generations: int = 1) -> Connections:
    """What so many web instances with so many processes add up to, and what runs beside them.

    `generations` is 2 where the old workers end while the new ones start. Under ASGI each request has a thread and so a
    connection of its own, and nothing limits how many there are: one for each process is counted.
    """
    of_process = threads(processes) if site.app.server == "wsgi" else 1
    beside = sum(generations * _processes(one.command) for one in site.beside)
    return Connections(instances * processes * of_process, beside, len(site.jobs) + 1)


def _processes(command: str) -> int:
    """Of one worker: a supervisor has a connection too."""
    found = re.search(r"--(?:concurrency|processes|workers)[= ](\d+)", command)
    return int(found[1]) + 1 if found else 1
