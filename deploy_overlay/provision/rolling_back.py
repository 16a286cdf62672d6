"""`rollback`: the code of an older release is put online again; the database, variables and files stay as they are today.

What it goes back to is asked of the platform alone, so that every clone and every repetition means the same release. A run
that was ended in between leaves a note, by which the next one ends what was begun instead of going back further.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

from ..adapter import history as past
from ..adapter.cli import report_unexpected_output
from ..adapter.history import Release, Rollback
from ..adapter.record import Record
from ..adapter.request import Request
from ..adapter.site import Site
from ..adapter.steps import Step
from ..base import git
from ..base.answers import Answers
from ..base.log import Log
from ..base.message import Failure, first_of, fitted, wrapped
from ..base.progress import tell
from ..base.run_hook import shown
from ..base.scrub import scrubbed
from ..base.state import State
from . import migrations
from .commits import subject_of
from .engine import Observations, Progress, carry_out, observe_steps, wait_for_interrupted_run
from .health import UNWELL, look_at_site
from .migrations import Migration
from .others import history, moment
from .runs import again, ask_once, listed, on_each_platform, show
from .sites import site_on
from .table import command_lines, told
from .variables import check_there

NOTE = "rollback"  # in the record: from which release to which a run began to go
SHOWN = 12  # migrations in the plan
OFFERED = 8  # releases in a message


@dataclass
class Way:
    """A rollback of one site: from where to where, by which steps, and what of the database it meets."""

    name: str  # of the platform
    module: ModuleType
    site: Site
    now: Release
    back: Release
    how: Rollback
    migrations: list[Migration] | None  # None where this clone does not have the commits
    packages: list[str]  # dependency files that differ between the two
    observations: Observations = field(default_factory=Observations)

    @property
    def to_do(self) -> list[Step]:
        return [step for step in self.how.steps if not self.observations.by_step[step.name].done]

    def plan(self) -> list[str]:
        site, title = self.site, self.site.cli.tool.title
        lines = ["", f"{title}: plan to roll back {site.title}, logged in as {site.cli.account}", ""]
        lines += _told("online now", self.now, site) + _told("comes back", self.back, site)
        lines += ["", *(line for step in self.how.steps for line in self._step(step)), ""]
        paragraphs = [*self._database(), *self.how.notes, "Variables and uploaded files stay as they are."]
        return [*lines, *(line for text in paragraphs for line in wrapped(text)), ""]

    def _step(self, step: Step) -> list[str]:
        seen = self.observations.by_step[step.name]
        known = f": {told(step, seen) or 'there'}" if seen.done or seen.pending or seen.failed else ""
        commands = [] if seen.done or seen.pending else command_lines(step, self.site.cli.name)
        return [f"  {step.what}{known}", *(f"      {line}" for line in commands)]

    def _database(self) -> list[str]:
        """Paragraphs on what older code meets there."""
        if self.migrations is None:
            commits = " and ".join(one.commit[:8] or "an unknown commit" for one in (self.back, self.now))
            return [
                f"The database is not rolled back. This clone does not have {commits}, so it cannot say which migrations "
                "stay applied."
            ]
        packages = ""
        if self.packages:
            packages = f" Migrations of packages are not checked, and {first_of(self.packages, 3)} changed."
        if not self.migrations:
            return [f"The project has no migrations between the two, so the database fits the older code.{packages}"]
        count = "1 migration" if len(self.migrations) == 1 else f"{len(self.migrations)} migrations"
        lines = [
            f"The database is not rolled back: {count} of newer code stay applied. The older code's `migrate` runs too, and "
            f"changes nothing.{packages}"
        ]
        for one in self.migrations[:SHOWN]:
            lines += [
                f"  {one.path}",
                *(line for risk in one.risks for line in wrapped(risk, indent="      ", hanging="      ")),
            ]
        more = len(self.migrations) - SHOWN
        return [*lines, *([f"  and {more} more"] if more > 0 else [])]

    def data(self) -> dict[str, Any]:
        """For machines."""
        found = self.migrations
        return {
            "platform": self.name,
            "app": self.site.name,
            "environment": self.site.request.environment,
            "online": _data(self.now),
            "back": _data(self.back),
            "migrations": found if found is None else [{"path": one.path, "risks": [*one.risks]} for one in found],
            "notes": [*self.how.notes],
        }


def offered(name: str, module: ModuleType, site: Site, failure: Failure, log: Log, progress: Progress) -> Failure:
    """What a failed deployment ends with: at a terminal a rollback is offered, elsewhere the command for it is told.

    Where there is nothing to go back to, or the platform cannot be asked now, it is the failure itself.
    """
    try:
        way = way_back(name, module, site)
    except Failure as trouble:
        log.write(f"no rollback is offered: {trouble}")
        return failure
    told = f"{failure}\nTo go back to {_named(way.back)}: `{line(name, site)}`."
    if not site.request.terminal or site.request.yes:
        return Failure(told, anchor=failure.anchor)
    print(scrubbed(fitted(f"deploy-overlay: {failure}")), file=sys.stderr, flush=True)
    show(way.plan())
    if not site.prompts.offer(f"Roll back {site.title} to {_named(way.back)}?"):
        return Failure(told, anchor=failure.anchor)
    address, _ = carried_out(way, progress, log, agreed=True)
    return Failure(
        f"{failure}\n{site.title} was rolled back: {address} has {_named(way.back)} again.", anchor=failure.anchor
    )


def line(name: str, site: Site) -> str:
    """The command that rolls this site back; it names the platform where the project is on several."""
    platform = ["--platform", name] if len(site.answers.texts("deploy_platforms")) > 1 else []
    return again(site.answers, site.request, "rollback", *platform)


def roll_back(
    answers: Answers, request: Request, to: str, state: State, log: Log, *, machine: bool = False
) -> tuple[int, list[dict[str, Any]], Failure | None]:
    """Each platform of the answers; the exit status, and for a `machine` what was done there and why it ended.

    Raises Failure for a release that cannot be meant on several platforms.
    """
    names = answers.texts("deploy_platforms")
    if to and len(names) > 1 and not _commit(answers, to):
        one = again(answers, request, "rollback", "--platform", names[0], "--to", to)
        raise Failure(
            f"Each platform numbers its own releases: name one platform, as in `{one}`.", anchor="several-platforms"
        )
    done: list[dict[str, Any]] = []
    failures: list[Failure] = []

    def work(name: str, progress: Progress) -> None:
        progress.begun = False
        try:
            module, site = site_on(name, answers, request, state, log)
            done.append(_one(name, module, site, to, log, progress, machine=machine))
        except Failure as failure:
            failures.append(failure)
            raise

    more = ["--to", to] if to else []
    same = again(answers, request, "rollback", *more)
    status = on_each_platform(names, work, answers, log, done="rolled back", again=same)
    return status, done, failures[-1] if failures else None


def _one(
    name: str, module: ModuleType, site: Site, to: str, log: Log, progress: Progress, *, machine: bool
) -> dict[str, Any]:
    wait_for_interrupted_run(site.record)
    tell(f"looking at {site.cli.tool.title} ...")
    way = way_back(name, module, site, to)
    if not machine:
        show(way.plan())
    address, closed = carried_out(way, progress, log)
    if not machine:
        show(_ended(way, address, closed, progress, log))
    return {**way.data(), "address": address, "answers": not closed}


def way_back(name: str, module: ModuleType, site: Site, to: str = "") -> Way:
    """What a rollback would do; nothing is changed. Raises Failure where there is nothing to go back to."""
    title = site.cli.tool.title
    if not hasattr(module, "rollback"):
        raise Failure(
            f"{title} cannot roll back: check out an older commit and {_deploy(site)}",
            anchor="no-rollback",
        )
    check_there(module, site)
    releases = history(module, site)
    now = online_now(module, releases)
    if now is None:
        raise Failure(
            f"No release of {site.title} on {title} has succeeded yet: {_deploy(site)}", anchor="no-release-before"
        )
    back = _found(releases, to, site) if to else _begun(releases, site.record) or past.before(releases, now)
    if back is None:
        raise Failure(
            f"{site.title} on {title} has no release that is older than {_named(now)}. Fix the code and {_deploy(site)}",
            anchor="no-release-before",
        )
    under_way = past.running(releases)
    if under_way is not None and not past.same_code(under_way, back):
        raise Failure(
            f"A deployment of {site.title} on {title} is in progress ({_named(under_way)}): wait until it has ended, then "
            "run this again.",
            anchor="still-at-work",
        )
    with report_unexpected_output(title):
        how: Rollback = module.rollback(site, now, back)
    found, packages = _between(site, releases, back)
    return Way(name, module, site, now, back, how, found, packages, observe_steps(how.steps))


def carried_out(way: Way, progress: Progress, log: Log, *, agreed: bool = False) -> tuple[str, str]:
    """Asks once, unless it is `agreed`, puts the older code online and looks at the site, as `look_at_site` does."""
    site = way.site
    progress.left = way.to_do
    if way.to_do and not agreed:
        ask_once(site.prompts, f"Roll back {site.title} to {_named(way.back)}?", "Nothing was rolled back")
    progress.begun = True
    site.record.choose(NOTE, f"{way.now.version} {way.back.version}")
    carry_out(way.how.steps, site.cli, site.record, log, progress, way.observations)
    try:
        found = look_at_site(way.module, site)
    except Failure as failure:
        # A platform that could not be asked is asked again by the next run; what is unwell may be gone back from.
        if failure.anchor in UNWELL:
            site.record.choose(NOTE, "")
        raise
    site.record.choose(NOTE, "")
    return found


def online_now(module: ModuleType, releases: Sequence[Release]) -> Release | None:
    """The release to go back from: one that failed too, where the platform does not take its code back."""
    ended = (one for one in releases if one.code and one.state in ("succeeded", "failed"))
    newest = next(ended, None)
    if newest is not None and newest.state == "failed" and failed_stays(module):
        return newest
    found = past.online(releases)
    return found if found and (found.commit or found.artefact) else None  # before the first build there is no code


def failed_stays(module: ModuleType) -> bool:
    """Whether the code of a release that failed may be online on the platform."""
    return bool(getattr(module, "FAILED_STAYS", False))


def _begun(releases: Sequence[Release], record: Record) -> Release | None:
    """Where an earlier run of this clone began to go, unless something else has been released since."""
    since, _, wanted = record.chosen(NOTE).partition(" ")
    back = next((one for one in releases if one.version == wanted), None)
    if back is None:
        return None
    numbers = [number for number, one in enumerate(releases) if one.version == since]
    newer = [one for one in releases[: numbers[0]] if one.code] if numbers else []
    return back if numbers and all(past.same_code(one, back) for one in newer) else None


def _found(releases: Sequence[Release], to: str, site: Site) -> Release:
    """The release that `--to` names: as the platform numbers it, or the newest that succeeded of a commit."""
    number = next(
        (one for one in releases if to.lower() in (one.version.lower(), one.version.lower().removeprefix("v"))), None
    )
    if number is not None and number.state == "succeeded":
        return number
    wanted = _commit(site.answers, to) or to.lower()
    succeeded = [one for one in releases if one.state == "succeeded" and one.commit]
    found = next((one for one in succeeded if len(wanted) >= 4 and _same(one.commit, wanted)), None)
    if found is not None and number is None:
        return found
    why = f"The release {to} of {site.title} did not succeed" if number else f"{site.title} has no release {to}"
    offered = [_named(one) for one in releases if one.code and one.state == "succeeded"]
    choose = f"choose one of {first_of(offered, OFFERED)}" if offered else _deploy(site)
    raise Failure(f"{why}: {choose}.", anchor="no-such-release")


def _same(one: str, other: str) -> bool:
    return one.startswith(other) or other.startswith(one)


def _commit(answers: Answers, text: str) -> str:
    """The hash of what git calls a commit here; empty where it knows none, and for what looks like a release's number."""
    if re.fullmatch(r"v?\d{1,5}", text.lower()) or text.startswith("-"):
        return ""
    return git.text(answers.root, "rev-parse", "--verify", "--quiet", f"{text}^{{commit}}")


def _between(site: Site, releases: Sequence[Release], back: Release) -> tuple[list[Migration] | None, list[str]]:
    """Migrations that a release after this one may have run, and dependency files that differ from the newest one's."""
    newer = releases[: next(number for number, one in enumerate(releases) if one is back)]
    commits = dict.fromkeys(one.commit for one in newer if one.code and not past.same_code(one, back))
    found: dict[str, Migration] = {}
    for commit in commits:
        lying = migrations.between(site.root, back.commit, commit) if back.commit and commit else None
        if lying is None:
            return None, []
        found |= {one.path: one for one in lying if one.path not in found}
    files = site.answers.texts("django_dependency_files")
    packages = migrations.changed(site.root, back.commit, next(iter(commits)), files) if commits else []
    return [found[path] for path in sorted(found)], packages


def _told(what: str, release: Release, site: Site) -> list[str]:
    """Two lines on a release: its commit with the first line of its message, and its number, time and author."""
    subject = subject_of(site, release.commit) if release.commit else ""
    about = ", ".join(filter(None, (release.version, moment(release.at), release.by)))
    failed = ", which failed" if release.state == "failed" else ""
    head = f"commit {release.commit[:8]}{failed}" if release.commit else f"an unknown commit{failed}"
    return [f"  {what}  {head}{f'  {subject[:50]}' if subject else ''}", f"  {'':{len(what)}}  {about}"]


def _named(release: Release) -> str:
    return f"{release.version} ({release.commit[:8]})" if release.commit else release.version


def _data(release: Release) -> dict[str, str]:
    return {
        "version": release.version,
        "commit": release.commit,
        "state": release.state,
        "at": release.at,
        "by": release.by,
    }


def _deploy(site: Site) -> str:
    return f"`{again(site.answers, site.request, 'deploy')}`."


def _ended(way: Way, address: str, closed: str, progress: Progress, log: Log) -> list[str]:
    site = way.site
    what = f"is released, but {address} was not checked" if closed else f"is online at {address}"
    of = f"commit {way.back.commit[:8]}" if way.back.commit else f"the code of {way.back.version}"
    lines = ["", f"deploy-overlay: {site.title} {what}, with {of} again", ""]
    lines += [closed, ""] if closed else []
    lines += [
        *listed(progress),
        "",
        "To deploy the current commit",
        f"  {again(site.answers, site.request, 'deploy')}",
    ]
    return [*lines, "", f"Log: {shown(log.path, site.root)}"]
