"""Asks a platform, without changing anything: what exists, what a deployment would do, and what that costs."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Sequence
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

from ..adapter.cli import report_unexpected_output
from ..adapter.history import Release, online, running
from ..adapter.request import PRODUCTION, Request
from ..adapter.site import Site
from ..adapter.steps import Observation, Step
from ..base.answers import Answers
from ..base.log import Log
from ..base.message import Failure, counted, first_of, wrapped
from ..base.release import command
from ..base.scrub import scrubbed
from ..base.state import State
from ..plan.missing import missing
from ..plan.names import domains
from ..platforms import platforms
from .commit import uncommitted
from .commits import Comparison, compare_with_branch, find_commit
from .concurrent_deployments import describe, list_releases
from .engine import Observations, observe_steps
from .runs import verb_command
from .sites import site_on
from .table import LEGEND, command_lines, cost, counts, describe_step, differences, new_cost, sign, table, there, total

SHOWN = 3  # paths that are named


@dataclass
class View:
    """What a platform showed. `problem` is what would stop a deployment before it begins.

    `history` is what was released, and `others` are sentences on what differs that no step is about; both are empty where
    nobody asked for them.
    """

    name: str
    module: ModuleType
    site: Site
    steps: list[Step]
    releases: list[Step]
    observations: Observations
    problem: Failure | None = None
    history: list[Release] = field(default_factory=list)
    others: list[str] = field(default_factory=list)
    later: list[Step] = field(default_factory=list)  # steps of the verb after the release
    every: list[Step] = field(init=False)

    def __post_init__(self) -> None:
        self.every = [*self.steps, *self.releases, *self.later]

    @property
    def title(self) -> str:
        return self.site.cli.tool.title

    @property
    def currency(self) -> str:
        return platforms()[self.name].currency

    @property
    def to_do(self) -> list[Step]:
        """Steps before a release that are not done."""
        return [step for step in self.steps if not self.is_done(step)]

    @property
    def begins_by_hand(self) -> bool:
        """Whether only the owner can do the next step."""
        first = next(iter(self.to_do), None)
        seen = self.observations.by_step.get(first.name) if first else None
        return bool(first and first.by_hand and not (seen and seen.pending))

    @property
    def backups(self) -> str:
        """The automatic backups, in words."""
        if self.site.request.environment == PRODUCTION:
            return self.site.plan.backups.words
        line = verb_command(self.site.answers, self.site.request, "backup")
        return f"only production is backed up automatically; run `{line}`."

    @property
    def new(self) -> list[Step]:
        """Steps whose resource costs money or holds data, and does not exist yet."""
        known = there(self.every, self.observations.by_step)
        return [step for step in self.every if step.name not in known and (step.cost or step.undo)]

    def create_nothing(self) -> None:
        """Drop steps that would create something, such as a backup schedule that the owner removed."""
        self.steps = [step for step in self.steps if self.is_done(step) or not step.creates]
        self.every = [*self.steps, *self.releases]

    @property
    def is_there(self) -> bool:
        """Whether the site's app or project exists, which is the first step."""
        return self.is_done(self.steps[0])

    @property
    def online(self) -> Release | None:
        return online(self.history)

    @property
    def costs(self) -> float:
        """The monthly cost of what exists."""
        return sum(cost(step, self.observations.by_step) for step in self.every if self.is_done(step))

    def is_done(self, step: Step) -> bool:
        return step.name in self.observations.by_step and self.observations.by_step[step.name].done

    @functools.cached_property
    def compared(self) -> Comparison:
        """The online commit compared with the current branch."""
        return compare_with_branch(self.site, self.online)

    def plan(self) -> list[str]:
        """For people: the plan with prices and commands."""
        seen = self.observations.by_step
        lines = ["", f"{self.title}: plan for {self.site.title}, logged in as {self.site.cli.account}"]
        lines += self._plan_of_commit() if self.releases else []
        lines += ["", f"  {LEGEND}", ""]
        lines += table(self.every, seen, self.site.cli.name, self.currency)
        lines += differences(self.title, self.every, seen, self.others)
        lines += self._told()
        lines += ["", counts(self.every, seen)]
        lines += self._prices()
        lines += wrapped(f"Backups: {self.backups}") if self.backups else []
        return [*lines, ""]

    def _prices(self) -> list[str]:
        """The total, or how the platform is paid if no step has a price."""
        seen, declared = self.observations.by_step, platforms()[self.name]
        quoted = declared.quoted(self.site.answers.values) if declared.quoted else ""
        if quoted and not any(step.price or cost(step, seen) for step in self.every):
            return wrapped(f"Nothing is added to {quoted}.")
        return total(self.every, seen, self.currency, self.site.plan.prices_seen, self.site.plan.prices_caveat)[1:]

    def _told(self) -> list[str]:
        """What the platform itself says would change, if its adapter asks."""
        found: list[str] = self.module.preview(self.site) if hasattr(self.module, "preview") else []
        return ["", *(f"    {line}" for line in found)] if found else []

    def _plan_of_commit(self) -> list[str]:
        """Which commit is deployed, which commits come and go with it, and who else is deploying."""
        found, now = self.compared, self.online
        lines = wrapped(f"It deploys {commit_and_branch(self.site)}.")
        if found.here and found.waiting:
            more = f"with {counted(found.waiting, 'commit')} that {'is' if found.waiting == 1 else 'are'} not online"
            lines = wrapped(f"It deploys {commit_and_branch(self.site)}, {more}:")
            lines += waiting_commits(found)
        if now and found.online and (found.lacking or not found.here):
            by = f" by {now.by}" if now.by else ""
            lines += wrapped(
                f"It does not include {found.online[:8]}{by}, which is online, so deploying would undo that."
            )
        if other := running(self.history):
            lines += wrapped(f"There is {describe(other)}: deploying waits until it has ended.")
        if files := uncommitted(self.site.answers):
            named = first_of(files, SHOWN)
            lines += wrapped(f"Not committed yet (`deploy` asks whether to): {named}.")
        return lines

    def not_set(self) -> list[str]:
        """Names of variables that the site needs and its platform does not have."""
        return list(self.site.values.absent)

    def data(self) -> dict[str, Any]:
        """The same for machines. `state`: there, pending, missing, or unknown where something before it is missing."""
        seen, found, now = self.observations.by_step, self.compared, self.online
        other = running(self.history)
        return {
            "platform": self.name,
            "title": self.title,
            "app": self.site.name,
            "environment": self.site.request.environment,
            "account": self.site.cli.account,
            "currency": self.currency,
            "prices_seen": self.site.plan.prices_seen,
            "backups": self.backups,
            "monthly_cost": round(self.costs, 2),
            "new_monthly_cost": round(new_cost(self.every, seen), 2),
            "problem": scrubbed(str(self.problem)) if self.problem else "",
            "steps": [self._step(step, seen.get(step.name)) for step in self.every],
            "differs": [scrubbed(text) for text in self.others],
            "not_set": self.not_set(),
            "not_chosen": [text for text, _ in self.not_chosen()],
            "uncommitted": list(uncommitted(self.site.answers)),
            "online": {**release_data(self.site, now), **found.data()} if now else None,
            "under_way": release_data(self.site, other) if other else None,
        }

    def _step(self, step: Step, seen: Observation | None) -> dict[str, Any]:
        done = seen is not None and seen.done
        words = "unknown" if seen is None else "there" if done else "pending" if seen.pending else "missing"
        return {
            "name": step.name,
            "what": step.what,
            "release": step in self.releases,
            "state": words,
            "sign": sign(step, seen),
            "text": scrubbed(describe_step(step, seen)),
            "differs": scrubbed(seen.differs) if seen else "",
            "monthly_cost": cost(step, self.observations.by_step),
            "commands": []
            if done or self.problem
            else [scrubbed(line) for line in command_lines(step, self.site.cli.name)],
        }

    def not_chosen(self) -> list[tuple[str, str]]:
        """What the project has and the answers do not start or create: a sentence, and the command for it."""
        site = self.site
        found = missing(site.answers.values, platforms()[self.name])
        return [
            (
                f"{one.text}{f' ({one.price} more a month)' if one.price else ''}",
                command(site.answers.values, "set", one.option, answers_file=site.answers.answers_file)
                if one.option
                else "",
            )
            for one in found
        ]


def waiting_commits(found: Comparison) -> list[str]:
    """Lines on the commits that are not online, newest first."""
    lines = [f"    {one.line}" for one in found.newest]
    more = found.waiting - len(found.newest)
    return [*lines, f"    and {more} more"] if more else lines


def release_data(site: Site, release: Release) -> dict[str, Any]:
    """A release for machines."""
    found = find_commit(site, release)
    return {
        "version": release.version,
        "state": release.state,
        "commit": found.online,
        "subject": found.subject,
        "at": release.at,
        "by": release.by,
        "what": scrubbed(release.what),
        "code": release.code,
        "online": release.online,
    }


def view(
    name: str, module: ModuleType, site: Site, *, releases: bool, more: Sequence[Step] = (), later: Sequence[Step] = ()
) -> View:
    """Look at one platform; with `releases` also at the steps of a release. Raises Failure if a step cannot be done.

    A verb's own steps are `more`, before the release, and `later`, after it.
    """
    found = _build_view(name, module, site, releases=releases)
    found = View(name, module, site, [*found.steps, *more], found.releases, Observations(), later=list(later))
    found.observations = observe_steps(found.every)
    if releases and found.is_there:
        found.history = list_releases(module, site)
    return found


def views(answers: Answers, request: Request, state: State, log: Log) -> list[View]:
    """Look at every chosen platform. What would stop a deployment is the `problem` of its view.

    Raises Failure if a platform cannot be asked.
    """
    answers = answers.with_values(request.answers)
    request = dataclasses.replace(request, terminal=False)  # a look asks nothing
    found = []
    for name in answers.texts("deploy_platforms"):
        one = _build_view(name, *site_on(name, answers, request, state, log), releases=True)
        one.observations, one.problem = _observe_until_problem(one.every)
        if one.is_there:
            one.history = list_releases(one.module, one.site)
            one.others = _other_differences(one)
        found.append(one)
    return found


def _build_view(name: str, module: ModuleType, site: Site, *, releases: bool) -> View:
    with report_unexpected_output(site.cli.tool.title):
        steps: list[Step] = list(module.steps(site))
        more: list[Step] = list(module.releases(site)) if releases else []
    return View(name, module, site, steps, more, Observations())


def _observe_until_problem(steps: Sequence[Step]) -> tuple[Observations, Failure | None]:
    """The observations before the first problem, and that problem."""
    observations = Observations()
    for number in range(1, len(steps) + 1):
        step = steps[number - 1]
        if any(not (name in observations.by_step and observations.by_step[name].done) for name in step.after):
            continue
        try:
            observations.by_step |= observe_steps([dataclasses.replace(step, after=())]).by_step
        except Failure as failure:
            if failure.anchor not in REFUSALS:
                raise
            return observations, failure
    return observations, None


REFUSALS = ("platform-refused", "exists-already")  # anchors of problems that would stop a deployment before it begins


def _other_differences(one: View) -> list[str]:
    """Differences that no step covers: missing variables, domains, and what the platform's adapter finds."""
    site, module = one.site, one.module
    found = []
    if one.online and one.not_set():
        found.append(_missing_variables(one))
    if not one.history:
        return found
    with report_unexpected_output(one.title):
        found += list(module.differences(site)) if hasattr(module, "differences") else []
        there = list(module.domains(site)) if hasattr(module, "domains") else None
    return found if there is None else [*found, *_domains(one, there)]


def _missing_variables(one: View) -> str:
    site, names = one.site, one.not_set()
    text = f"The site needs {', '.join(names)}, which {one.title} does not have."
    if site.values.secret_key in names:
        text += f" Deploying creates a new {site.values.secret_key}, which logs everybody out."
    return text if names == [site.values.secret_key] else f"{text} {one.module.how_to_set_variables(site)}"


def _domains(one: View, there: Sequence[str]) -> list[str]:
    """Domains that are only in the answer, or only on the platform."""
    site = one.site
    wanted = domains(site.answers.values.get("deploy_domains")) if site.request.environment == PRODUCTION else []
    there = domains(list(there))
    add = dict(one.module.next_commands(site)).get("add a domain", "")
    lacking = [
        f"{name} is in deploy_domains and not on {one.title}: run `{add.replace('www.example.com', name)}`."
        for name in wanted
        if name not in there
    ]
    if site.request.environment != PRODUCTION:
        return lacking
    answer = f"deploy_domains={','.join([*wanted, *(name for name in there if name not in wanted)])}"
    line = command(site.answers.values, "set", answer, answers_file=site.answers.answers_file)
    return lacking + [
        f"{name} is on {one.title} and not in deploy_domains, so the site rejects its visitors unless DEPLOY_HOSTS has it: "
        f"run `{line}`."
        for name in there
        if name not in wanted
    ]


def commit_and_branch(site: Site) -> str:
    branch = site.git("branch", "--show-current")
    return f"commit {site.commit[:8]} of {f'the branch {branch}' if branch else 'no branch'}"
