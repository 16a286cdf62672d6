"""What a deployment does: a push, which Upsun builds and deploys. https://docs.upsun.com/learn/overview/build-deploy.html"""

from __future__ import annotations

import re
from collections.abc import Sequence

from ...site import Site
from ...steps import Command, Seen, Step
from .project import Project

DEPLOYMENTS = ("environment.push", "environment.redeploy", "environment.activate")
BUILD = 3600.0  # seconds: a build hook may take an hour


def releases(site: Site) -> Sequence[Step]:
    project = Project(site)
    return [
        Step(
            name="release",
            what="deployment of the current commit",
            see=lambda: _see_release(project),
            commands=lambda: _push(project),
            after=("project", "link"),
            patience=BUILD,
        )
    ]


def _newest(project: Project) -> tuple[str, str, str] | None:
    """Id, state and result of the newest deployment; None before the first."""
    rows = project.site.cli.table(
        "activity:list", "--project", project.id, "--environment", project.branch, "--limit", "20",
        columns="id,state,result,type", nothing="No activities",
    )  # fmt: skip
    return next(((id_, state, result) for id_, state, result, kind in rows if kind in DEPLOYMENTS), None)


def _see_release(project: Project) -> Seen:
    """What became of the commit; a deploy hook that failed leaves it live, without its migrations.

    Such an activity's result is `failure` since 2025, and was `success` before
    (https://github.com/platformsh/platformsh-docs/issues/5211); the environment's own state tells it either way. It is
    asked after the activity, so that it is of that one or a later.
    """
    project.id = project.id or project.linked()
    commit = project.site.commit
    newest = _newest(project)
    environment = project.look_at_environment()
    if environment.get("status") == "paused":
        return Seen(False, problem=_paused(project))
    if environment.get("head_commit") != commit:
        return Seen(False, f"of {commit[:8]}")
    if newest is None:
        return Seen(environment.get("status") == "active", commit[:8])
    activity, state, result = newest
    if state in ("pending", "in_progress", "staged"):
        return Seen(False, f"of {commit[:8]}, under way", coming=True)
    if result != "success" or _unsuccessful(environment):
        text = f"of {commit[:8]} failed: `upsun activity:log {activity}` says why"
        return Seen(False, text, failed=f"The deployment {text}.{_live(environment)}")
    return Seen(environment.get("status") == "active", commit[:8])


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


def _push(project: Project) -> list[Command]:
    """The push, or another try: Upsun builds a commit that it has already no second time.

    The first deployment of Flex takes the smallest sizes; later ones keep what the owner set.
    https://docs.upsun.com/manage-resources/resource-init.html
    """
    id_ = project.id or "PROJECT"  # in the plan, before there is one
    if project.environment.get("head_commit") == project.site.commit:
        argv = ("environment:redeploy", "--project", id_, "--environment", project.branch, "--yes")
        return [Command(argv, timeout=BUILD, progress="trying the deployment again ...")]
    first = project.flavour == "flex" and not project.environment.get("head_commit")
    sizes = ("--resources-init", "minimum") if first else ()
    argv = ("environment:push", "--project", id_, "--target", project.branch, *sizes, "--yes")
    return [Command(argv, timeout=BUILD, progress="Upsun builds and deploys, some minutes ...")]
