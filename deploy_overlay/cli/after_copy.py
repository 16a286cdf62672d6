"""The work of the task after a copy, from the answers file to the summary."""

from __future__ import annotations

import functools
import sys

from ..base import overlay_files as rendered
from ..base.answers import Answers
from ..base.backup import undo_cut_off_run
from ..base.lock import run_of
from ..base.log import Log, say
from ..base.progress import heed, quiet
from ..base.run_hook import carried_out, shown
from ..base.scrub import scrubbed
from ..base.state import State
from ..dependencies.add import Brought, bring_in
from ..plan.packages import needed
from ..summary import summary

NAME = "after-copy"


def main(arguments: list[str]) -> int:
    """`<answers file> [--defaults | --ask] [--quiet] [--request=JSON] [--run=NUMBER]`, in the git root; the exit status."""
    heed(arguments)
    names = [argument for argument in arguments if not argument.startswith("--")]
    if len(names) != 1:
        print("usage: after_copy.py ANSWERS_FILE [--defaults | --ask]", file=sys.stderr)
        return 2
    goes_on = any(argument.startswith("--request=") for argument in arguments)
    status, done = carried_out(NAME, names[0], functools.partial(_configure, goes_on), run=run_of(arguments))
    if done is not None and goes_on:
        return _provision(done, arguments, names[0])
    if done is not None and "--defaults" not in arguments:
        from ..rehearse.offer import offer

        answers, brought = done
        return offer(answers, brought.prefix)
    return status


def _configure(goes_on: bool, answers: Answers, state: State, log: Log) -> tuple[Answers, Brought]:
    undone = undo_cut_off_run(state, f"cut-off-{log.path.stem}")
    if undone:
        say(f"an earlier run was cut off: {', '.join(undone)} put back as before it (see {state.folder.as_posix()}/)")
        log.write(f"put back after a run that was cut off: {undone}")
    ours = rendered.paths(answers)
    state.finish(ours)
    brought = bring_in(answers, functools.partial(needed, answers), state, log)
    seen = rendered.seen_by_git(answers.root, [*ours, *brought.files])
    told = summary(answers, brought, ours, seen, shown(log.path, answers.root), goes_on=goes_on)
    log.write(told)
    if not quiet():
        print(scrubbed(told), flush=True)
    return answers, brought


def _provision(done: tuple[Answers, Brought], arguments: list[str], answers_file: str) -> int:
    """What `deploy_action` asks for beyond the configuration."""
    from ..adapter.request import request
    from ..provision.run import provision

    def work(answers: Answers, state: State, log: Log) -> int:
        return provision(answers, request(arguments), state, log, done[1].changed)

    status, ended = carried_out("provision", answers_file, work, run=run_of(arguments))
    return status if ended is None else ended
