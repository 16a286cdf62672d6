"""What happens after an update has rendered and merged: dependencies, line endings, the summary."""

from __future__ import annotations

import functools
import sys
from pathlib import Path

from ..base import overlay_files as rendered
from ..base.answers import Answers
from ..base.log import Log
from ..base.message import Failure
from ..base.progress import heed
from ..base.run_hook import carried_out, shown
from ..base.scrub import scrubbed
from ..base.state import State
from ..dependencies import manager
from ..dependencies.add import Brought, bring_in, project_of
from ..dependencies.remove import take_out
from ..plan.packages import needed
from . import record
from .changes import changes
from .dependencies import no_longer_needed, taken_out
from .line_endings import made_crlf
from .moved_files import carried
from .summary import Update, summary
from .uninstall import uninstall

NAME = "after-update"
MANAGER = "django_dependency_manager"


def main(arguments: list[str]) -> int:
    """`<answers file> [--quiet]`, run in the git root; the exit status. The summary is shown in any case."""
    heed(arguments)
    names = [argument for argument in arguments if not argument.startswith("--")]
    if len(names) != 1:
        print("usage: after_update.py ANSWERS_FILE", file=sys.stderr)
        return 2
    if not Path(names[0]).exists():
        return carried_out(NAME, names[0], lambda _, state, log: _uninstall(names[0], state, log), read=False)[0]
    return carried_out(NAME, names[0], _finish)[0]


def _uninstall(answers_file: str, state: State, log: Log) -> None:
    """`deploy_uninstall=remove` has removed the answers file too."""
    uninstall(Answers(state.root, answers_file, record.load(state).answers), state, log)


def _finish(answers: Answers, state: State, log: Log) -> None:
    """Raises Failure after the summary is printed, where the dependencies could not be brought in."""
    noted = record.load(state)
    before = answers._replace(values=noted.answers) if noted.answers else answers
    made_crlf(answers.root, noted.line_endings)
    moved = carried(before, answers, changes(answers.root), log)
    if moved:
        log.write(f"merged at their new places: {moved}")
    state.finish(rendered.paths(answers))
    brought: Brought | None = None
    removed: list[str] = []
    failure: Failure | None = None
    try:
        brought = _bring_in(answers, before, state, log)
        removed = _take_out(answers, before, state, log)
    except Failure as problem:
        failure = problem
    found = changes(answers.root)
    update = Update(before, answers, noted, found, moved, brought, tuple(removed), shown(log.path, answers.root))
    print(scrubbed(summary(update)), flush=True)
    record.remove(state)
    if failure is not None:
        raise failure


def _bring_in(answers: Answers, before: Answers, state: State, log: Log) -> Brought:
    absent: frozenset[str] = frozenset()
    if _same_manager(before, answers):
        declared = manager(answers.text(MANAGER)).declared(project_of(answers, log))
        absent = taken_out(before, frozenset(declared.production), log)
    return bring_in(answers, functools.partial(needed, answers), state, log, absent)


def _same_manager(before: Answers, answers: Answers) -> bool:
    """Where another manager installs now, the user has written its files anew: they are not compared with the old."""
    return before.text(MANAGER) == answers.text(MANAGER)


def _take_out(answers: Answers, before: Answers, state: State, log: Log) -> list[str]:
    if not _same_manager(before, answers):
        return []
    names = no_longer_needed(before, answers, log)
    take_out(answers, names, state, log)
    return names
