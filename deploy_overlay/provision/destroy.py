"""Deletes a site from its platform: shows what is deleted and what stays, asks once, then does each step and checks it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from ..adapter.cli import report_unexpected_output
from ..adapter.request import PRODUCTION, Request, in_environment
from ..adapter.site import Site
from ..adapter.steps import Destruction, Leftover, Observation, Step
from ..base.answers import Answers
from ..base.log import Log
from ..base.message import Failure, wrapped
from ..base.progress import tell
from ..base.release import command
from ..base.run_hook import shown
from ..base.scrub import scrubbed
from ..base.state import State
from ..plan.names import domains
from ..plan.prices import money
from ..platforms import platforms, title
from .backups import backup, can_back_up
from .engine import Observations, Progress, carry_out, observe_steps, wait_for_interrupted_run
from .runs import on_each_platform, show, verb_command
from .sites import site_on
from .table import command_lines

WIDTH, PRICE = 80, 10  # columns
NOTHING = "Nothing was deleted"


@dataclass
class DestroyPlan:
    """A site on a platform, and the steps that delete it."""

    name: str  # of the platform
    module: ModuleType
    site: Site
    plan: Destruction
    observations: Observations
    keeps_data: bool = False

    @property
    def title(self) -> str:
        return self.site.cli.tool.title

    @property
    def app(self) -> str:
        return confirmation(self.site.answers, self.site.request)

    @property
    def to_do(self) -> list[Step]:
        return [step for step in self.plan.steps if not self._seen(step).done]

    @property
    def stays(self) -> list[Leftover]:
        found = [one for step in self.plan.steps for one in self._seen(step).leaves]
        return [*found, *self.plan.stays, *_external_leftovers(self.site)] if self.to_do or found else []

    @property
    def has_database(self) -> bool:
        """Whether a database would be lost that can be backed up."""
        lost = bool(self.to_do) and not self.keeps_data and self.site.database in ("postgres", "sqlite")
        return lost and can_back_up(self.module, self.site)

    def _seen(self, step: Step) -> Observation:
        return self.observations.by_step[step.name]

    def _cost(self, step: Step) -> float:
        seen = self._seen(step)
        return (seen.cost or 0) + sum(part.cost for part in seen.parts)

    def lines(self) -> list[str]:
        """For people: what is deleted and lost, what that costs, and what stays."""
        account = f", logged in as {self.site.cli.account}"
        if not self.to_do:
            lines = ["", f"{self.title}: nothing to delete for {self.app}{account}"]
        else:
            lines = ["", f"{self.title}: plan to delete {self.app}{account}", ""]
            lines += [f"{'  Deleted, in this order':<{WIDTH - PRICE}}{'a month':>{PRICE}}"]
            for number, step in enumerate(self.to_do, 1):
                lines += self._rows(number, step)
            lines += ["", *wrapped(self.plan.note)] if self.plan.note else []
        if self.stays:
            lines += ["", f"{'  Stays':<{WIDTH - PRICE}}{'a month':>{PRICE}}"]
            for left in self.stays:
                lines += self._row(f"{left.what}: {left.why}", left.cost, "  ", "    ")
                lines += [f"       {left.undo}"] if left.undo else []
        lines += self._total()
        if self.has_database:
            lines += [
                "",
                "To back up the database first:",
                f"    {verb_command(self.site.answers, self.site.request, 'backup')}",
            ]
        return [*lines, ""]

    def _rows(self, number: int, step: Step) -> Iterator[str]:
        seen = self._seen(step)
        between = ", " if seen.text.startswith("with ") else ": "
        text = f"{step.what}{between}{seen.text}" if seen.text else step.what
        yield from self._row(text, seen.cost or 0, f"  {number}  ", "     ")
        yield from wrapped(f"lost: {seen.loses}", WIDTH, "     ", "           ") if seen.loses else ()
        for part in seen.parts:
            yield from self._row(part.what, part.cost, "     ", "       ")
            yield from wrapped(f"lost: {part.loses}", WIDTH, "       ", "             ") if part.loses else ()
        for line in () if seen.pending else command_lines(step, self.site.cli.name):
            yield f"       {line}"

    def _row(self, text: str, cost: float, indent: str, hanging: str) -> list[str]:
        first, *rest = wrapped(text, WIDTH - PRICE, indent, hanging)
        price = money(cost, platforms()[self.name].currency) if cost else ""
        return [f"{first:<{WIDTH - PRICE}}{price:>{PRICE}}".rstrip(), *rest]

    def _total(self) -> list[str]:
        currency = platforms()[self.name].currency
        goes, stays = sum(map(self._cost, self.to_do)), sum(one.cost for one in self.stays)
        lines = [f"Deleting it saves {money(goes, currency)} a month."] if goes else []
        lines += [f"What stays keeps costing {money(stays, currency)} a month."] if stays else []
        return ["", *lines] if lines else []

    def data(self) -> dict[str, Any]:
        """The same for machines."""
        return {
            "platform": self.name,
            "title": self.title,
            "app": self.app,
            "account": self.site.cli.account,
            "currency": platforms()[self.name].currency,
            "deletes": [self._step(step) for step in self.to_do],
            "stays": [
                {"what": one.what, "why": one.why, "monthly_cost": one.cost, "command": one.undo} for one in self.stays
            ],
        }

    def _step(self, step: Step) -> dict[str, Any]:
        seen = self._seen(step)
        parts = [{"what": one.what, "loses": one.loses, "monthly_cost": one.cost} for one in seen.parts]
        return {
            "name": step.name, "what": step.what, "text": scrubbed(seen.text), "loses": seen.loses,
            "monthly_cost": seen.cost or 0, "parts": parts,
            "commands": [] if seen.pending else [scrubbed(line) for line in command_lines(step, self.site.cli.name)],
        }  # fmt: skip


def confirmation(answers: Answers, request: Request) -> str:
    """What to type to delete the site: the name of its app in this environment."""
    return in_environment(answers.text("deploy_name"), request.environment, "-")


def plan_destruction(
    name: str, answers: Answers, request: Request, state: State, log: Log, *, keep_data: bool
) -> DestroyPlan:
    """The plan for one platform. Raises Failure if the platform does not support it, or the app is not this project's."""
    module, site = site_on(name, answers, request, state, log)
    if not hasattr(module, "destruction"):
        raise Failure(
            f"`destroy` does not work for {title(name)}: see {answers.deploy_folder}/README.md.",
            anchor="platform-without-verb",
        )
    tell(f"looking at {site.cli.tool.title} ...")
    with report_unexpected_output(site.cli.tool.title):
        plan: Destruction = module.destruction(site, keep_data)
    return DestroyPlan(name, module, site, plan, observe_steps(plan.steps), keep_data)


def destroy(
    name: str,
    answers: Answers,
    request: Request,
    state: State,
    log: Log,
    *,
    keep_data: bool = False,
    confirmed: str = "",
    quiet: bool = False,
    worth_saving: bool = True,
) -> tuple[int, DestroyPlan | None]:
    """Delete the site from one platform. The exit status and the plan; `confirmed` is the name that the user gave.

    It can be repeated after an interruption. If the data is `worth_saving`, it offers a backup first.
    """
    answers = answers.with_values(request.answers)
    found: list[DestroyPlan] = []

    def work(platform: str, progress: Progress) -> None:
        one = plan_destruction(platform, answers, request, state, log, keep_data=keep_data)
        found.append(one)
        progress.record = one.site.record
        wait_for_interrupted_run(one.site.record)
        if not quiet:
            show(one.lines())
        if one.to_do:
            progress.left = one.to_do
            if one.has_database and worth_saving and not confirmed:
                _offer_backup(one, state, log)
            confirm(one, confirmed)
        carry_out(one.plan.steps, one.site.cli, one.site.record, log, progress, one.observations)
        if not keep_data:
            one.site.record.forget(one.site.name)
        if not quiet:
            show(_summary(one, progress, log, keep_data=keep_data))

    options = [*(["--keep-data"] if keep_data else []), *(["--confirm", confirmed] if confirmed else [])]
    options = ["--platform", name, *options] if len(answers.texts("deploy_platforms")) > 1 else options
    status = on_each_platform(
        [name],
        work,
        answers,
        log,
        done="deleted",
        continue_with=verb_command(answers, request, "destroy", *options),
        deletes=True,
    )
    return status, found[0] if found else None


def _offer_backup(one: DestroyPlan, state: State, log: Log) -> None:
    """Offer a backup in a terminal. Raises Failure if it is wanted and fails: then nothing is deleted."""
    if not one.site.prompts.offer("Back up the database to this machine first?", done=False):
        return
    saved = backup(one.name, one.site.answers, one.site.request, state, log, "")
    show([f"Backed up {saved.dump.contents} to {saved.dump.path}, without uploaded files."])


def confirm(one: DestroyPlan, confirmed: str) -> None:
    """Raises Failure unless the name of the app was given or is typed now."""
    if confirmed == one.app:
        return
    if confirmed:
        raise Failure(
            f"{NOTHING}: this is {one.app}, not {confirmed}. Add --confirm {one.app}.", anchor="not-confirmed"
        )
    if not one.site.request.terminal:
        raise Failure(
            f"{NOTHING}, because there is no terminal to ask in: add --confirm {one.app}.",
            anchor="not-confirmed",
        )
    if one.site.prompts.ask_text(f"This cannot be undone. Type {one.app} to delete it:") != one.app:
        raise Failure(f"{NOTHING}, because you did not type {one.app}.", anchor="not-confirmed")


def _summary(one: DestroyPlan, progress: Progress, log: Log, *, keep_data: bool) -> list[str]:
    if not progress.done:
        return [f"Log: {shown(log.path, one.site.root)}"]
    answers = one.site.answers
    what = f"deleted {one.app}, kept its data" if keep_data else f"deleted {one.app}"
    lines = [f"deploy-overlay: {what}", "", *(f"  deleted  {text}" for text in progress.done), ""]
    lines += ["To deploy it again:", f"    {verb_command(answers, one.site.request, 'deploy')}"]
    if not keep_data:
        line = command(answers.values, "uninstall", answers_file=answers.answers_file)
        lines += ["To remove the overlay's files from this project too:", f"    {line}"]
    return [*lines, f"Log: {shown(log.path, one.site.root)}"]


def _external_leftovers(site: Site) -> list[Leftover]:
    """What stays because the owner has it elsewhere."""
    found: list[Leftover] = []
    if site.request.environment == PRODUCTION:
        found += [
            Leftover(f"domain {name}", "its DNS record is at your registrar")
            for name in domains(site.answers.text("deploy_domains"))
        ]
    if site.database == "external":
        found.append(Leftover("the database", "you have it at another provider"))
    by_hand = {"bucket": "the bucket", "redis": "Redis"}
    found += [
        Leftover(by_hand[one.kind], "you have it at another provider")
        for one in site.plan.resources
        if one.how == "by hand" and one.kind in by_hand
    ]
    return found
