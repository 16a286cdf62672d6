"""`backup` and `restore`: the site's database in a file on this machine, and back."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Sequence

from ..adapter.request import PRODUCTION
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
from .terminal import request


def backup(project: Project, options: Namespace) -> int:
    name = only_name(project, options, "backup")
    asked = request("backup", options)

    def work(answers: Answers, state: State, log: Log) -> backups.Backup | None:
        try:
            return backups.backup(name, answers, asked, state, log, project.path(options.file))
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
    asked = request("restore", options)

    def work(answers: Answers, state: State, log: Log) -> int:
        file = project.path(options.file)
        return backups.restore(name, answers, asked, state, log, file, options.confirm)

    ended, result = run_logged("restore", project, work, run=0)
    return ended if result is None else result


def _line(project: Project, *words: str) -> str:
    values: Sequence[str] = words
    assert project.answers is not None
    return command(project.answers.values, *values, answers_file=project.answers_file)
