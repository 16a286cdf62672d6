"""`backup` and `restore`: the site's database in a file on this machine, and back."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Sequence

from ..adapter.request import PRODUCTION, Request
from ..base.answers import Answers
from ..base.log import Log
from ..base.release import command
from ..base.run_hook import INTERRUPTED
from ..base.scrub import scrubbed
from ..base.state import State
from ..provision import backups
from .deploy import only_name
from .machine import print_document, run_logged
from .project import Project
from .terminal import has_terminal, says_yes


def backup(project: Project, options: Namespace) -> int:
    name = only_name(project, options, "backup")
    request = _request(options, "backup")

    def work(answers: Answers, state: State, log: Log) -> backups.Backup | None:
        try:
            return backups.backup(name, answers, request, state, log, project.path(options.file))
        except KeyboardInterrupt:
            print("\ndeploy-overlay: interrupted. No file was written.", file=sys.stderr)
            return None

    ended, made = run_logged("backup", project, work, machine=options.json)
    if made is None:
        return ended or INTERRUPTED
    if options.json:
        print_document(made.data())
        return 0

    def restoring(environment: str) -> str:
        more = [] if environment == PRODUCTION else ["--environment", environment]
        more += ["--platform", name] if options.platform else []
        return _line(project, "restore", str(made.dump.path), *more)

    print(scrubbed("\n".join(made.lines(restoring))), flush=True)
    return 0


def restore(project: Project, options: Namespace) -> int:
    name = only_name(project, options, "restore", options.file)
    request = _request(options, "restore")

    def work(answers: Answers, state: State, log: Log) -> int:
        file = project.path(options.file)
        return backups.restore(name, answers, request, state, log, file, options.confirm)

    ended, result = run_logged("restore", project, work, run=0)
    return ended if result is None else result


def _request(options: Namespace, action: str) -> Request:
    return Request(
        action=action,
        environment=options.environment,
        yes=getattr(options, "yes", False) or says_yes(),
        terminal=has_terminal(),
    )


def _line(project: Project, *words: str) -> str:
    values: Sequence[str] = words
    assert project.answers is not None
    return command(project.answers.values, *values, answers_file=project.answers_file)
