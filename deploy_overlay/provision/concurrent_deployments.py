"""Waits for somebody else's deployment of the same site, so that none is lost.

Only Kamal offers a lock that a deployment can hold without changing the site: a config var makes a release on Heroku, a secret
reaches the Machines on Fly.io. So elsewhere a run looks at what the platform itself shows of a deployment under way, and waits.
Upsun puts its own activities in a queue.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime
from types import ModuleType

from ..adapter.cli import report_unexpected_output, timeout_limit
from ..adapter.history import Release, online, running
from ..adapter.site import Site
from ..base.message import Failure, counted
from ..base.progress import show_progress, tell
from .commits import compare_with_branch

PATIENCE = 1800.0  # seconds
PAUSE = 5.0


def wait_for_others(module: ModuleType, site: Site) -> tuple[bool, Release | None]:
    """Wait until no other deployment of the site is in progress. Whether there was one, and what it brought online.

    Raises Failure if it does not end.
    """
    title = site.cli.tool.title
    before = list_releases(module, site)
    other, told = running(before), before
    if other is None:
        return False, None
    if getattr(module, "QUEUES", False):
        tell(f"{title} queues this after {describe(other)}")
        return False, None
    patience = min(PATIENCE, timeout_limit())
    end = time.monotonic() + patience
    with show_progress(f"{title}: waiting for {describe(other)}"):
        while other is not None:
            if time.monotonic() > end:
                raise Failure(
                    f"{title} still shows {describe(other)} after {patience:.0f} seconds: wait until it has ended or stop it, "
                    "then run this again.",
                    anchor="another-deployment",
                )
            time.sleep(min(PAUSE, patience / 4))
            told = list_releases(module, site)
            other = running(told)
    now = online(told)
    return True, None if now == online(before) else now


def refuse_to_take_back(site: Site, release: Release | None) -> None:
    """Raises Failure if the current branch does not contain the commit that came online meanwhile."""
    found = compare_with_branch(site, release)
    if release is None or not found.online or (found.here and not found.lacking):
        return
    by = f" by {release.by}" if release.by else ""
    raise Failure(
        f"While this run waited, commit {found.online[:8]} came online{by}. The current branch does not have it, so "
        "deploying would undo it: get it with `git pull`, or run this again to deploy without it.\nNothing was deployed.",
        anchor="another-deployment",
    )


def list_releases(module: ModuleType, site: Site) -> list[Release]:
    """The releases, newest first; empty if the platform does not list them."""
    if not hasattr(module, "history"):
        return []
    with report_unexpected_output(site.cli.tool.title):
        found: list[Release] = module.history(site)
    return found


def describe(release: Release) -> str:
    """A deployment in progress, in words: whose, of which commit and since when."""
    by = f"{release.by}'s deployment" if release.by else "a deployment"
    of = f" of {release.commit[:8]}" if release.commit else ""
    return f"{by}{of}, in progress since {format_time(release.at)}" if release.at else f"{by}{of}, which is in progress"


def format_time(at: str) -> str:
    """A time for people: 2026-11-29 09:30 UTC. Text that is not a time is returned unchanged."""
    found = _parsed(at)
    return f"{found:%Y-%m-%d %H:%M} UTC" if found else at


def format_age(at: str) -> str:
    """How long ago that was: `3 hours`; empty for what is not a time."""
    found = _parsed(at)
    if found is None:
        return ""
    seconds = max(0, int((datetime.now(UTC) - found).total_seconds()))
    sizes = (("day", 86400), ("hour", 3600), ("minute", 60), ("second", 1))
    word, size = next((one for one in sizes if seconds >= one[1]), sizes[-1])
    number = seconds // size
    return counted(number, word)


def _parsed(at: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(at)
    except ValueError:
        return None
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
