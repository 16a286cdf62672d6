"""The work after an update has rendered and merged: dependencies, line ends, and what the user has to know and do."""

from __future__ import annotations

import sys
from dataclasses import replace

from .. import rendered
from ..answers import Answers
from ..bring_in import Brought, bring_in, project_of
from ..dependencies import manager
from ..entry import carried_out, shown
from ..failure import Failure
from ..log import Log
from ..scrub import scrubbed
from ..state import State
from . import record
from .changes import changes
from .dependencies import taken_out
from .line_endings import made_crlf
from .summary import Update, summary

NAME = "after-update"


def main(arguments: list[str]) -> int:
    """`<answers file>`, run in the git root; the exit status."""
    if len(arguments) != 1:
        print("usage: after_update.py ANSWERS_FILE", file=sys.stderr)
        return 2
    return carried_out(NAME, arguments[0], _finish)[0]


def _finish(answers: Answers, state: State, log: Log) -> None:
    """Raises Failure after the summary is printed, where the dependencies could not be brought in."""
    noted = record.load(state)
    before = replace(answers, values=noted.answers) if noted.answers else answers
    made_crlf(answers.root, noted.line_endings)
    ours = rendered.paths(answers)
    state.finish(ours)
    brought: Brought | None = None
    failure: Failure | None = None
    try:
        brought = _bring_in(answers, before, state, log)
    except Failure as problem:
        failure = problem
    update = Update(before, answers, noted, changes(answers.root), brought, shown(log.path, answers.root))
    print(scrubbed(summary(update)), flush=True)
    record.remove(state)
    if failure is not None:
        raise failure


def _bring_in(answers: Answers, before: Answers, state: State, log: Log) -> Brought:
    declared = manager(answers.text("django_dependency_manager")).declared(project_of(answers, log))
    absent = taken_out(before, frozenset(declared.production), log)
    return bring_in(answers, state, log, absent)
