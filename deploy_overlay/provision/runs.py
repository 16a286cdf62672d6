"""A run of any verb that changes platforms: for each the plan, one question, the steps, and a final report in any case.

A verb calls `on_each_platform` with the function that does its work on one of them. That looks (`observe_steps`), shows its plan
(`show`), asks (`ask_once`), carries the steps out (`carry_out` of the engine) and shows what it did (`show`, `progress_lines`).
Whatever ends it otherwise is a Failure, a bug or a signal, and becomes the report; or a step that is the owner's to do by hand,
with which it ends well.
"""

from __future__ import annotations

import contextlib
import re
import signal
import sys
import threading
import traceback
from collections.abc import Callable, Iterator, Sequence

from ..adapter.prompts import Prompts
from ..adapter.record import Record
from ..adapter.request import Request
from ..adapter.steps import HandStep
from ..base.answers import Answers
from ..base.log import Log
from ..base.message import Failure, with_help_link
from ..base.release import command
from ..base.run_hook import INTERRUPTED, shown, unexpected
from ..base.scrub import scrubbed
from ..plan.prices import money
from ..platforms import adapter, platforms, title
from .engine import Progress


def on_each_platform(
    names: Sequence[str],
    work: Callable[[str, Progress], None],
    answers: Answers,
    log: Log,
    *,
    done: str,
    continue_with: str,
    deletes: bool = False,
) -> int:
    """Do the work on each platform in turn, until it fails on one. The exit status.

    `done` is the participle for the report ("deployed"), `continue_with` is the command that continues.
    `deletes` says that it deletes, so that the report needs not tell what would.
    """
    for number, name in enumerate(names):
        progress = Progress(others=(names[:number], names[number + 1 :]), name=name)
        try:
            with interrupt_on_signals():
                work(name, progress)
        except HandStep as step:
            log.write(f"ended at a step of the owner's: {step}")
            show(_hand_step_lines(str(step), progress, answers, log, continue_with))
            continue
        except Failure as failure:
            if failure.__cause__ is not None:
                log.write("".join(traceback.format_exception(failure.__cause__)))
            ended, status = failure, 1
        except KeyboardInterrupt:
            ended, status = Failure("interrupted.", anchor="interrupted"), INTERRUPTED
        except Exception as error:  # our own bug: one sentence for the user, the rest goes into the log
            log.write(traceback.format_exc())
            ended, status = unexpected(error), 1
        else:
            continue
        _report(ended, progress, answers, log, done=done, continue_with=continue_with, deletes=deletes)
        return status
    return 0


def _hand_step_lines(words: str, progress: Progress, answers: Answers, log: Log, continue_with: str) -> list[str]:
    lines = ["", f"deploy-overlay: the next step on {title(progress.name)} is yours:", ""]
    lines += [f"    {line}" for line in words.splitlines()]
    lines += ["", *progress_lines(progress), ""] if progress.done or progress.there else [""]
    return [*lines, "Then continue with", f"    {continue_with}", f"Log: {shown(log.path, answers.root)}"]


def show(lines: Sequence[str]) -> None:
    """Print to standard output, without secrets."""
    print(scrubbed("\n".join(lines)), flush=True)


def ask_once(prompts: Prompts, question: str, nothing: str) -> None:
    """Raises Failure without a yes. `nothing` says what was not done then: "Nothing was created"."""
    if not prompts.confirm(question, nothing):
        raise Failure(f"{nothing}, because you did not agree.", anchor="nobody-said-yes")


def progress_lines(progress: Progress) -> list[str]:
    """Lines on what this run did, skipped or left unchanged."""
    rows = [("done now", text) for text in progress.done] + [("unchanged", text) for text in progress.there]
    rows += [("skipped", text) for text in progress.skipped]
    return [f"  {state:<9}  {text}" for state, text in rows]


def verb_command(answers: Answers, request: Request, verb: str, *more: str) -> str:
    """A command line of ours with the options of this run; it changes no file."""
    options = ["--existing"] if request.existing else []
    options += ["--env-file", request.env_file] if request.env_file else []
    options += request.option
    return command(answers.values, verb, *more, *options, answers_file=answers.answers_file)


def delete_commands(name: str, record: Record, answers: Answers) -> list[str]:
    """The commands that delete what runs created on a platform, or our `destroy` if the platform supports it."""
    if not record.undo_commands() or not hasattr(adapter(name), "destruction"):
        return record.undo_commands()
    options = ["--platform", name] if len(answers.texts("deploy_platforms")) > 1 else []
    environment = Request(environment=record.environment).option
    return [command(answers.values, "destroy", *options, *environment, answers_file=answers.answers_file)]


def _report(
    reason: Failure, progress: Progress, answers: Answers, log: Log, *, done: str, continue_with: str, deletes: bool
) -> None:
    """Report what happened, what is done and not done, what costs money, the command to continue, and the log."""
    lines = [f"deploy-overlay: {reason}"]
    log.write(f"ended: {reason}")
    if not progress.begun:
        _print_failure([*lines, *_other_platforms(progress, done), f"Log: {shown(log.path, answers.root)}"], reason)
        return
    lines += [""]
    finished = [f"{text} (already there)" for text in progress.there] + progress.done
    lines += [f"Done: {', '.join(finished) if finished else 'nothing'}."]
    if progress.left:
        lines += [f"Not done: {', '.join(step.what for step in progress.left)}."]
    lines += progress.standing
    lines += _other_platforms(progress, done)
    if progress.record is not None:
        costing = progress.record.costs()
        undoing = [] if deletes else delete_commands(progress.name, progress.record, answers)
        currency = platforms()[progress.name].currency
        rows = [f"  {what}  {money(cost, currency)}" for what, cost in costing]
        lines += ["What was created costs, each month:", *rows] if rows else []
        lines += ["To delete what was created:", *(f"    {line}" for line in undoing)] if undoing else []
    lines += _change_answer_lines(str(reason), answers)
    lines += ["Continue with", f"    {continue_with}", f"Log: {shown(log.path, answers.root)}"]
    _print_failure(lines, reason)


def _print_failure(lines: Sequence[str], reason: Failure) -> None:
    print(scrubbed(with_help_link("\n".join(lines), reason.anchor)), file=sys.stderr, flush=True)


def _other_platforms(progress: Progress, done: str) -> list[str]:
    """If the run is for several platforms, the state of each."""
    before, after = progress.others
    if not before and not after:
        return []
    states = [(name, done) for name in before] + [(progress.name, "failed")] + [(name, "not begun") for name in after]
    return [f"Platforms: {', '.join(f'{title(name)} {state}' for name, state in states)}."]


def _change_answer_lines(reason: str, answers: Answers) -> list[str]:
    """How to change an answer that is also in files, which the command to continue does not write."""
    name = next(iter(re.findall(r"-d ([a-z][a-z0-9]*_(?:name|region|plan))=", reason)), "")
    if not name:
        return []
    line = command(answers.values, "set", f"{name}=...", answers_file=answers.answers_file)
    return [
        "Files of the project have that answer too. Commit your work, change it with",
        f"    {line}",
        "and commit again.",
    ]


@contextlib.contextmanager
def interrupt_on_signals() -> Iterator[None]:
    """Treat signals to terminate like Ctrl-C: stop what was started, and report what was done."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def end(number: int, frame: object) -> None:
        raise KeyboardInterrupt

    numbers = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP", "SIGBREAK") if hasattr(signal, name)]
    before = {number: signal.signal(number, end) for number in numbers}
    try:
        yield
    finally:
        for number, old in before.items():
            signal.signal(number, old)
