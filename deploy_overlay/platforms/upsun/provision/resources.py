"""What must be there before a deployment: project, link, variables. Its database is a part of its configuration."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence

from ....adapter.ownership import reason_not_to_use
from ....adapter.site import MARK, Site
from ....adapter.steps import Command, Observation, Step
from ....base.message import Failure
from .environments import beside
from .project import FOUND, Project

# What `upsun project:create` orders where nothing is said: MB, and environments that may be active at a time.
STORAGE, ENVIRONMENTS = 5120, 3
VALUE = "--value="  # and the value in one argument: see _variable
FIRST = {False: "project", True: "environment"}  # the step that others come after, by whether it is beside production
PREFIX = "env:"  # a variable of this name is one of the environment


def steps(site: Site) -> Sequence[Step]:
    project = Project(site)
    return [
        *(beside(project) if project.beside else _project(project)),
        Step(
            name="link",
            what="this repository knows its project",
            observe=lambda: Observation(project.linked() == project.id, project.id),
            commands=lambda: [Command(("project:set-remote", project.id, "--yes"))],
            plan=lambda: [f"upsun project:set-remote {project.id or 'PROJECT'}"],
            after=(FIRST[project.beside],),
        ),
        Step(
            name="variables",
            what="variables",
            observe=lambda: _see_variables(project),
            commands=lambda: _set_variables(project),
            plan=lambda: [
                site.cli.line(*variable(project, name, "...")) for name in site.values.missing(_there(project))
            ],
            after=(FIRST[project.beside],),
        ),
    ]


def _project(project: Project) -> list[Step]:
    site = project.site
    return [
        Step(
            name="project",
            what=f"project {site.name}",
            where=project.region,
            price=site.plan.price.partition(":")[0],
            cost=0 if project.flavour == "fixed" else sum(part.amount for part in site.plan.costs),
            observe=lambda: _see_project(project),
            commands=lambda: _order(project),
            plan=lambda: [site.cli.line(*_create(project))],
            undo="upsun project:delete",
            creates=site.name,
            unique=False,
            patience=900,
        ),
        *(
            [
                Step(
                    name="mark",
                    what="mark the project as this repository's",
                    observe=lambda: Observation(MARK in project.look_at_variables()),
                    commands=lambda: [Command(variable(project, MARK, site.mark))],
                    plan=lambda: [site.cli.line(*variable(project, MARK, site.mark))],
                    after=("project",),
                )
            ]
            if site.mark
            else []
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


def _order(project: Project) -> Iterator[Command]:
    """The order, once: of two clones that order at the same moment the later one takes its order back.

    Upsun lets many projects have one title, and a new one is in no list of projects for some minutes.
    """
    yield Command(
        _create(project),
        progress="Upsun creates the project, a few minutes at most ...",
        on_success=project.has_ordered,
    )
    orders = project.ordered()
    if project.order in orders[1:]:
        path = f"organizations/{project.organisations[project.owner()]}/subscriptions/{project.order}"
        yield Command(("api:curl", path, "--request", "DELETE"), progress="taking the second order back ...")
        project.site.record.disown("project")
        raise Failure(
            f"Another clone of this repository ordered the Upsun project {project.title} at the same moment, so this one "
            "took its own order back: run this again in a few minutes.",
            anchor="still-at-work",
        )


def _see_project(project: Project) -> Observation:
    """The linked project, else the one of this title that is this repository's or is allowed to become so."""
    site = project.site
    project.id = project.linked()
    if project.id:
        if not project.exists():
            return Observation(False, problem=_lost(project))
        project.look_at_variables()
        if project.belongs_elsewhere() and not site.request.existing:
            return Observation(
                False, problem=_of_another(project, "`git remote remove upsun` and take another name with")
            )
        return Observation(True, f"{project.id}, which this repository is linked to", differs=project.differs())
    found = project.with_title()
    if not found:
        ordered = project.ordered()
        if ordered and site.record.intended("project", project.title):
            return Observation(False, f"in {project.owner()}", pending=True)
        problem = _ordered(project) if ordered else _renamed(project) or project.refusal()
        return Observation(False, f"in {project.owner()}", problem=problem)
    project.id = site.choose("upsun_project", f"project with the title {project.title}", found)
    project.look_at_variables()
    label = found[project.id]
    mark = project.variables.get(MARK, "")
    problem = reason_not_to_use(
        site,
        "project",
        project.title,
        f"The Upsun project {label}",
        [mark] if mark else [],
        unused=lambda: not project.look_at_environment().get("head_commit") and not project.variables,
        cure=f"or link it once with `upsun set-remote {project.id}`, or take another name with -d deploy_name=NAME.",
        other="take another name with -d deploy_name=NAME.",
    )
    if not problem:
        site.notes[FOUND] = project.id
    return Observation(not problem, label, problem=problem, differs="" if problem else project.differs())


def _ordered(project: Project) -> str:
    return (
        f"The organisation {project.owner()} has a project with the title {project.title} that this account does not see, or "
        "it is being made at this moment, perhaps by another clone: run this again in a few minutes, ask for access to it, or "
        "take another name with -d deploy_name=NAME."
    )


def _renamed(project: Project) -> str:
    id_, title = project.marked_elsewhere()
    if not id_:
        return ""
    return (
        f"The Upsun project {title} ({id_}) has this repository's mark, so no second one is created: link it once with "
        f"`upsun set-remote {id_}`, then run this again."
    )


def _lost(project: Project) -> str:
    return (
        f"This repository is linked to the Upsun project {project.id}, which the account that is logged in does not see: "
        "log in as another (`upsun login`), or unlink it with `git remote remove upsun`."
    )


def _of_another(project: Project, cure: str) -> str:
    return f"The Upsun project {project.id} belongs to another of your projects: {cure} -d deploy_name=NAME."


def _there(project: Project) -> set[str]:
    """Names that need no variable any more. A site that runs without a key of its own keeps the one that Upsun gives."""
    there = {name.removeprefix(PREFIX) for name in {*project.variables, *project.own}}
    if project.environment.get("head_commit") and not project.beside:
        there.add(project.site.values.secret_key)
    return there


def _see_variables(project: Project) -> Observation:
    project.look_at_variables()
    environment = project.look_at_environment()
    values = project.site.values
    absent = values.missing(_there(project))
    # Their owner may have set them for production alone.
    if absent and environment.get("head_commit") and not project.beside:
        project.own = set(project.look_at_environment_variables())
        absent = values.missing(_there(project))
    return Observation(not values.settable_now(absent), values.plan(absent))


def _set_variables(project: Project) -> list[Command]:
    """One command each. The program takes values as arguments only; they are shown and logged as dots."""
    values = project.site.values
    wanted = values.settable(values.missing(_there(project)))
    return [_setting(project, name, variable(project, name, value), value) for name, value in wanted.items()]


def set_variables(project: Project, values: Mapping[str, str]) -> list[Command]:
    """One command each: another one for a variable that is there already."""
    there = project.look_at_variables()
    return [
        _setting(
            project,
            name,
            _change(project, name, value) if f"{PREFIX}{name}" in there else variable(project, name, value),
            value,
        )
        for name, value in values.items()
    ]


def _setting(project: Project, name: str, argv: tuple[str, ...], value: str) -> Command:
    shown = [f"{VALUE}..." if part == f"{VALUE}{value}" else part for part in argv]
    return Command(argv, shown=project.site.cli.line(*shown), secret=True, progress=f"variable {name} ...")


def _change(project: Project, name: str, value: str) -> tuple[str, ...]:
    """https://docs.upsun.com/administration/cli/reference.html#variableupdate"""
    return (
        "variable:update", f"{PREFIX}{name}", "--project", project.id, *project.level, f"{VALUE}{value}", "--no-wait", "--yes",
    )  # fmt: skip


def variable(project: Project, name: str, value: str) -> tuple[str, ...]:
    """https://docs.upsun.com/development/variables/set-variables.html

    The value in one argument with its option: by itself `-h...` would be a question for help, and end as a success.
    """
    read_by_build = name in project.site.answers.texts("django_build_secrets")
    secret = str(name not in project.site.values.constants).lower()
    kind = ("--sensitive", "false") if name == MARK else ("--prefix", "env", "--sensitive", secret)
    # The build always sees those of an environment.
    alone = ("--inheritable", "false") if project.beside else ("--visible-build", str(read_by_build).lower())
    return (
        "variable:create", "--project", project.id or "PROJECT", *project.level, "--name", name, *kind, *alone,
        f"{VALUE}{value}", "--no-wait", "--yes",
    )  # fmt: skip
