"""`rollback`: puts the code of an older release online again. The database, variables and files stay as they are.

Only the platform's history decides which release that is, so every clone and every repetition chooses the same one. An
interrupted run leaves a note, so that the next run finishes it instead of going back further.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

from ..adapter import history
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
from .concurrent_deployments import format_time, list_releases
from .engine import Observations, Progress, carry_out, observe_steps, wait_for_interrupted_run
from .health import UNWELL, check_site
from .migrations import Migration
from .runs import ask_once, on_each_platform, progress_lines, show, verb_command
from .sites import site_on
from .table import command_lines, describe_step
from .variables import check_there

NOTE = "rollback"  # in the record: the two releases of a rollback that has not ended
SHOWN = 12  # migrations in the plan
OFFERED = 8  # releases in a message


@dataclass
class RollbackPlan:
    """A rollback of one site: the two releases, the steps between them, and the migrations that stay applied."""

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

    def lines(self) -> list[str]:
        site, title = self.site, self.site.cli.tool.title
        lines = ["", f"{title}: plan to roll back {site.title}, logged in as {site.cli.account}", ""]
        lines += _describe("online now", self.now, site) + _describe("comes back", self.back, site)
        lines += ["", *(line for step in self.how.steps for line in self._step(step)), ""]
        paragraphs = [*self._database(), *self.how.notes, "Variables and uploaded files stay as they are."]
        return [*lines, *(line for text in paragraphs for line in wrapped(text)), ""]

    def _step(self, step: Step) -> list[str]:
        seen = self.observations.by_step[step.name]
        known = f": {describe_step(step, seen) or 'there'}" if seen.done or seen.pending or seen.failed else ""
        commands = [] if seen.done or seen.pending else command_lines(step, self.site.cli.name)
        return [f"  {step.what}{known}", *(f"      {line}" for line in commands)]

    def _database(self) -> list[str]:
        """Paragraphs on the database that the older code will use."""
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
        count = "1 migration stays" if len(self.migrations) == 1 else f"{len(self.migrations)} migrations stay"
        lines = [
            f"The database is not rolled back: {count} applied. The older code's `migrate` runs too, and "
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


def offer(name: str, module: ModuleType, site: Site, failure: Failure, log: Log, progress: Progress) -> Failure:
    """Offer a rollback after a failed deployment; without a terminal, name its command. The Failure to end with.

    It is unchanged if there is nothing to go back to, or the platform cannot be asked now.
    """
    try:
        planned = plan_rollback(name, module, site)
    except Failure as trouble:
        log.write(f"no rollback is offered: {trouble}")
        return failure
    describe_step = f"{failure}\nTo go back to {_named(planned.back)}: `{command_for(name, site)}`."
    if not site.request.terminal or site.request.yes:
        return Failure(describe_step, anchor=failure.anchor)
    print(scrubbed(fitted(f"deploy-overlay: {failure}")), file=sys.stderr, flush=True)
    show(planned.lines())
    if not site.prompts.offer(f"Roll back {site.title} to {_named(planned.back)}?", done=True):
        return Failure(describe_step, anchor=failure.anchor)
    address, _ = execute(planned, progress, log, agreed=True)
    return Failure(
        f"{failure}\n{site.title} was rolled back: {address} has {_named(planned.back)} again.", anchor=failure.anchor
    )


def command_for(name: str, site: Site) -> str:
    """The command that rolls this site back; it names the platform if the project has several."""
    platform = ["--platform", name] if len(site.answers.texts("deploy_platforms")) > 1 else []
    return verb_command(site.answers, site.request, "rollback", *platform)


def roll_back(
    answers: Answers, request: Request, to: str, state: State, log: Log, *, machine: bool = False
) -> tuple[int, list[dict[str, Any]], Failure | None]:
    """Roll back on each platform of the answers. The exit status, and for a `machine` what was done and why it ended.

    Raises Failure for a release that cannot be meant on several platforms.
    """
    names = answers.texts("deploy_platforms")
    if to and len(names) > 1 and not _commit(answers, to):
        one = verb_command(answers, request, "rollback", "--platform", names[0], "--to", to)
        raise Failure(
            f"Each platform numbers its own releases: name one platform, as in `{one}`.", anchor="several-platforms"
        )
    done: list[dict[str, Any]] = []
    failures: list[Failure] = []

    def work(name: str, progress: Progress) -> None:
        progress.begun = False
        try:
            module, site = site_on(name, answers, request, state, log)
            done.append(_roll_back_on(name, module, site, to, log, progress, machine=machine))
        except Failure as failure:
            failures.append(failure)
            raise

    more = ["--to", to] if to else []
    same = verb_command(answers, request, "rollback", *more)
    status = on_each_platform(names, work, answers, log, done="rolled back", continue_with=same)
    return status, done, failures[-1] if failures else None


def _roll_back_on(
    name: str, module: ModuleType, site: Site, to: str, log: Log, progress: Progress, *, machine: bool
) -> dict[str, Any]:
    wait_for_interrupted_run(site.record)
    tell(f"looking at {site.cli.tool.title} ...")
    planned = plan_rollback(name, module, site, to)
    if not machine:
        show(planned.lines())
    address, closed = execute(planned, progress, log)
    if not machine:
        show(_summary(planned, address, closed, progress, log))
    return {**planned.data(), "address": address, "answers": not closed}


def plan_rollback(name: str, module: ModuleType, site: Site, to: str = "") -> RollbackPlan:
    """The plan of a rollback; nothing is changed. Raises Failure if there is nothing to go back to."""
    title = site.cli.tool.title
    if not hasattr(module, "rollback"):
        raise Failure(
            f"{title} cannot roll back: check out an older commit and {_deploy(site)}",
            anchor="no-rollback",
        )
    check_there(module, site)
    releases = list_releases(module, site)
    since, target = (None, None) if to else _interrupted(releases, site.record)
    now = release_to_replace(module, releases) or since
    if now is None:
        raise Failure(
            f"No release of {site.title} on {title} has succeeded yet: {_deploy(site)}", anchor="no-release-before"
        )
    back = _choose_release(releases, to, site) if to else target or history.before(releases, now)
    if back is None:
        raise Failure(
            f"{site.title} on {title} has no release that is older than {_named(now)}. Fix the code and {_deploy(site)}",
            anchor="no-release-before",
        )
    under_way = history.running(releases)
    if under_way is not None and not history.same_code(under_way, back):
        raise Failure(
            f"A deployment of {site.title} on {title} is in progress ({_named(under_way)}): wait until it has ended, then "
            "run this again.",
            anchor="still-at-work",
        )
    with report_unexpected_output(title):
        how: Rollback = module.rollback(site, now, back)
    found, packages = _changes_between(site, releases, back)
    return RollbackPlan(name, module, site, now, back, how, found, packages, observe_steps(how.steps))


def execute(planned: RollbackPlan, progress: Progress, log: Log, *, agreed: bool = False) -> tuple[str, str]:
    """Ask once, unless it is `agreed`, put the older code online and check the site. Returns what `check_site` does."""
    site = planned.site
    progress.left = planned.to_do
    if planned.to_do and not agreed:
        ask_once(site.prompts, f"Roll back {site.title} to {_named(planned.back)}?", "Nothing was rolled back")
    progress.begun = True
    site.record.choose(NOTE, " ".join(filter(None, (planned.now.version, planned.back.version, planned.back.commit))))
    carry_out(planned.how.steps, site.cli, site.record, log, progress, planned.observations)
    try:
        found = check_site(planned.module, site)
    except Failure as failure:
        # A platform that could not be asked is asked again by the next run; what is unwell may be gone back from.
        if failure.anchor in UNWELL:
            site.record.choose(NOTE, "")
        raise
    site.record.choose(NOTE, "")
    return found


def release_to_replace(module: ModuleType, releases: Sequence[Release]) -> Release | None:
    """The release to go back from. It may be a failed one if the platform leaves its code online."""
    ended = (one for one in releases if one.code and one.state in ("succeeded", "failed"))
    newest = next(ended, None)
    if newest is not None and newest.state == "failed" and failed_stays(module):
        return newest
    found = history.online(releases)
    return found if found and (found.commit or found.artefact) else None  # before the first build there is no code


def failed_stays(module: ModuleType) -> bool:
    """Whether the code of a failed release may be online on the platform."""
    return bool(getattr(module, "FAILED_STAYS", False))


def _interrupted(releases: Sequence[Release], record: Record) -> tuple[Release, Release] | tuple[None, None]:
    """What an interrupted rollback of this clone replaces, and its target, unless something else has been released since."""
    since, wanted, commit, *_ = [*record.chosen(NOTE).split(" "), "", "", ""]
    # A platform may number code anew that comes back.
    alike = (one for one in releases if one.version != since and commit and one.commit == commit)
    back = next((one for one in releases if one.version == wanted), None) or next(alike, None)
    number = next((number for number, one in enumerate(releases) if one.version == since), None)
    if back is None or number is None:
        return None, None
    newer = [one for one in releases[:number] if one.code]
    return (releases[number], back) if all(history.same_code(one, back) for one in newer) else (None, None)


def _choose_release(releases: Sequence[Release], to: str, site: Site) -> Release:
    """The release that `--to` names: by the platform's number, or the newest successful one of a commit."""
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
    candidates = [_named(one) for one in releases if one.code and one.state == "succeeded"]
    choose = f"choose one of {first_of(candidates, OFFERED)}" if candidates else _deploy(site)
    raise Failure(f"{why}: {choose}.", anchor="no-such-release")


def _same(one: str, other: str) -> bool:
    return one.startswith(other) or other.startswith(one)


def _commit(answers: Answers, text: str) -> str:
    """The hash of a commit that git knows; empty for anything else, and for what looks like a release's number."""
    if re.fullmatch(r"v?\d{1,5}", text.lower()) or text.startswith("-"):
        return ""
    return git.text(answers.root, "rev-parse", "--verify", "--quiet", f"{text}^{{commit}}")


def _changes_between(
    site: Site, releases: Sequence[Release], back: Release
) -> tuple[list[Migration] | None, list[str]]:
    """Migrations that a release after `back` may have run, and dependency files that have changed since."""
    newer = releases[: next(number for number, one in enumerate(releases) if one is back)]
    commits = dict.fromkeys(one.commit for one in newer if one.code and not history.same_code(one, back))
    found: dict[str, Migration] = {}
    for commit in commits:
        lying = migrations.between(site.root, back.commit, commit) if back.commit and commit else None
        if lying is None:
            return None, []
        found |= {one.path: one for one in lying if one.path not in found}
    files = site.answers.texts("django_dependency_files")
    packages = migrations.changed(site.root, back.commit, next(iter(commits)), files) if commits else []
    return [found[path] for path in sorted(found)], packages


def _describe(what: str, release: Release, site: Site) -> list[str]:
    """Two lines on a release: its commit and subject, then its number, time and author."""
    subject = subject_of(site, release.commit) if release.commit else ""
    about = ", ".join(filter(None, (release.version, format_time(release.at), release.by)))
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
    return f"`{verb_command(site.answers, site.request, 'deploy')}`."


def _summary(planned: RollbackPlan, address: str, closed: str, progress: Progress, log: Log) -> list[str]:
    site = planned.site
    what = f"is released, but {address} was not checked" if closed else f"is online at {address}"
    of = f"commit {planned.back.commit[:8]}" if planned.back.commit else f"the code of {planned.back.version}"
    lines = ["", f"deploy-overlay: {site.title} {what}, with {of} again", ""]
    lines += [closed, ""] if closed else []
    lines += [
        *progress_lines(progress),
        "",
        "To deploy the current commit",
        f"  {verb_command(site.answers, site.request, 'deploy')}",
    ]
    return [*lines, "", f"Log: {shown(log.path, site.root)}"]
