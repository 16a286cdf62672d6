"""Looks at a platform without changing anything: what is there, what a deployment would do, and what that costs."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

from ..adapter.cli import understood
from ..adapter.request import PRODUCTION, Request
from ..adapter.site import Site
from ..adapter.steps import Seen, Step
from ..base.answers import Answers
from ..base.log import Log
from ..base.message import Failure
from ..base.scrub import scrubbed
from ..base.state import State
from ..plan.prices import money
from ..platforms import platforms
from .engine import Looks, looked_at
from .runs import again
from .sites import site_on
from .table import command_lines, cost, differences, state, table, there, total


@dataclass
class View:
    """A platform as it was seen. `problem` is what would end a deployment before it begins."""

    name: str
    module: ModuleType
    site: Site
    steps: list[Step]
    releases: list[Step]
    looks: Looks
    problem: Failure | None = None
    later: list[Step] = field(default_factory=list)  # what the verb does after the release
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
    def backups(self) -> str:
        """What is done for the site's data without its owner."""
        if self.site.request.environment == PRODUCTION:
            return self.site.plan.backups.words
        line = again(self.site.answers, self.site.request, "backup")
        return f"only production is backed up; `{line}` makes one."

    @property
    def new(self) -> list[Step]:
        """What costs money or holds data, and is not there yet."""
        known = there(self.every, self.looks.seen)
        return [step for step in self.every if step.name not in known and (step.cost or step.undo)]

    def create_nothing(self) -> None:
        """Leave out the steps that would, such as a schedule of backups that the owner may have ended."""
        self.steps = [step for step in self.steps if self.is_done(step) or not step.creates]
        self.every = [*self.steps, *self.releases]

    def is_done(self, step: Step) -> bool:
        return step.name in self.looks.seen and self.looks.seen[step.name].done

    def plan(self) -> list[str]:
        """The lines of the plan, with prices and commands."""
        seen = self.looks.seen
        of = f" of {commit_and_branch(self.site)}" if self.releases else ""
        lines = ["", f"{self.title}: the plan for {self.site.title}{of}, signed in as {self.site.cli.account}", ""]
        lines += table(self.every, seen, self.site.cli.name, self.currency)
        lines += differences(self.title, self.every, seen)
        lines += total(self.every, seen, self.currency, self.site.plan.prices_seen, self.site.plan.prices_caveat)
        lines += [f"Backups: {self.backups}"] if self.backups else []
        return [*lines, ""]

    def status(self) -> list[str]:
        """What is there, without the commands that would bring the rest."""
        seen = self.looks.seen
        lines = ["", f"{self.title}: {self.site.title}, signed in as {self.site.cli.account}", ""]
        lines += table(self.every, seen, self.site.cli.name, self.currency, commands=False)
        lines += differences(self.title, self.every, seen)
        now = sum(cost(step, seen) for step in self.every if self.is_done(step))
        lines += (
            ["", f"It costs {money(now, self.currency)} a month (prices of {self.site.plan.prices_seen})."]
            if now
            else []
        )
        return [*lines, ""]

    def data(self) -> dict[str, Any]:
        """The same for machines. `state`: there, coming, missing, or unknown where something before it is missing."""
        seen = self.looks.seen
        return {
            "platform": self.name,
            "title": self.title,
            "app": self.site.name,
            "environment": self.site.request.environment,
            "account": self.site.cli.account,
            "currency": self.currency,
            "prices_seen": self.site.plan.prices_seen,
            "backups": self.backups,
            "problem": scrubbed(str(self.problem)) if self.problem else "",
            "steps": [self._step(step, seen.get(step.name)) for step in self.every],
        }

    def _step(self, step: Step, seen: Seen | None) -> dict[str, Any]:
        done = seen is not None and seen.done
        words = "unknown" if seen is None else "there" if done else "coming" if seen.coming else "missing"
        return {
            "name": step.name,
            "what": step.what,
            "release": step in self.releases,
            "state": words,
            "text": scrubbed(state(step, seen)),
            "differs": scrubbed(seen.differs) if seen else "",
            "monthly_cost": cost(step, self.looks.seen),
            "commands": []
            if done or self.problem
            else [scrubbed(line) for line in command_lines(step, self.site.cli.name)],
        }


def view(
    name: str, module: ModuleType, site: Site, *, releases: bool, more: Sequence[Step] = (), later: Sequence[Step] = ()
) -> View:
    """A platform as it is now; with `releases` what a deployment does too. Raises Failure where a step cannot be done.

    A verb's own steps are `more`, before the release, and `later`, after it.
    """
    found = _asked(name, module, site, releases=releases)
    found = View(name, module, site, [*found.steps, *more], found.releases, Looks(), later=list(later))
    found.looks = looked_at(found.every)
    return found


def views(answers: Answers, request: Request, state: State, log: Log) -> list[View]:
    """Every chosen platform; what would end a deployment is told in the view of its platform.

    Raises Failure where a platform cannot be asked.
    """
    answers = answers._replace(values={**answers.values, **request.answers})
    request = dataclasses.replace(request, terminal=False)  # a look asks nothing
    found = []
    for name in answers.texts("deploy_platforms"):
        one = _asked(name, *site_on(name, answers, request, state, log), releases=True)
        one.looks, one.problem = _looked_at_each(one.every)
        found.append(one)
    return found


def _asked(name: str, module: ModuleType, site: Site, *, releases: bool) -> View:
    with understood(site.cli.tool.title):
        steps: list[Step] = list(module.steps(site))
        more: list[Step] = list(module.releases(site)) if releases else []
    return View(name, module, site, steps, more, Looks())


def _looked_at_each(steps: Sequence[Step]) -> tuple[Looks, Failure | None]:
    """What was seen until the first problem, and that problem."""
    looks = Looks()
    for number in range(1, len(steps) + 1):
        step = steps[number - 1]
        if any(not (name in looks.seen and looks.seen[name].done) for name in step.after):
            continue
        try:
            looks.seen |= looked_at([dataclasses.replace(step, after=())]).seen
        except Failure as failure:
            if failure.anchor not in REFUSALS:
                raise
            return looks, failure
    return looks, None


REFUSALS = ("platform-refused", "exists-already")  # anchors: the platform was asked, and a deployment would not begin


def commit_and_branch(site: Site) -> str:
    branch = site.git("branch", "--show-current")
    return f"commit {site.commit[:8]} of {f'the branch {branch}' if branch else 'no branch'}"
