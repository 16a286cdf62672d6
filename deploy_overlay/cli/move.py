"""`move`: moves a site from another platform here, with its database, variables and domains."""

from __future__ import annotations

import contextlib
import sys
from argparse import Namespace
from collections.abc import Mapping

from ..base.answers import Answers
from ..base.log import Log
from ..base.message import Failure
from ..base.release import command
from ..base.state import State
from ..platforms import title
from ..provision.move.run import Wanted, check_can_be_left, reopen
from ..provision.move.run import move as carry_out
from ..provision.run import ready
from ..provision.sites import check_name
from .deploy import names, request_of
from .machine import print_document, run_logged
from .project import Project
from .rehearse_first import check_rehearsed


def move(project: Project, options: Namespace) -> int:
    assert project.answers is not None
    check_can_be_left(options.source)
    wanted = Wanted(
        source=options.source,
        app=options.app,
        target=_target(options.source, options.to, project.answers),
        also=tuple(options.also),
        replace=options.replace,
        trial=options.trial,
        look_only=options.dry_run,
    )
    request = request_of(project, options, "deploy")
    if not options.reopen:
        # Before a rehearsal that takes minutes.
        check_name(wanted.target, project.answers, request.environment)
        ready([wanted.source, wanted.target], request.env_file, project.root, project.answers)
    if not options.dry_run and not options.reopen:
        check_rehearsed(project, options, [wanted.target])

    def work(answers: Answers, state: State, log: Log) -> tuple[int, Mapping[str, object]]:
        # Text for people goes to standard error if a document follows.
        with contextlib.redirect_stdout(sys.stderr) if options.json else contextlib.nullcontext():
            if options.reopen:
                return reopen(answers, request, wanted, state, log), {}
            return carry_out(answers, request, wanted, state, log)

    ended, result = run_logged("move", project, work, run=None if options.dry_run else 0, machine=options.json)
    if result is None:
        return ended
    status, told = result
    if options.json:
        print_document({"project": project.name, **told, "status": status})
    elif options.dry_run:
        print(f"Nothing was changed. To do this:\n    {_line(project.answers, wanted)}")
    return status


def _line(answers: Answers, wanted: Wanted) -> str:
    return command(answers.values, "move", *wanted.options(), answers_file=answers.answers_file)


def _target(source: str, given: str, answers: Answers) -> str:
    """The named platform, or the project's only other one. Raises Failure if there is none, or several."""
    if given:
        return names(given, answers)[0]
    others = [name for name in answers.texts("deploy_platforms") if name != source]
    if len(others) == 1:
        return others[0]
    if others:
        raise Failure(
            f"This project is on {', '.join(others)}: choose the target, as in `--to {others[0]}`.",
            anchor="several-platforms",
        )
    line = command(answers.values, "add", "fly", answers_file=answers.answers_file)
    raise Failure(
        f"This project is only on {title(source)}: add the platform to move to, as in `{line}`, commit, and run this again.",
        anchor="move-where-to",
    )
