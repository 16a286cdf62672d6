"""`plan`, `status` and `releases`: what looks at the platforms and changes nothing."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Callable
from typing import TypeVar

from ..adapter.request import Request
from ..base import git
from ..base.answers import Answers
from ..base.log import Log
from ..base.release import command
from ..base.scrub import scrubbed
from ..base.state import State
from ..provision.look import View, views
from ..provision.status import History, Status, histories, statuses, together, totals
from ..rehearse.remembered import last
from .deploying import of_platform, request_of
from .machine import print_document, run_logged
from .project import Project

Found = TypeVar("Found")


def plan(project: Project, options: Namespace) -> int:
    """What a deployment would do."""
    ended, found = _look(project, options, "plan", views)
    if found is None:
        return ended
    if options.json:
        document = {"platforms": [one.data() for one in found]}
        print_document({"project": project.name, "environment": options.environment, **document})
        return 0
    for one in found:
        print(scrubbed("\n".join(one.plan())).rstrip())
        _tell_problem(one)
    assert project.answers is not None
    line = command(project.answers.values, "deploy", *_same(options), answers_file=project.answers_file)
    print(f"\nNothing was changed. To do this:\n    {line}")
    return 0


def status(project: Project, options: Namespace) -> int:
    """What is online, how it is and what it costs."""
    ended, found = _look(project, options, "status", statuses)
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
        _tell_problem(one.view)
    if len(found) > 1 and (text := together(sums)):
        print(f"\n{text}")
    return 0


def releases(project: Project, options: Namespace) -> int:
    """What was released, when and by whom."""

    def look(answers: Answers, request: Request, state: State, log: Log) -> list[History]:
        return histories(answers, request, state, log, options.number)

    ended, found = _look(project, options, "releases", look)
    if found is None:
        return ended
    if options.json:
        document = {"platforms": [one.data() for one in found]}
        print_document({"project": project.name, "environment": options.environment, **document})
        return 0
    for one in found:
        print("\n".join(one.lines()))
    return 0


def _look(
    project: Project, options: Namespace, how: str, look: Callable[[Answers, Request, State, Log], list[Found]]
) -> tuple[int, list[Found] | None]:
    request = request_of(project, options, how)

    def work(answers: Answers, state: State, log: Log) -> list[Found]:
        return look(of_platform(options.platform, answers), request, state, log)

    return run_logged(how, project, work, machine=options.json)


def _tell_problem(one: View) -> None:
    if one.problem:
        print(scrubbed(f"\nA deployment would stop here: {one.problem}"))


def _same(options: Namespace) -> list[str]:
    """Options of the look that the deployment needs too."""
    given = [part for name in ("platform", "env_file") if (value := getattr(options, name)) for part in (name, value)]
    words = [f"--{word.replace('_', '-')}" if number % 2 == 0 else word for number, word in enumerate(given)]
    return words


def _rehearsed(one: Status) -> str:
    """How the rehearsal of the commit that is online ended, as this clone remembers it; empty where nothing is online."""
    found = one.view.compared()
    if not found.here:
        return ""
    site = one.view.site
    told = last(git.overlay_folder(site.root), site.git("rev-parse", f"{found.online}^{{tree}}"), one.view.name)
    return f"{told['verdict']}, {told['when'][:10]}, by version {told['version']}" if told else "not in this clone"
