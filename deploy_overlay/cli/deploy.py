"""`plan`, `deploy` and `provision`: run the provisioning engine."""

from __future__ import annotations

import dataclasses
from argparse import Namespace
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from ..adapter.request import Request
from ..base.answers import Answers
from ..base.log import Log
from ..base.message import Failure, wrapped
from ..base.release import command
from ..base.scrub import scrubbed
from ..base.state import State
from ..platforms.questions import for_one_run
from ..provision.look import View, views
from ..provision.run import provision as carry_out
from ..provision.run import ready
from ..provision.runs import verb_command
from ..provision.sites import check_name
from .machine import print_document, run_logged
from .project import Project
from .rehearse_first import check_rehearsed
from .terminal import has_terminal, says_yes

# Answers for one run that have their own field in a request.
OPTIONS = {"deploy_commit": "commit", "deploy_existing": "existing", "deploy_env_file": "env_file"}
Found = TypeVar("Found")
YES = {"true", "yes", "y", "on", "1"}


def plan(project: Project, options: Namespace) -> int:
    """What a deployment would do; nothing is changed."""
    machine = getattr(options, "json", False)
    ended, found = look(project, options, "plan", views, machine=machine)
    if found is None:
        return ended
    if machine:
        about = {"project": project.name, "environment": options.environment}
        print_document({**about, "platforms": [one.data() for one in found]})
        return 0
    for one in found:
        print(scrubbed("\n".join(one.plan())).rstrip())
        tell_problem(one)
    assert project.answers is not None
    request = request_of(project, options, "deploy")
    more = ["--platform", options.platform] if options.platform else []
    print(f"\nNothing was changed. To do this:\n    {verb_command(project.answers, request, 'deploy', *more)}")
    return 0


def deploy(project: Project, options: Namespace) -> int:
    if options.dry_run:
        return plan(project, options)
    assert project.answers is not None
    request, platforms = request_of(project, options, "deploy"), names(options.platform, project.answers)
    for name in platforms:  # before a rehearsal that takes minutes
        check_name(name, project.answers, request.environment)
    ready(platforms, request.env_file, project.root, project.answers)
    check_rehearsed(project, options, platforms)
    return _act(project, options, "deploy", rehearsed=True)


def provision(project: Project, options: Namespace) -> int:
    return _act(project, options, "provision")


def _act(project: Project, options: Namespace, action: str, *, rehearsed: bool = False) -> int:
    request = dataclasses.replace(request_of(project, options, action), rehearsed=rehearsed)

    def work(answers: Answers, state: State, log: Log) -> int:
        return carry_out(only_platform(options.platform, answers), request, state, log, ())

    ended, result = run_logged(action, project, work, run=0)
    return ended if result is None else result


def look(
    project: Project,
    options: Namespace,
    verb: str,
    asked: Callable[[Answers, Request, State, Log], Found],
    *,
    machine: bool,
) -> tuple[int, Found | None]:
    """The exit status and the findings, None if a platform cannot be asked; for a `machine` the error is a document."""
    request = request_of(project, options, verb)

    def work(answers: Answers, state: State, log: Log) -> Found:
        return asked(only_platform(options.platform, answers), request, state, log)

    return run_logged(verb, project, work, machine=machine)


def tell_problem(one: View) -> None:
    if one.problem:
        print(scrubbed("\n".join(["", *wrapped(f"Deploying would stop here: {one.problem}")])))


def only_platform(platform: str, answers: Answers) -> Answers:
    """The answers with only this platform."""
    return answers.with_values({"deploy_platforms": names(platform, answers)})


def names(platform: str, answers: Answers) -> list[str]:
    """The named platform, or all of the project's. Raises Failure if the project does not use it."""
    chosen = answers.texts("deploy_platforms")
    if not platform:
        return chosen
    if platform.lower() not in chosen:
        raise Failure(
            f"This project is not on {platform}: choose from {', '.join(chosen)}, or add it with "
            f"`{command(answers.values, 'add', platform.lower(), answers_file=answers.answers_file)}`.",
            anchor="project-not-on-platform",
        )
    return [platform.lower()]


def only_name(project: Project, options: Namespace, verb: str, *arguments: str) -> str:
    """The platform for a verb that takes only one. Raises Failure if the project has several and none is named."""
    assert project.answers is not None
    chosen = names(options.platform, project.answers)
    if len(chosen) != 1:
        line = command(project.answers.values, verb, "--platform", chosen[0] if chosen else "NAME", *arguments)
        raise Failure(
            f"This project is on {', '.join(chosen)}: choose one, as in `{line}`.", anchor="several-platforms"
        )
    return chosen[0]


def request_of(project: Project, options: Namespace, action: str) -> Request:
    """The request from the options of the command."""
    given, more = answers_for_this_run(project, options.data)
    return Request(
        action=action,
        commit=getattr(options, "commit", False) or given.get("deploy_commit", "").lower() in YES,
        existing=options.existing or given.get("deploy_existing", "").lower() in YES,
        env_file=project.path(options.env_file) or given.get("deploy_env_file", ""),
        environment=options.environment,
        answers=more,
        yes=getattr(options, "yes", False) or says_yes(),
        promoted=getattr(options, "promote", ""),
        only_release=getattr(options, "only_release", False),
        terminal=has_terminal(),
    )


def answers_for_this_run(project: Project, data: list[str]) -> tuple[dict[str, str], Mapping[str, Any]]:
    """Answers for this run. Raises Failure for one that files contain, because the deployed files would not have it."""
    given: dict[str, str] = {}
    more: dict[str, Any] = {}
    for text in data:
        name, equals, value = text.partition("=")
        if not equals:
            raise Failure(f"{text} has no value: write it as {text}=VALUE.", anchor="not-an-answer")
        if name in OPTIONS:
            given[name] = value
        elif name in for_one_run():
            more[name] = value
        else:
            assert project.answers is not None
            line = command(project.answers.values, "set", text, answers_file=project.answers_file)
            raise Failure(
                f"Files of the project contain {name}: change it with `{line}`, commit, and run this again.",
                anchor="not-an-answer",
            )
    return given, more
