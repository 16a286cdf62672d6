"""What must be there before a deployment: project, link, variables. Its database is a part of its configuration."""

from __future__ import annotations

import json
from collections.abc import Sequence

from ....adapter.site import MARK, Site
from ....adapter.steps import Command, Seen, Step
from .project import Project

# What `upsun project:create` orders where nothing is said: MB, and environments that may be active at a time.
STORAGE, ENVIRONMENTS = 5120, 3
PREFIX = "env:"  # a variable of this name is one of the environment


def steps(site: Site) -> Sequence[Step]:
    project = Project(site)
    return [
        Step(
            name="project",
            what=f"project {site.name}",
            where=project.region,
            price=site.plan.price.partition(":")[0],
            see=lambda: _see_project(project),
            commands=lambda: [Command(_create(project), progress="Upsun makes the project, some minutes at most ...")],
            undo="upsun project:delete",
            creates=site.name,
            patience=900,
        ),
        Step(
            name="link",
            what="this repository knows its project",
            see=lambda: Seen(project.linked() == project.id, project.id),
            commands=lambda: [Command(("project:set-remote", project.id, "--yes"))],
            plan=lambda: ["upsun project:set-remote PROJECT"],
            after=("project",),
        ),
        Step(
            name="variables",
            what="variables",
            see=lambda: _see_variables(project),
            commands=lambda: _set_variables(project),
            plan=lambda: [site.cli.line(*_variable(project, name, "...")) for name in _absent(project)],
            after=("project",),
        ),
    ]


def _create(project: Project) -> tuple[str, ...]:
    """The order that `upsun project:create` sends, sent once.

    That command repeats it on a new connection when the old one breaks (https://curl.se/libcurl/c/CURLOPT_FRESH_CONNECT.html),
    and Upsun makes a second project of the same title. What comes through `api:curl` has a connection of its own.
    """
    order = {
        "organization_id": project.organisations[project.owner()],
        "project_title": project.title,
        "project_region": project.region,
        "default_branch": "main",
        "plan": "upsun/flexible" if project.flavour == "flex" else project.plan,
        "storage": STORAGE,
        "environments": ENVIRONMENTS,
    }
    path = f"organizations/{order['organization_id']}/subscriptions"
    return ("api:curl", path, "--request", "POST", "--json", json.dumps(order))


def _see_project(project: Project) -> Seen:
    """The linked project, else the one of this title that is this repository's or is allowed to become so."""
    project.id = project.linked()
    if project.id:
        if not project.exists():
            return Seen(False, problem=_lost(project))
        project.look_at_variables()
        if project.belongs_elsewhere() and not project.site.request.existing:
            return Seen(False, problem=_of_another(project, "`git remote remove upsun` and take another name with"))
        return Seen(True, f"{project.id}, which this repository is linked to")
    found = project.with_title()
    ours = project.site.record.owns("project", project.title)
    if not found:
        coming = ours and project.coming()
        return Seen(False, f"in {project.owner()}", coming=coming, problem="" if coming else project.refusal())
    project.id = project.site.choose("upsun_project", f"project with the title {project.title}", found)
    project.look_at_variables()
    label = found[project.id]
    if project.variables.get(MARK) == project.site.mark != "":
        return Seen(True, label)
    if project.belongs_elsewhere() and not project.site.request.existing:
        return Seen(False, problem=_of_another(project, "take another name with"))
    unused = not project.look_at_environment().get("head_commit") and not project.variables
    cure = f"or link it once with `upsun set-remote {project.id}`, or take another name with -d deploy_name=NAME."
    project.site.asking.adopt("project", project.title, f"The Upsun project {label}", unused=unused, cure=cure)
    return Seen(True, label)


def _lost(project: Project) -> str:
    return (
        f"This repository is linked to the Upsun project {project.id}, which the account that is logged in does not see: "
        "log in as another (`upsun login`), or unlink it with `git remote remove upsun`."
    )


def _of_another(project: Project, cure: str) -> str:
    return f"The Upsun project {project.id} belongs to another of your projects: {cure} -d deploy_name=NAME."


def _there(project: Project) -> set[str]:
    """Names that need no variable any more. A site that runs without a key of its own keeps the one that Upsun gives."""
    there = {name.removeprefix(PREFIX) for name in project.variables}
    if project.environment.get("head_commit"):
        there.add(project.site.values.secret_key)
    return there


def _absent(project: Project) -> list[str]:
    site = project.site
    there = _there(project)
    mark = [MARK] if site.mark and MARK not in project.variables else []
    return [*site.values.missing(there), *mark]


def _see_variables(project: Project) -> Seen:
    project.look_at_variables()
    project.look_at_environment()
    site = project.site
    absent = _absent(project)
    settable = site.values.settable_now(absent)
    return Seen(not settable, site.values.plan([name for name in absent if name != MARK]))


def _set_variables(project: Project) -> list[Command]:
    """One command each. The program takes values as arguments only; they are shown and logged as dots."""
    site = project.site
    absent = _absent(project)
    values = site.values.settable([name for name in absent if name != MARK])
    commands = [
        Command(
            _variable(project, name, value),
            shown=site.cli.line(*_variable(project, name, "...")),
            secret=True,
            progress=f"variable {name} ...",
        )
        for name, value in values.items()
    ]
    mark = Command(_variable(project, MARK, site.mark), progress=f"variable {MARK} ...")
    return [*commands, *([mark] if MARK in absent else [])]


def _variable(project: Project, name: str, value: str) -> tuple[str, ...]:
    """https://docs.upsun.com/development/variables/set-variables.html

    The value in one argument with its option: by itself `-h...` would be a question for help, and end as a success.
    """
    kind = ("--sensitive", "false") if name == MARK else ("--prefix", "env", "--sensitive", "true")
    return (
        "variable:create", "--project", project.id or "PROJECT", "--level", "project", "--name", name, *kind,
        "--visible-build", "false", f"--value={value}", "--no-wait", "--yes",
    )  # fmt: skip
