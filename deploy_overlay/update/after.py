"""Runs after an update has rendered and merged: adds dependencies, restores line endings, prints the summary."""

from __future__ import annotations

import functools
import sys
from pathlib import Path

from ..base import overlay_files as rendered
from ..base.answers import Answers
from ..base.log import Log
from ..base.message import Failure
from ..base.progress import quiet, set_quiet
from ..base.run_hook import run_hook, shown
from ..base.run_lock import run_of
from ..base.scrub import scrubbed
from ..base.state import State
from ..dependencies import manager
from ..dependencies.add import Additions, add_dependencies, project_of
from ..dependencies.remove import remove_dependencies
from ..plan.packages import needed
from . import record
from .changes import changes
from .dependencies import no_longer_needed, removed_by_user
from .line_endings import restore_crlf
from .moved_files import move_edits
from .summary import Update, summary
from .uninstall import uninstall

NAME = "after-update"
MANAGER = "django_dependency_manager"


def main(arguments: list[str]) -> int:
    """`<answers file> [--quiet] [--run=NUMBER]`, run in the git root; returns the exit status."""
    set_quiet(arguments)
    names = [argument for argument in arguments if not argument.startswith("--")]
    if len(names) != 1:
        print("usage: after_update.py ANSWERS_FILE", file=sys.stderr)
        return 2
    run = run_of(arguments)
    if not Path(names[0]).exists():

        def work(_: Answers, state: State, log: Log) -> None:
            _uninstall(names[0], state, log)

        return run_hook(NAME, names[0], work, read=False, run=run)[0]
    return run_hook(NAME, names[0], _finish, run=run)[0]


def _uninstall(answers_file: str, state: State, log: Log) -> None:
    """`deploy_uninstall=remove` has removed the answers file too."""
    uninstall(Answers(state.root, answers_file, record.load(state).answers), state, log)


def _finish(answers: Answers, state: State, log: Log) -> None:
    """Raises Failure after the summary is printed, if the dependencies could not be added."""
    noted = record.load(state)
    before = answers._replace(values=noted.answers) if noted.answers else answers
    restore_crlf(answers.root, noted.line_endings)
    moved = move_edits(before, answers, changes(answers.root), log)
    if moved:
        log.write(f"merged at their new places: {moved}")
    state.finish(rendered.paths(answers))
    additions: Additions | None = None
    removed: list[str] = []
    failure: Failure | None = None
    try:
        additions = _add_dependencies(answers, before, state, log)
        removed = _remove_dependencies(answers, before, state, log)
    except Failure as problem:
        failure = problem
    found = changes(answers.root)
    update = Update(before, answers, noted, found, moved, additions, tuple(removed), shown(log.path, answers.root))
    if not quiet() or found.conflicts:
        print(scrubbed(summary(update)), flush=True)
    record.remove(state)
    if failure is not None:
        raise failure


def _add_dependencies(answers: Answers, before: Answers, state: State, log: Log) -> Additions:
    absent: frozenset[str] = frozenset()
    if _same_manager(before, answers):
        declared = manager(answers.text(MANAGER)).declared(project_of(answers, log))
        absent = removed_by_user(before, frozenset(declared.production), log)
    return add_dependencies(answers, functools.partial(needed, answers), state, log, absent)


def _same_manager(before: Answers, answers: Answers) -> bool:
    """Whether the manager is the same. Otherwise the dependency files are new and cannot be compared."""
    return before.text(MANAGER) == answers.text(MANAGER)


def _remove_dependencies(answers: Answers, before: Answers, state: State, log: Log) -> list[str]:
    if not _same_manager(before, answers):
        return []
    names = no_longer_needed(before, answers, log)
    remove_dependencies(answers, names, state, log)
    return names
