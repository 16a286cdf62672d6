"""What a deployment does: a push, which Upsun builds and deploys. https://docs.upsun.com/learn/overview/build-deploy.html"""

from __future__ import annotations

import re
import time
from collections.abc import Sequence

from ....adapter.site import Site
from ....adapter.steps import Command, Observation, Step
from .environments import cost
from .history import BUILDS
from .project import Project

SHOWN = 20  # of the newest activities; jobs that run every minute can fill them all
REBUILD = "REBUILD_DATE"  # https://docs.upsun.com/development/troubleshoot.html#manually-trigger-builds
BUILD = 3600.0  # seconds: a build hook may take an hour


def releases(site: Site) -> Sequence[Step]:
    project = Project(site)
    return [
        Step(
            name="release",
            what="deployment of the current commit",
            observe=lambda: see_release(project, site.commit),
            commands=lambda: push(project, site.commit),
            cost=cost(project),
            after=("environment" if project.beside else "project", "link"),
            patience=BUILD,
        )
    ]


def _newest(project: Project) -> tuple[str, str, str] | None:
    """Id, state and result of the newest build and its deployment; None before the first."""
    rows = _activities(project)
    if len(rows) >= SHOWN and not any(row[-1] in BUILDS for row in rows):
        rows = _activities(project, "--type", ",".join(BUILDS))
    return next(((id_, state, result) for id_, state, result, kind in rows if kind in BUILDS), None)


def _activities(project: Project, *only: str) -> list[list[str]]:
    place = ("--project", project.id, "--environment", project.branch, "--limit", str(SHOWN))
    columns = "id,state,result,type"
    return project.site.cli.table("activity:list", *place, *only, columns=columns, nothing="No activities")


def see_release(project: Project, commit: str) -> Observation:
    """What became of a commit; a deploy hook that failed leaves it live, without its migrations.

    Such an activity's result is `failure` since 2025, and was `success` before
    (https://github.com/platformsh/platformsh-docs/issues/5211); the environment's own state tells it either way. It is
    asked after the activity, so that it is of that one or a later.
    """
    project.id = project.id or project.linked()
    newest = _newest(project)
    environment = project.look_at_environment()
    if environment.get("status") == "paused":
        return Observation(False, problem=_paused(project))
    first = environment.get("status") != "active"
    if environment.get("head_commit") != commit:
        place = f", in place of {environment['head_commit'][:8]}" if environment.get("head_commit") else ""
        return Observation(False, f"of {commit[:8]}{place}", first=first)
    if newest is None:
        return Observation(not first, commit[:8], first=first)
    activity, state, result = newest
    if state == "staged":
        return Observation(False, problem=_held_back(project))
    if state in ("pending", "in_progress"):
        return Observation(False, f"of {commit[:8]}, under way", first=first, pending=True)
    if result != "success" or _unsuccessful(environment):
        text = f"of {commit[:8]} failed: `upsun activity:log {activity}{project.option}` says why"
        return Observation(False, text, first=first, failed=f"The deployment {text}.{_live(environment)}")
    return Observation(not first, commit[:8], first=first)


def _held_back(project: Project) -> str:
    """https://docs.upsun.com/environments/deployment-triggers.html"""
    where = f"--project {project.id} --environment {project.branch}"
    return (
        f"Upsun holds the deployment of {project.branch} back, because its owner deploys by hand: run "
        f"`upsun environment:deploy {where}`, then run this again."
    )


def _paused(project: Project) -> str:
    where = f"--project {project.id} --environment {project.branch}"
    return (
        f"The environment {project.branch} of the Upsun project {project.id} is paused, and a deployment would not be online: "
        f"`upsun environment:resume {where}`, then run this again."
    )


def _unsuccessful(environment: dict[str, str]) -> bool:
    """`deployment_state` is a mapping, printed as YAML."""
    return bool(re.search(r"(?m)^\s*last_deployment_successful: false$", environment.get("deployment_state", "")))


def _live(environment: dict[str, str]) -> str:
    if environment.get("status") != "active":
        return ""
    return " Upsun does not take a version back whose deploy hook failed: the site may run without its migrations."


def push(project: Project, commit: str, *source: str) -> list[Command]:
    """The push, or another build of a commit that Upsun has already, which a push does not bring about.

    `source` are the arguments for another commit than the current one.

    What is new on Flex, the whole first deployment or a worker later, gets the smallest size. Containers that are there keep
    what the owner gave them.
    https://docs.upsun.com/manage-resources/resource-init.html
    """
    id_ = project.id or "PROJECT"  # in the plan, before there is one
    never = project.environment.get("status") != "active"
    sizes = ("--resources-init", "minimum") if project.flavour == "flex" else ()
    activate = ("environment:activate", project.branch, "--project", id_, *sizes, "--yes")
    building = "Upsun builds and deploys, a few minutes ..."
    if project.environment.get("head_commit") != commit:
        pushing = ("environment:push", "--project", id_, "--target", project.branch)
        if project.beside and never:  # a push does not start it
            return [Command((*pushing, "--yes"), timeout=600), Command(activate, timeout=BUILD, progress=building)]
        return [Command((*pushing, *sizes, "--yes", *source), timeout=BUILD, progress=building)]
    argv = activate if never else _rebuild(project)
    return [Command(argv, timeout=BUILD, progress="Upsun builds and deploys the commit once more ...")]


def _rebuild(project: Project) -> tuple[str, ...]:
    """Another value of a variable that the build sees has Upsun build again."""
    place = ("--project", project.id, "--level", "environment", "--environment", project.branch)
    value = (f"--value={time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime())}", "--yes")
    if f"env:{REBUILD}" in project.look_at_environment_variables():
        return ("variable:update", f"env:{REBUILD}", *place, *value)
    kind = (
        "--prefix",
        "env",
        "--name",
        REBUILD,
        "--sensitive",
        "false",
        "--visible-build",
        "true",
        "--inheritable",
        "false",
    )
    return ("variable:create", *place, *kind, *value)
