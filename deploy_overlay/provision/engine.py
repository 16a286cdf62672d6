"""Carries out the steps of a platform that are not done: observe, act, observe again."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NoReturn

from ..adapter import cures
from ..adapter.cli import Cli, NotPermitted, report_unexpected_output, timeout_limit
from ..adapter.record import Record
from ..adapter.steps import Command, HandStep, Observation, Step
from ..base.log import Log
from ..base.message import Failure
from ..base.progress import show_progress, tell
from . import first_login

FRESH = 30.0  # seconds
PASSING = ("platform-unreachable", "platform-refused", "answer-not-understood")  # anchors of problems that may pass
FIRST_PAUSE = 0.2  # seconds until the second observation; each later pause is half as long again
NO_SIGN = 300.0  # seconds until an ordered resource must show up; platforms show a queue at once
SECOND_THOUGHT = 0.5  # seconds until the second observation after a failed command
LATE = 10.0  # seconds after which a platform lists what it has created


@dataclass
class Progress:
    """What a run has done so far, in words, for its final report."""

    done: list[str] = field(default_factory=list)  # by this run
    there: list[str] = field(default_factory=list)  # already there
    left: list[Step] = field(default_factory=list)  # not done yet
    skipped: list[str] = field(default_factory=list)  # what the site does without, because the platform refused it
    name: str = ""  # of the platform
    others: tuple[Sequence[str], Sequence[str]] = ((), ())  # platforms of the same run: before it, after it
    record: Record | None = None
    standing: list[str] = field(default_factory=list)  # lines that are shown however the run ends
    first: bool = False  # whether no run of this clone had created anything there before
    begun: bool = True  # whether there is something to continue: a verb that first looks sets it once it acts


@dataclass
class Observations:
    """The last observation of each step, kept for half a minute because asking takes a second.

    That of a step that was not done is stale as soon as anything is run, or at once if the step changes what is there: its
    owner may have changed it meanwhile.
    """

    by_step: dict[str, Observation] = field(default_factory=dict)
    since: float = 0
    unchanged: bool = True

    def fresh(self, step: Step) -> Observation | None:
        found = self.by_step.get(step.name)
        if found is None or time.monotonic() - self.since >= FRESH:
            return None
        return found if found.done or (self.unchanged and step.creates) else None


def observe_steps(steps: Sequence[Step]) -> Observations:
    """Observe each step whose preconditions are met.

    Raises Failure for the first problem, before anything is done.
    """
    observations = Observations(since=time.monotonic())
    seen = observations.by_step
    for step in steps:
        if any(name not in seen or not seen[name].done for name in step.after):
            continue
        seen[step.name] = _observe(step)
        if seen[step.name].problem and not step.optional:
            raise Failure(seen[step.name].problem, anchor="platform-refused")
    return observations


def _observe(step: Step) -> Observation:
    """Observe a step. If the account may not, use other evidence that its resource exists."""
    try:
        with report_unexpected_output(step.what):
            return step.observe()
    except NotPermitted:
        with report_unexpected_output(step.what):
            shown = step.shown() if step.shown else ""
        if not shown:
            raise
        return Observation(True, f"{shown}; your account cannot see it")


def carry_out(
    steps: Sequence[Step],
    cli: Cli,
    record: Record,
    log: Log,
    progress: Progress,
    observations: Observations | None = None,
) -> None:
    """Carry out the steps in order, and ask the platform after each whether it is done.

    `observations` are those of the plan. Raises Failure at the first step that cannot be done, HandStep at one that only the
    owner can do.
    """
    observations = observations or Observations()
    for step in steps:
        started = time.monotonic()
        try:
            # What this run has just created may be listed and not readable yet.
            look = _observe_with_retries if progress.done else _observe
            seen = observations.fresh(step) or look(step)
            if seen.problem:
                raise Failure(seen.problem, anchor="platform-refused")
            if seen.done:
                progress.there.append(step.what)
            else:
                observations.unchanged = False
                if step.by_hand and not seen.pending:
                    _hand_over(step, record)
                if seen.first:
                    first_login.note_due(record)
                _carry_out_step(step, seen, cli, record, log)
                progress.done.append(step.what)
                tell(f"{step.what}: {'deleted' if step.deletes else 'done'} ({time.monotonic() - started:.0f} s)")
            for name in step.deletes:
                record.disown(name)
        except Failure as failure:
            if not step.optional:
                raise
            log.write(f"{step.name}: skipped: {failure}")
            tell(f"{step.what}: skipped. {failure}")
            progress.skipped.append(step.what)
        progress.left = [one for one in progress.left if one is not step]


def _hand_over(step: Step, record: Record) -> NoReturn:
    """Note the intention first: what appears later is what the owner was asked to create."""
    if step.creates:
        record.intend(step.name, step.creates)
    raise HandStep(step.by_hand)


def _carry_out_step(step: Step, seen: Observation, cli: Cli, record: Record, log: Log) -> None:
    trouble: Failure | None = None
    refused = late = False
    if not seen.pending:
        begun = bool(step.creates) and record.intended(step.name, step.creates)  # by an earlier run
        if begun and not step.unique:
            seen = _look_for(step, seen)
    if not seen.pending and not seen.done:
        if step.creates:
            record.intend(step.name, step.creates)
        with report_unexpected_output(step.what):
            commands = step.commands()
        trouble, refused, exists = _run(commands, step, cli, record)
        late = begun and exists
        if trouble is not None:
            log.write(f"{step.name}: {trouble}")
    try:
        seen = _look_again(step, trouble, LATE if late else SECOND_THOUGHT)
    except Failure as failure:
        _forget(step, record, refused)
        raise trouble or Failure(
            f"{step.what}: the platform did not confirm it. {failure}", anchor="not-there-yet"
        ) from None
    if not seen.done and not seen.pending:
        _forget(step, record, refused)
    if not seen.done and seen.failed:
        raise _platform_failure(seen.failed, trouble)
    if not seen.done and seen.problem:
        raise trouble or Failure(seen.problem, anchor="platform-refused")
    if not seen.done:
        raise trouble or Failure(_describe_unfinished(step, seen), anchor="not-there-yet")
    if trouble is not None:
        log.write(f"{step.name}: there all the same")
        if refused and step.contested is not None and (sentence := step.contested()):
            record.disown(step.name)
            raise Failure(sentence, anchor="still-at-work")
    # If the run only waited for it, it may belong to somebody who lets us use it, so do not offer to delete it.
    if step.creates and record.owns(step.name, step.creates):
        record.created(step.name, step.creates, step.undo, step.what, step.cost)


def _forget(step: Step, record: Record, refused: bool) -> None:
    """If the platform refused to create a resource, one that appears later is not ours."""
    if step.undo and refused:
        record.disown(step.name)


def _platform_failure(sentence: str, trouble: Failure | None) -> Failure:
    """The platform's own reason, after what its program said."""
    if trouble is None:
        return Failure(sentence, anchor="deployment-failed")
    anchor = "deployment-failed" if trouble.anchor == "platform-refused" else trouble.anchor
    return Failure(f"{trouble}\n{sentence}", anchor=anchor)


def _run(commands: Iterable[Command], step: Step, cli: Cli, record: Record) -> tuple[Failure | None, bool, bool]:
    """The failure of the first failed command, if any; whether the platform refused it for good, and because it exists."""
    for command in _each(commands, step):
        try:
            with show_progress(command.progress or step.what):
                done = cli.run(command)
        except Failure as failure:
            return failure, False, False
        finally:
            record.note_running(0, "")
        if done.status != 0:
            refusal = cli.failure(done, command.line(cli.name))
            if cures.is_taken(done):
                refusal = _explain_reserved_name(refusal, step, record)
            return refusal, cures.refused(done), cures.exists(done)
        if command.on_success is not None:
            command.on_success(done.output)
    return None, False, False


def _each(commands: Iterable[Command], step: Step) -> Iterator[Command]:
    """The commands. A generator asks the platform between them."""
    with report_unexpected_output(step.what):
        yield from commands


def _explain_reserved_name(failure: Failure, step: Step, record: Record) -> Failure:
    """If this project deleted an app of that name, say that the platform may still reserve it."""
    day = record.destroyed(step.creates) if step.creates else ""
    if not day:
        return failure
    text = (
        f"{failure}\nThis project deleted {step.creates} on {day}, and the platform may reserve the name for a while: run "
        "this again in a few minutes, or choose another name."
    )
    return Failure(text, anchor="name-reserved")


def _look_for(step: Step, seen: Observation) -> Observation:
    """Observe for a moment what an interrupted run may just have ordered: the platform may list it late. Raises Failure."""
    end = time.monotonic() + min(LATE, timeout_limit())
    while not (seen.done or seen.pending or seen.problem) and time.monotonic() < end:
        time.sleep(SECOND_THOUGHT)
        seen = _observe(step)
    if seen.problem:
        raise Failure(seen.problem, anchor="platform-refused")
    return seen


def _look_again(step: Step, trouble: Failure | None, second_thought: float) -> Observation:
    """Observe a step after its commands, and wait while the platform works.

    After a failed command, observe again for so many seconds: the platform may have acted all the same.
    """
    patience = min(step.patience, timeout_limit())
    end = time.monotonic() + patience
    sign = time.monotonic() + min(patience, NO_SIGN)  # a resource that has not shown up by then will not come
    seen = _observe_with_retries(step)
    if trouble is not None and not seen.done and not seen.pending:
        given_up = time.monotonic() + min(second_thought, patience)
        while not seen.done and not seen.pending:
            time.sleep(min(SECOND_THOUGHT, patience))
            seen = _observe(step)
            if not seen.done and not seen.pending and (seen.problem or time.monotonic() >= given_up):
                return seen
    pause = FIRST_PAUSE
    if seen.done or seen.problem or seen.failed or time.monotonic() >= end:
        return seen
    with show_progress(f"{step.what}: waiting until it is {'deleted' if step.deletes else 'ready'}"):
        while not (seen.done or seen.problem or seen.failed) and time.monotonic() < (end if seen.pending else sign):
            time.sleep(min(pause, patience))
            pause = min(pause * 1.5, step.pause)
            seen = _observe_with_retries(step)
            sign = time.monotonic() + NO_SIGN if seen.pending else sign
    return seen


def _observe_with_retries(step: Step) -> Observation:
    """Observe a step that was ordered and may cost money: one failed request must not end the run."""
    for pause in (SECOND_THOUGHT, 4 * SECOND_THOUGHT):
        try:
            return _observe(step)
        except Failure as failure:
            if failure.anchor not in PASSING:
                raise
            time.sleep(pause)
    return _observe(step)


def _describe_unfinished(step: Step, seen: Observation) -> str:
    if step.deletes:
        how = "is being deleted" if seen.pending else "is still there, although the command reported success"
        return f"{step.what} {how}: run this again in a few minutes."
    if seen.pending:
        return f"{step.what}: not ready after {min(step.patience, timeout_limit()):.0f} seconds; run this again in a few minutes."
    return f"{step.what}: the command reported success, but the platform does not show it{': ' if seen.text else ''}{seen.text}."


def wait_for_interrupted_run(record: Record) -> None:
    """Wait for a program that a killed run started. It may still be creating something, which would then exist twice."""
    pid = record.left_running()
    if not pid:
        return
    end = time.monotonic() + min(900.0, timeout_limit())
    with show_progress(f"waiting for a program that an interrupted run started (process {pid})"):
        while record.left_running():
            if time.monotonic() > end:
                raise Failure(
                    f"Process {pid} of an earlier run is still running: wait for it or stop it, then run this again.",
                    anchor="still-at-work",
                )
            time.sleep(0.5)
    record.note_running(0, "")
