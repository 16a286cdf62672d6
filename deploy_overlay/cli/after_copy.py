"""Copier's task after a copy: adds dependencies, prints the summary, and provisions if asked."""

from __future__ import annotations

import functools
import sys

from ..base import overlay_files as rendered
from ..base.answers import Answers
from ..base.backup import restore_after_crash
from ..base.log import Log, say
from ..base.progress import quiet, set_quiet
from ..base.run_hook import run_hook, shown
from ..base.run_lock import run_of
from ..base.scrub import scrubbed
from ..base.state import State
from ..dependencies.add import Additions, add_dependencies
from ..plan.packages import needed
from ..summary import summary

NAME = "after-copy"


def main(arguments: list[str]) -> int:
    """`<answers file> [--defaults | --ask] [--quiet] [--request=JSON] [--run=NUMBER]`, in the git root; the exit status."""
    set_quiet(arguments)
    names = [argument for argument in arguments if not argument.startswith("--")]
    if len(names) != 1:
        print("usage: after_copy.py ANSWERS_FILE [--defaults | --ask]", file=sys.stderr)
        return 2
    goes_on = any(argument.startswith("--request=") for argument in arguments)
    status, done = run_hook(NAME, names[0], functools.partial(_configure, goes_on), run=run_of(arguments))
    if done is not None and goes_on:
        return _provision(done, arguments, names[0])
    if done is not None and "--defaults" not in arguments:
        from ..rehearse.offer import offer

        return offer(done[0])
    return status


def _configure(goes_on: bool, answers: Answers, state: State, log: Log) -> tuple[Answers, Additions]:
    undone = restore_after_crash(state, f"cut-off-{log.path.stem}")
    if undone:
        say(f"an earlier run was interrupted; restored {', '.join(undone)} (see {state.folder.as_posix()}/)")
        log.write(f"restored after an interrupted run: {undone}")
    ours = rendered.paths(answers)
    state.finish(ours)
    additions = add_dependencies(answers, functools.partial(needed, answers), state, log)
    seen = rendered.git_status(answers.root, [*ours, *additions.files])
    told = summary(answers, additions, ours, seen, shown(log.path, answers.root), goes_on=goes_on)
    log.write(told)
    if not quiet():
        print(scrubbed(told), flush=True)
    return answers, additions


def _provision(done: tuple[Answers, Additions], arguments: list[str], answers_file: str) -> int:
    """Create and deploy, as `deploy_action` says."""
    from ..adapter.request import request
    from ..provision.run import provision

    def work(answers: Answers, state: State, log: Log) -> int:
        return provision(answers, request(arguments), state, log, done[1].changed)

    status, ended = run_hook("provision", answers_file, work, run=run_of(arguments))
    return status if ended is None else ended
