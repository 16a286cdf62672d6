"""Which release of a site is online, since when and by whom, its state, and what it costs."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..adapter.cli import report_unexpected_output
from ..adapter.history import Release, running
from ..adapter.processes import Process
from ..adapter.request import Request
from ..adapter.site import Site
from ..adapter.steps import Step
from ..base.answers import Answers
from ..base.log import Log
from ..base.message import COLUMNS, Failure, counted, first_of, wrapped
from ..base.scrub import scrubbed
from ..base.state import State
from ..plan.prices import money
from .commit import uncommitted
from .commits import find_commit
from .concurrent_deployments import describe, format_age, format_time, list_releases
from .health import Page, check_pages
from .look import SHOWN, View, release_data, views, waiting_commits
from .runs import verb_command
from .sites import site_on
from .table import differences, table

RELEASES = 3  # that the status lists


@dataclass
class Status:
    """A view with more answers. `rehearsed` says how the rehearsal of the commit that is online ended."""

    view: View
    address: str = ""
    closed: str = ""  # a sentence on why visitors cannot reach it
    health: list[Page] = field(default_factory=list)
    processes: list[Process] = field(default_factory=list)
    rehearsed: str = ""

    def lines(self) -> list[str]:
        """For a terminal of 80 columns."""
        one = self.view
        lines = ["", f"{one.title}: {one.site.title}, logged in as {one.site.cli.account}"]
        if not one.is_there:
            return [*lines, "", *self._not_there()]
        lines += ["", *_rows(self._rows()), ""]
        steps = [step for step in one.every if self._is_listed(step)]
        lines += table(steps, one.observations.by_step, one.site.cli.name, one.currency, commands=False)
        lines += differences(one.title, one.every, one.observations.by_step, one.others)
        if one.history:
            lines += ["", "The last releases:", *release_lines(one.site, one.history[:RELEASES])]
            more = len(one.history) > RELEASES
            lines += (
                ["  To see more:", f"      {verb_command(one.site.answers, one.site.request, 'releases')}"]
                if more
                else []
            )
        return [*lines, ""]

    def _is_listed(self, step: Step) -> bool:
        """Whether to list a step: resources, and anything that is wrong. A mark or variable in place is no news."""
        one, seen = self.view, self.view.observations.by_step.get(step.name)
        return bool(step.creates) or bool(seen and seen.differs) or not (step in one.releases or one.is_done(step))

    def _not_there(self) -> list[str]:
        one = self.view
        there = [step for step in one.every if one.is_done(step)]
        if not there:
            line = verb_command(one.site.answers, one.site.request, "plan")
            return ["Nothing exists yet. To see what a deployment creates:", f"    {line}"]
        return table(there, one.observations.by_step, one.site.cli.name, one.currency, commands=False)

    def _rows(self) -> list[tuple[str, str]]:
        """The first rows, each with its label."""
        one, now = self.view, self.view.online
        rows = [("address", self.address)]
        rows += (
            [("online", _release(one.site, now)), *self._since()] if now else [("online", "nothing is deployed yet")]
        )
        if other := running(one.history):
            rows.append(("under way", describe(other)))
        rows += self._waiting() if now else []
        if files := uncommitted(one.site.answers):
            rows.append(("uncommitted", first_of(files, SHOWN)))
        rows += [("closed", self.closed)]
        rows += [("health", ", ".join(f"{page.path} {page.answer} ({page.seconds:.2f} s)" for page in self.health))]
        rows += [("processes", "\n".join(map(_process, self.processes)))]
        rows += [("cron jobs", "\n".join(f"{one.name}: {one.schedule}" for one in one.site.plan.jobs))]
        rows += [("not chosen", text + (f": `{line}`" if line else "")) for text, line in one.not_chosen()]
        rows += [("backups", one.backups)]
        read = one.site.plan.prices_seen
        rows += [("costs", f"{money(one.costs, one.currency)} a month (prices of {read})")] if one.costs else []
        return [(name, text) for name, text in rows if text]

    def _since(self) -> list[tuple[str, str]]:
        now = self.view.online
        assert now is not None
        since = f"{format_time(now.at)} ({format_age(now.at)})" if format_age(now.at) else ""
        told = ", ".join(filter(None, (since, f"by {now.by}" if now.by else "")))
        return [("since", told), ("rehearsed", self.rehearsed)]

    def _waiting(self) -> list[tuple[str, str]]:
        found, branch = self.view.compared, self.view.site.git("branch", "--show-current") or "HEAD"
        if found.online and not found.here:
            return [("", f"This clone does not have commit {found.online[:12]}: try `git fetch`.")]
        rows = []
        if found.waiting:
            text = f"{counted(found.waiting, 'commit')} of {branch}:"
            rows.append(("not online", "\n".join([text, *(line.strip() for line in waiting_commits(found))])))
        if found.lacking:
            rows.append(("not here", f"{counted(found.lacking, 'commit')} online that {branch} does not have"))
        return rows

    def data(self) -> dict[str, Any]:
        one = self.view
        found = one.data()
        if found["online"]:
            found["online"] |= {"rehearsed": self.rehearsed}
        return {
            **found,
            "address": self.address,
            "closed": self.closed,
            "health": [page.data() for page in self.health],
            "processes": [
                {"name": each.name, "state": each.state, "well": each.well, "since": each.since, "hint": each.hint}
                for each in self.processes
            ],
            "cron_jobs": [
                {"name": job.name, "schedule": job.schedule, "command": job.command} for job in one.site.plan.jobs
            ],
            "releases": [release_data(one.site, each) for each in one.history[:RELEASES]],
        }


def statuses(answers: Answers, request: Request, state: State, log: Log) -> list[Status]:
    """Every chosen platform. Raises Failure where one cannot be asked."""
    return [_status(one) for one in views(answers, request, state, log)]


def _status(one: View) -> Status:
    found = Status(one)
    if not one.is_there or not one.history:
        return found
    module, site = one.module, one.site
    with report_unexpected_output(one.title):
        found.processes = list(module.processes(site)) if hasattr(module, "processes") else []
        if one.online is None:
            return found
        with contextlib.suppress(Failure):  # the rest does not need it
            found.address = str(module.address(site))
        found.closed = str(module.closed(site))
    if found.address:
        found.health = check_pages(found.address)
    return found


def totals(found: Sequence[Status]) -> dict[str, float]:
    """The monthly costs of all platforms together, by currency."""
    sums: dict[str, float] = {}
    for one in found:
        sums[one.view.currency] = round(sums.get(one.view.currency, 0) + one.view.costs, 2)
    return sums


def describe_totals(sums: Mapping[str, float]) -> str:
    """The total of several platforms in a sentence; empty if nothing costs anything."""
    told = [money(amount, currency) for currency, amount in sums.items() if amount]
    return f"All platforms together cost {' and '.join(told)} a month." if told else ""


@dataclass(frozen=True)
class History:
    """The releases of a site on one platform, newest first."""

    name: str
    site: Site
    releases: list[Release]

    def lines(self) -> list[str]:
        title, name = self.site.cli.tool.title, self.site.title
        if not self.releases:
            return ["", f"{title}: {name} has no releases yet."]
        return ["", f"{title}: releases of {name}, the newest first", "", *release_lines(self.site, self.releases)]

    def data(self) -> dict[str, Any]:
        return {
            "platform": self.name,
            "title": self.site.cli.tool.title,
            "app": self.site.name,
            "environment": self.site.request.environment,
            "releases": [release_data(self.site, one) for one in self.releases],
        }


def histories(answers: Answers, request: Request, state: State, log: Log, most: int) -> list[History]:
    """The newest releases on every chosen platform, at most `most` each. Raises Failure if a platform cannot list them."""
    found = []
    for name in answers.texts("deploy_platforms"):
        module, site = site_on(name, answers, request, state, log)
        if not hasattr(module, "history"):
            raise Failure(
                f"This cannot list releases on {site.cli.tool.title}: see its own console.",
                anchor="platform-without-verb",
            )
        found.append(History(name, site, list_releases(module, site)[:most]))
    return found


def _release(site: Site, release: Release) -> str:
    found = find_commit(site, release)
    of = f" of {found.online[:8]}" if found.online else ""
    return f"{release.version}{of}{f': {found.subject}' if found.subject else ''}"


def _process(process: Process) -> str:
    since = f" since {format_time(process.since)}" if process.since else ""
    return f"{process.name} {process.state}{since}{f': {process.hint}' if process.hint else ''}"


def release_lines(site: Site, releases: Sequence[Release]) -> list[str]:
    """Two lines for each release: time, author and state; then the commit and its subject."""
    lines = []
    for release in releases:
        state = "online" if release.online else "" if release.state == "succeeded" else release.state
        first = "  ".join(filter(None, (release.version, format_time(release.at), release.by, state)))
        found = find_commit(site, release)
        subject = found.subject if found.here else f"{release.what} (this clone does not have the commit)"
        what = f"{found.online[:8]} {subject}" if found.online and release.code else release.what
        lines += wrapped(scrubbed(first), indent="  ", hanging="      ")
        lines += wrapped(scrubbed(what), indent="      ", hanging="      ") if what else []
    return lines


def _rows(rows: Sequence[tuple[str, str]]) -> list[str]:
    """Two columns; long text wraps in its column."""
    width = max((len(name) for name, _ in rows), default=0)
    lines = []
    for name, text in rows:
        beside = " " * (width + 4)
        for number, part in enumerate(scrubbed(text).split("\n")):
            left = f"  {name:<{width}}  " if number == 0 else beside
            lines += wrapped(part, COLUMNS, left, beside) or [left.rstrip()]
    return lines
