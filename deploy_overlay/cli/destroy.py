"""`destroy`: deletes the site from the platform, with its data, after its name is confirmed."""

from __future__ import annotations

from argparse import Namespace
from typing import Any

from ..adapter.request import Request
from ..base.answers import Answers
from ..base.log import Log
from ..base.message import Failure
from ..base.state import State
from ..provision.destroy import NOTHING, DestroyPlan, confirmation, destroy, plan_destruction
from ..provision.runs import show
from .deploy import answers_for_this_run, only_name
from .machine import print_document, run_logged
from .project import Project
from .terminal import has_terminal


def act(project: Project, options: Namespace) -> int:
    assert project.answers is not None
    name = only_name(project, options, "destroy")
    _, more = answers_for_this_run(project, options.data)
    request = Request(
        action="destroy", environment=options.environment, answers=more, terminal=has_terminal() and not options.json
    )
    _check_confirmation(options, confirmation(project.answers, request))
    return _look(project, options, name, request) if options.dry_run else _delete(project, options, name, request)


def _check_confirmation(options: Namespace, name: str) -> None:
    """Raises Failure for a wrong name, or for --json without one, before any platform is asked."""
    if options.confirm and options.confirm != name:
        raise Failure(
            f"{NOTHING}: --confirm has {options.confirm}, but this site is {name}. Add --confirm {name}.",
            anchor="not-confirmed",
        )
    if options.json and not options.confirm and not options.dry_run:
        raise Failure(f"{NOTHING}: --json asks nothing, so add --confirm {name} or --dry-run.", anchor="not-confirmed")


def _look(project: Project, options: Namespace, name: str, request: Request) -> int:
    def work(answers: Answers, state: State, log: Log) -> DestroyPlan:
        answers = answers.with_values(request.answers)
        return plan_destruction(name, answers, request, state, log, keep_data=options.keep_data)

    ended, found = run_logged("destroy", project, work, machine=options.json)
    if found is None:
        return ended
    if options.json:
        print_document(_document(project, options, found, deleted=False))
    else:
        show([*found.lines(), "Nothing was changed."])
    return 0


def _delete(project: Project, options: Namespace, name: str, request: Request) -> int:
    def work(answers: Answers, state: State, log: Log) -> tuple[int, DestroyPlan | None]:
        return destroy(
            name,
            answers,
            request,
            state,
            log,
            keep_data=options.keep_data,
            confirmed=options.confirm,
            quiet=options.json,
        )

    ended, result = run_logged("destroy", project, work, run=0, machine=options.json)
    if result is None:
        return ended
    status, found = result
    if options.json and status == 0 and found is not None:
        print_document(_document(project, options, found, deleted=True))
    return status


def _document(project: Project, options: Namespace, found: DestroyPlan, *, deleted: bool) -> dict[str, Any]:
    return {
        "project": project.name, "environment": options.environment, "deleted": deleted,
        "data_kept": options.keep_data, "platforms": [found.data()],
    }  # fmt: skip
