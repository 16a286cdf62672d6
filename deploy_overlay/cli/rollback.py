"""`rollback`: puts an older release online again."""

from __future__ import annotations

from argparse import Namespace
from typing import Any

from ..base.answers import Answers
from ..base.log import Log
from ..base.message import Failure
from ..base.state import State
from ..provision.rollback import roll_back
from .deploy import only_platform
from .machine import print_document, print_error, run_logged
from .project import Project
from .terminal import request

Outcome = tuple[int, list[dict[str, Any]], Failure | None]


def rollback(project: Project, options: Namespace) -> int:
    asked = request("rollback", options, machine=options.json)

    def work(answers: Answers, state: State, log: Log) -> Outcome:
        answers = only_platform(options.platform, answers)
        return roll_back(answers, asked, options.to, state, log, machine=options.json)

    status, result = run_logged("rollback", project, work, run=0, machine=options.json)
    if result is None:
        return status
    status, done, failure = result
    if not options.json:
        return status
    if status == 0:
        print_document({"project": project.name, "platforms": done})
    else:
        print_error(failure or Failure("interrupted.", anchor="interrupted"))
    return status
