"""Offers to rehearse right after a copy, with the command of the version that was copied."""

from __future__ import annotations

import os
import sys

from ..adapter.prompts import offered
from ..base.answers import Answers
from ..base.environment import outside_copier
from ..base.message import Failure, command_line
from ..base.programs import status_of
from ..base.release import ANSWERS_FILE, recorded, starting

STARTED_BY_COMMAND = (
    "DEPLOY_OVERLAY_COMMAND"  # in the environment of a copy that the command started: it asks by itself
)
QUESTION = "Rehearse now? (takes a few minutes the first time)"


def offer(answers: Answers) -> int:
    """Ask at a terminal, and rehearse on yes; returns the rehearsal's exit status, or 0 without one.

    Without uvx and pipx nothing can start the command here: the summary has the line that installs it.
    """
    if os.environ.get(STARTED_BY_COMMAND) or not (sys.stdin.isatty() and sys.stdout.isatty()):
        return 0
    try:
        command = starting(recorded(answers.values))
    except Failure:  # a version that nobody can fetch, of a folder without git
        return 0
    if not command or not offered(QUESTION):
        return 0
    file = () if answers.answers_file == ANSWERS_FILE else ("-a", answers.answers_file)
    argv = [*command, *file, "rehearse"]
    print(f"$ {command_line(argv)}", file=sys.stderr, flush=True)
    try:
        return status_of(argv, answers.root, outside_copier())
    except OSError as error:
        print(f"deploy-overlay: {argv[0]} cannot be started ({error.strerror}).", file=sys.stderr)
        return 1
