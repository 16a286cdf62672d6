"""`status` and `releases`: show what is online, and the releases. They change nothing."""

from __future__ import annotations

from argparse import Namespace

from ..adapter.request import Request
from ..base import git
from ..base.answers import Answers
from ..base.log import Log
from ..base.scrub import scrubbed
from ..base.state import State
from ..provision.status import History, Status, describe_totals, histories, statuses, totals
from ..rehearse.remembered import last
from .deploy import look, tell_problem
from .machine import print_document
from .project import Project


def status(project: Project, options: Namespace) -> int:
    """Show what is online, its state and its costs."""
    ended, found = look(project, options, "status", statuses, machine=options.json)
    if found is None:
        return ended
    for one in found:
        one.rehearsed = _rehearsed(one)
    sums = totals(found)
    if options.json:
        document = {"platforms": [one.data() for one in found], "monthly_costs": sums}
        print_document({"project": project.name, "environment": options.environment, **document})
        return 0
    for one in found:
        print(scrubbed("\n".join(one.lines())).rstrip())
        tell_problem(one.view)
    if len(found) > 1 and (text := describe_totals(sums)):
        print(f"\n{text}")
    return 0


def releases(project: Project, options: Namespace) -> int:
    """List the releases."""

    def asked(answers: Answers, request: Request, state: State, log: Log) -> list[History]:
        return histories(answers, request, state, log, options.number)

    ended, found = look(project, options, "releases", asked, machine=options.json)
    if found is None:
        return ended
    if options.json:
        document = {"platforms": [one.data() for one in found]}
        print_document({"project": project.name, "environment": options.environment, **document})
        return 0
    for one in found:
        print("\n".join(one.lines()))
    return 0


def _rehearsed(one: Status) -> str:
    """How the rehearsal of the online commit ended in this clone; empty if the commit is unknown."""
    found = one.view.compared
    if not found.here:
        return ""
    site = one.view.site
    told = last(git.overlay_folder(site.root), site.git("rev-parse", f"{found.online}^{{tree}}"), one.view.name)
    return f"{told['verdict']}, {told['when'][:10]}, by version {told['version']}" if told else "not in this clone"
