"""The move of a site from one platform to another: one plan, one question, and nothing of the old site is ever deleted.

Look at both; create and deploy the new site with the old one's variables; close the old site; copy its rows and count them
in both; release once more. Each part looks first and may be repeated. While the old site is closed, every end of a run says so
and how it is opened again.
"""

from __future__ import annotations

import dataclasses
import functools
import json
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import ModuleType

from ...adapter.cli import Cli, find, report_unexpected_output
from ...adapter.leaving import OldSite
from ...adapter.prompts import Prompts
from ...adapter.record import Record
from ...adapter.request import Request
from ...adapter.site import Site
from ...adapter.steps import Command, Observation, Step
from ...base.answers import Answers
from ...base.log import Log
from ...base.message import DOCUMENTATION, Failure, counted, wrapped
from ...base.progress import tell
from ...base.run_hook import shown
from ...base.state import State
from ...plan.runs import uploads as kept
from ...platforms import adapter, platforms, title
from .. import first_login
from ..engine import Progress, carry_out, observe_steps, wait_for_interrupted_run
from ..health import wait_until_healthy
from ..look import View, view
from ..run import ask_before_changes, create, release_commit
from ..runs import ask_once, on_each_platform, progress_lines, show, verb_command
from ..s3 import Bucket, bucket_of
from ..sites import database_of, site_on
from ..uploads import can_take_uploads, old_bucket
from ..uploads import look as look_at_uploads
from . import report
from .database import ROWS, Copy
from .notes import CLOSED, processes_before, record_of_move
from .report import Inventory
from .variables import SECRET_KEY_SET, VariableMoves, sort_variables

USUAL = "heroku"  # the default, because most sites come from there
AGAIN = "released again"  # step
FILES = "uploads"  # step
FIRST = "first release"  # in the record: this move created the site, so its database has no user data yet


@dataclass(frozen=True)
class Wanted:
    """What the user asked for: move the app `app` on the platform `source` to `target`."""

    source: str
    app: str
    target: str
    also: tuple[str, ...] = ()  # variables to move in any case
    replace: bool = False  # delete the data in the new database
    trial: bool = False  # leave the old site open, and copy its rows to try the new one
    look_only: bool = False

    def options(self) -> list[str]:
        """The command-line options of this move."""
        also = [part for name in self.also for part in ("--also", name)]
        trial = ["--trial"] if self.trial else []
        source = ["--from", self.source] if self.source != USUAL else []
        return [*source, "--app", self.app, "--to", self.target, *also, *trial]

    def for_good(self) -> Wanted:
        return dataclasses.replace(self, trial=False)

    def reopening(self) -> list[str]:
        """The options that reopen the old site."""
        return [*dataclasses.replace(self, trial=False, also=()).options(), "--reopen"]


@dataclass
class Move:
    """The old and the new site, and the steps after the release."""

    wanted: Wanted
    source: ModuleType
    module: ModuleType  # of the new platform
    cli: Cli  # of the old platform
    record: Record  # of this move
    old: OldSite
    site: Site
    copy: Copy | None  # None where no PostgreSQL is copied
    log: Log
    closing: list[Step] = field(default_factory=list)
    bringing: list[Step] = field(default_factory=list)

    def processes(self) -> dict[str, str]:
        """Those to start when the old site is reopened: what ran when it was closed, and what runs now."""
        return {**processes_before(self.record), **self.old.processes}

    def copied(self) -> bool:
        """Whether the new site has all rows: a reopened old site may have more."""
        return self.record.is_done(ROWS) and self.old.closed

    def standing(self) -> list[str]:
        """Lines that are shown however the run ends from now on."""
        return _closed_lines(self.source, self.cli, self.wanted, self.site.answers, self.site.request, self.record)


def move(
    answers: Answers, request: Request, wanted: Wanted, state: State, log: Log
) -> tuple[int, Mapping[str, object]]:
    """Move the site, or with `look_only` show what would happen. The exit status, and a document for machines."""
    answers = answers.with_values(request.answers)
    told: dict[str, object] = {}

    def work(name: str, progress: Progress) -> None:
        moving, inventory, current = _look(answers, request, wanted, state, log, progress)
        show([*report.lines(inventory), *current.plan()])
        told.update({**report.data(inventory), "steps": current.data()["steps"], "moved": False})
        if not wanted.look_only:
            _carry_out(moving, inventory, current, progress)
            told["moved"] = True

    if wanted.look_only:
        request = dataclasses.replace(request, terminal=False)  # a look asks nothing
        work(wanted.target, Progress(name=wanted.target))
        return 0, told
    line = verb_command(answers, request, "move", *wanted.options())
    return on_each_platform([wanted.target], work, answers, log, done="moved", continue_with=line), told


def _look(
    answers: Answers, request: Request, wanted: Wanted, state: State, log: Log, progress: Progress
) -> tuple[Move, Inventory, View]:
    source, cli, record = _old_platform(answers, request, wanted, state, log)
    progress.standing = _closed_lines(source, cli, wanted, answers, request, record)
    tell(f"looking at {wanted.app} on {cli.tool.title} ...")
    with report_unexpected_output(cli.tool.title):
        old: OldSite = source.old_site(cli, wanted.app)
    if not old.closed:
        progress.standing = []
    elif wanted.trial:
        raise Failure(
            f"{old.label} is closed, and a trial leaves the old site open: open it with "
            f"`{verb_command(answers, request, 'move', *wanted.reopening())}`, or move without --trial.",
            anchor="old-site-closed",
        )
    unknown = [name for name in wanted.also if name not in old.variables]
    if unknown:
        raise Failure(
            f"{old.label} has no {old.term} {', '.join(unknown)}: run this with --dry-run, which lists them.",
            anchor="old-variable-not-there",
        )
    module, site = site_on(wanted.target, answers, request, state, log)
    progress.record = site.record
    wait_for_interrupted_run(site.record)
    tell(f"looking at {site.cli.tool.title} ...")
    copy = _plan_copy(module, site, old, record, wanted, log)
    moving = Move(wanted, source, module, cli, record, old, site, copy, log)
    first, variables = _variables(moving)
    site.values.from_old, site.values.old = dict(variables.values), old.name
    database = copy.look_at_old() if copy and not moving.copied() else None
    if copy and not (moving.copied() and record.is_done(AGAIN)):
        moving.closing = [] if moving.copied() or wanted.trial else _close_steps(moving)
        bucket = _old_uploads(moving)
        moving.bringing = [
            copy.step(),
            *([_uploads_step(moving, bucket)] if bucket else []),
            _release_again_step(moving),
        ]
    settings = [_set_variables(moving, variables, first)] if variables.values else []
    later = [*moving.closing, *moving.bringing]
    current = view(wanted.target, module, site, releases=True, more=settings, later=later)
    uploads = _old_uploads(moving) if copy else None
    if uploads:
        uploads.check()  # before anything is closed
    name = uploads.name if uploads else ""
    return moving, Inventory(old, site, variables, database, wanted.trial, name), current


def _old_platform(
    answers: Answers, request: Request, wanted: Wanted, state: State, log: Log
) -> tuple[ModuleType, Cli, Record]:
    """The old platform's adapter and program, and the notes of this move."""
    check_can_be_left(wanted.source)
    source = adapter(wanted.source)
    cli: Cli = find(source.tool(), answers.root, log)
    return source, cli, record_of_move(state.folder, wanted.source, wanted.app, request.environment, cli.account)


def check_can_be_left(name: str) -> None:
    """Raises Failure if we cannot move a site away from the platform."""
    if name not in platforms() or not platforms()[name].adapter or not hasattr(adapter(name), "old_site"):
        raise Failure(
            f"This cannot move a site away from {title(name)}: follow {DOCUMENTATION}moves/ by hand.",
            anchor="move-by-hand",
        )


def _plan_copy(module: ModuleType, site: Site, old: OldSite, record: Record, wanted: Wanted, log: Log) -> Copy | None:
    """None if the old site has no PostgreSQL, or the new one does not use its platform's."""
    resource = site.plan.resource("postgres")
    if not old.database or resource is None or resource.how == "by hand":
        return None
    if not hasattr(module, "database") or not hasattr(module, "release_again"):
        raise Failure(
            f"This cannot copy a database to {site.cli.tool.title}: follow {DOCUMENTATION}moves/ by hand.",
            anchor="move-by-hand",
        )

    new = functools.partial(database_of, module, site)
    return Copy(old.database, new, site.name, site.cli.tool.title, record, log, wanted.replace, wanted.trial)


def _variables(moving: Move) -> tuple[Step, VariableMoves]:
    """The new platform's first step, without which there are no variables, and what happens to the old variables."""
    site, module = moving.site, moving.module
    with report_unexpected_output(site.cli.tool.title):
        first: Step = next(iter(module.steps(site)))
    there: Mapping[str, str | None] = {}
    if site.values.kept or observe_steps([first]).by_step[first.name].done:
        with report_unexpected_output(site.cli.tool.title):
            there = module.variables(site)
    written: Collection[str] = module.variables_in_files(site.answers)
    key_is_set = bool(moving.record.chosen(SECRET_KEY_SET))
    passed: Collection[str] | None = None
    if hasattr(module, "passed_variables"):
        with report_unexpected_output(site.cli.tool.title):
            passed = module.passed_variables(site)
    found = sort_variables(moving.old, site, there, written, moving.wanted.also, key_is_set=key_is_set, passed=passed)
    advice = str(module.how_to_pass(site, found.unpassed)) if found.unpassed else ""
    return first, dataclasses.replace(found, advice=advice)


def _set_variables(moving: Move, variables: VariableMoves, first: Step) -> Step:
    """Set the variables that the settings do not read, and replace the secret key. The platform's own step sets the others."""
    site, module, record, values = moving.site, moving.module, moving.record, variables.values

    def missing() -> dict[str, str]:
        there: Mapping[str, str | None] = module.variables(site)
        stale = {name for name in variables.replaced if there.get(name) != values[name]}
        stale = stale if not record.chosen(SECRET_KEY_SET) else {name for name in stale if there.get(name) is not None}
        return {name: value for name, value in values.items() if name not in there or name in stale}

    def commands() -> Iterator[Command]:
        if hasattr(module, "keep_values"):
            module.keep_values(site, missing())
        else:
            yield from module.set_variables(site, missing())
        if variables.replaced:
            record.choose(SECRET_KEY_SET, "yes")

    count = counted(len(values), moving.old.term)
    return Step(
        name="old variables",
        what=f"{count} of {moving.old.name}",
        observe=lambda: Observation(not missing()),
        commands=commands,
        plan=lambda: [],
        after=(first.name,),
        patience=30,
    )


def _old_uploads(moving: Move) -> Bucket | None:
    """The old site's bucket, if the new one has a volume instead, which is empty."""
    volume = kept(moving.site.answers.values) == "volume"
    return bucket_of(moving.old.variables) if volume and can_take_uploads(moving.module) else None


def _uploads_step(moving: Move, bucket: Bucket) -> Step:
    """Copy the files of the old bucket, under the names that the copied rows have."""
    record, site, trial = moving.record, moving.site, moving.wanted.trial
    tried: list[str] = []

    def commands() -> Iterator[Command]:
        inside = moving.module.inside(site)
        plan = look_at_uploads(inside, old_bucket(inside, bucket))
        tell(f"uploads: {plan}")
        plan.carry_out()
        tried.append("yes")
        if not trial:
            record.created(FILES, site.name, "")
        yield from ()

    return Step(
        name=FILES,
        what="uploads copied, as a trial" if trial else "uploads copied",
        observe=lambda: Observation(bool(tried) or record.is_done(FILES)),
        commands=commands,
        plan=lambda: [f"every file of the bucket {bucket.name} that the volume lacks"],
        after=(ROWS,),
    )


def _close_steps(moving: Move) -> list[Step]:
    steps: list[Step] = moving.source.close_steps(moving.cli, moving.old.name, moving.processes())
    return [dataclasses.replace(one, after=("release",), plan=_lines(moving.cli, one)) for one in steps]


def _lines(cli: Cli, step: Step) -> Callable[[], list[str]]:
    return lambda: [one.line(cli.name) for one in step.commands()]


def _release_again_step(moving: Move) -> Step:
    """Release again: processes keep earlier rows in memory, and the new code may have more migrations."""
    site, module, record = moving.site, moving.module, moving.record

    def commands() -> Iterator[Command]:
        yield from module.release_again(site)
        record.created(AGAIN, site.name, "")

    return Step(
        name=AGAIN,
        what="released again, on the copied rows",
        observe=lambda: Observation(record.is_done(AGAIN)),
        commands=commands,
        plan=lambda: [],
        after=(ROWS,),
    )


def _carry_out(moving: Move, inventory: Inventory, current: View, progress: Progress) -> None:
    record, site = moving.record, moving.site
    old, trial = moving.old.name, moving.wanted.trial
    question = f"Try {old} on {current.title}?" if trial else f"Move {old} to {current.title}?"
    ask_before_changes(current, progress, question, "Nothing was moved")
    create(current, progress, moving.log)
    if site.values.secret_key in inventory.moving.values:
        record.choose(SECRET_KEY_SET, "yes")
    release = current.observations.by_step.get("release")
    if release is None or release.first:
        record.intend(FIRST, site.name)
    address, closed = release_commit(current, progress, moving.log, ())
    if moving.bringing:
        _bring_rows(moving, inventory, progress)
        if not closed:
            wait_until_healthy(address, current.title, site.cli.line(*current.module.logs(site)))
    site.record.disown(first_login.STEP)  # its users have come with the rows
    _show_moved(moving, inventory, progress, address, closed)


def _bring_rows(moving: Move, inventory: Inventory, progress: Progress) -> None:
    """Close the old site and copy its rows. If it fails after that, the report says how to reopen the old site."""
    copy, record, site = moving.copy, moving.record, moving.site
    assert copy is not None
    if not moving.copied():
        record.disown(AGAIN)
        record.disown(FILES)
        if record.is_done(ROWS):
            record.disown(ROWS)
        new = copy.look_at_new()
        if record.intended(FIRST, site.name):
            copy.remember(new)
            record.disown(FIRST)
        if not record.intended(ROWS, site.name):  # else a part of it may be there
            copy.check(inventory.database or copy.look_at_old(), new)
        if moving.closing:
            record.choose(CLOSED, json.dumps(moving.processes()))
            progress.standing = moving.standing()
            tell(f"closing {moving.old.label}. To reopen it:")
            tell(f"    {_reopen_command(moving)}")
            carry_out(moving.closing, moving.cli, record, moving.log, progress)
    carry_out(moving.bringing, site.cli, record, moving.log, progress)


def _reopen_command(moving: Move) -> str:
    return verb_command(moving.site.answers, moving.site.request, "move", *moving.wanted.reopening())


def _show_moved(moving: Move, inventory: Inventory, progress: Progress, address: str, closed: str) -> None:
    """`closed` says why the site could not be checked; empty if it answered."""
    old = moving.old
    if moving.wanted.trial:
        show(_trial_lines(moving, progress, address, closed))
        return
    lines = ["", f"deploy-overlay: {old.label} has moved to {address}", "", *progress_lines(progress)]
    lines += ["", *wrapped(closed or f"Now open {address}, log in, and check your data.")]
    with report_unexpected_output(moving.site.cli.tool.title):
        lines += report.domain_lines(inventory, moving.module)
    ending = moving.source.last_commands(old.name, old.domains)
    lines += report.remaining_costs(old, ending, closed=moving.copy is not None)
    if moving.copy is not None:
        lines += ["", f"To go back to {old.name} instead:", f"    {_reopen_command(moving)}"]
    show([*lines, "", f"Log: {shown(moving.log.path, moving.site.root)}"])


def _trial_lines(moving: Move, progress: Progress, address: str, closed: str) -> list[str]:
    old, wanted = moving.old, moving.wanted.for_good()
    line = verb_command(moving.site.answers, moving.site.request, "move", *wanted.options())
    return [
        "",
        f"deploy-overlay: a trial of {old.name} is online at {address}",
        "",
        *progress_lines(progress),
        "",
        *([*wrapped(closed), ""] if closed else []),
        f"{old.label} is still open and unchanged.",
        *wrapped(report.SAME),
        "",
        "To move for good, which copies all rows again:",
        f"    {line}",
        "",
        f"Log: {shown(moving.log.path, moving.site.root)}",
    ]


def reopen(answers: Answers, request: Request, wanted: Wanted, state: State, log: Log) -> int:
    """Reopen the old site with the processes that ran when it was closed. The exit status."""

    def work(name: str, progress: Progress) -> None:
        source, cli, record = _old_platform(answers, request, wanted, state, log)
        steps: list[Step] = source.open_steps(cli, wanted.app, processes_before(record))
        show(
            [
                "",
                f"{cli.tool.title}: plan to reopen {wanted.app}",
                "",
                *(f"  {line}" for line in _all_lines(cli, steps)),
                "",
            ]
        )
        progress.left = list(steps)
        ask_once(Prompts(request, record), f"Reopen {wanted.app}?", "Nothing was opened")
        carry_out(steps, cli, record, log, progress)
        record.choose(CLOSED, "")
        line = verb_command(answers, request, "move", *wanted.options())
        lines = ["", f"deploy-overlay: {wanted.app} on {cli.tool.title} is open", "", *progress_lines(progress), ""]
        lines += [f"Data written there from now on is not on {title(wanted.target)}. To copy it again:", f"    {line}"]
        show([*lines, "", f"Log: {shown(log.path, answers.root)}"])

    line = verb_command(answers, request, "move", *wanted.reopening())
    return on_each_platform([wanted.target], work, answers, log, done="opened", continue_with=line)


def _all_lines(cli: Cli, steps: Sequence[Step]) -> list[str]:
    return [one.line(cli.name) for step in steps for one in step.commands()]


def _closed_lines(
    source: ModuleType, cli: Cli, wanted: Wanted, answers: Answers, request: Request, record: Record
) -> list[str]:
    """Lines that are shown however a run ends while the old site is closed by this clone; else none."""
    if not record.chosen(CLOSED):
        return []
    lines = _all_lines(cli, source.open_steps(cli, wanted.app, processes_before(record)))
    line = verb_command(answers, request, "move", *wanted.reopening())
    return report.closed(wanted.app, cli.tool.title, lines, line)
