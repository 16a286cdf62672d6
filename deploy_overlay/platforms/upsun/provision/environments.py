"""An environment beside production, such as staging: a branch of the project, with containers and data of its own.

https://docs.upsun.com/environments.html
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from ....adapter.ownership import reason_not_to_delete, reason_not_to_use, refuse_deletion
from ....adapter.site import MARK
from ....adapter.steps import Command, Destruction, Leftover, Observation, Step
from ....base.message import Failure
from ....base.release import command
from .. import PLATFORM
from .project import Project
from .sizes import larger

SOON = 300.0  # seconds that a deletion may take
PARTS = "clone_parent_on_create"  # property of an environment: whether its activation copies what its parent has


def beside(project: Project) -> list[Step]:
    """The environment, without anything that runs until it is deployed, and its mark."""
    site, name = project.site, project.branch
    environment = Step(
        name="environment",
        what=f"environment {name} of the project {site.name}",
        where=project.region,
        price="" if project.flavour == "flex" else f"in the plan {project.plan}",
        observe=lambda: _see(project),
        commands=lambda: _create(project),
        plan=lambda: [site.cli.line(*argv) for argv in (_push(project), _keep_empty(project))],
        undo=f"upsun environment:delete {name} --delete-branch",
        creates=name,
        patience=60,
    )
    mark = Step(
        name="mark",
        what="mark the environment as this repository's",
        observe=lambda: Observation(MARK in project.look_at_variables()),
        commands=lambda: [Command(_mark(project))],
        plan=lambda: [site.cli.line(*_mark(project))],
        after=("environment",),
    )
    return [environment, *([mark] if site.mark else [])]


def cost(project: Project) -> float:
    """Of a month, of what runs in it: the project and its users are paid for with production."""
    if project.flavour != "flex" or not project.beside:
        return 0
    return sum(part.amount for part in project.site.plan.costs if part.label not in PLATFORM.fixed)


def _see(project: Project) -> Observation:
    site, name = project.site, project.branch
    project.id = project.linked() or _marked(project)
    if not project.id or not project.exists():
        return Observation(False, problem=_without_production(project, "is not there"))
    if project.belongs_elsewhere():
        return Observation(
            False, problem=f"The Upsun project {project.id}, which this repository is linked to, belongs to another of "
            "your projects: run `git remote remove upsun`, then run this again.",
        )  # fmt: skip
    if name == project.production:
        raise Failure(
            f"{name} is the branch of production: name another environment, such as --environment staging.",
            anchor="environment-name",
        )
    if not (project.find_environment(project.production) or {}).get("head_commit"):
        return Observation(False, problem=_without_production(project, "was never deployed"))
    found = project.find_environment(name)
    if found is None:
        return Observation(False, "; ".join(filter(None, ["will be created", _shared(project)])))
    own = project.look_at_variables()
    marks = [own[MARK]] if own.get(MARK) else []
    problem = reason_not_to_use(
        site,
        "environment",
        name,
        f"The environment {name} of the Upsun project {site.name}",
        marks,
        unused=lambda: found.get("status") != "active" and not own,
        cure="or name another environment with --environment NAME.",
        other="name another environment with --environment NAME.",
    )
    if problem:
        return Observation(False, problem=problem)
    if found.get("status") != "active":
        text = "; ".join(filter(None, ["without anything that runs yet", _shared(project)]))
        return Observation(found.get(PARTS) == "false", text)
    differs = larger(project.look_at_sizes()) if project.flavour == "flex" else ""
    return Observation(True, "; ".join(filter(None, ["active", _shared(project)])), differs=differs)


def _shared(project: Project) -> str:
    """Which variables of the project the environment sees too, because it has no values of its own for them."""
    own, values = project.look_at_project_variables(), project.site.values.names
    names = [name.removeprefix("env:") for name in own if name.startswith("env:") and name not in project.variables]
    shared = [name for name in names if name not in values]
    return f"sees {', '.join(shared)} of the project" if shared else ""


def _marked(project: Project) -> str:
    """The project of this title that has this repository's mark, where this clone is not linked yet; empty for none."""
    found = project.marked()
    return project.site.choose("upsun_project", f"project with the title {project.title}", found) if found else ""


def _without_production(project: Project, what: str) -> str:
    answers = project.site.answers
    line = command(answers.values, "deploy", answers_file=answers.answers_file)
    return f"The Upsun project {project.site.name} {what}, and an environment is a branch of its production: run `{line}` first."


def _create(project: Project) -> Iterator[Command]:
    """A branch without anything that runs. What it is told before it is activated decides what data it begins with."""
    if not project.environment:
        yield Command(_push(project), timeout=600, progress="pushing the branch ...")
    yield Command(_keep_empty(project))


def _push(project: Project) -> tuple[str, ...]:
    return ("environment:push", "--project", project.id or "PROJECT", "--target", project.branch, "--yes")


def _keep_empty(project: Project) -> tuple[str, ...]:
    """Of production's rows and uploads nothing is copied: who may see this environment need not be allowed to see those.

    No command of the program changes that property before the environment is activated.
    """
    told = {"parent": project.production, "type": "staging", PARTS: False}
    path = f"projects/{project.id or 'PROJECT'}/environments/{project.branch}"
    return ("api:curl", path, "--request", "PATCH", "--json", json.dumps(told), "--fail")


def destruction(project: Project, note: str) -> Destruction:
    """The environment with what is in it and its branch; the project and its other environments stay."""
    name = project.branch

    def observe() -> Observation:
        project.id = project.linked() or _marked(project)
        if not project.id or not project.exists():
            return Observation(True)
        found = project.find_environment(name) if name != project.production else None
        if found is None:
            return Observation(True)
        own = project.look_at_variables()
        marks = [own[MARK]] if own.get(MARK) else []

        def unused() -> bool:
            return found.get("status") != "active" and not own

        if why := reason_not_to_delete(project.site, "environment", name, marks, unused=unused):
            by_hand = f"upsun environment:delete {name} --project {project.id}"
            raise refuse_deletion(f"The environment {name} of the Upsun project {project.id}", why, by_hand)
        active = found.get("status") == "active"
        return Observation(
            False,
            f"of {project.id}, with its branch on Upsun, its variables and its address",
            cost=cost(project) if active else 0,
            loses="its database, uploaded files and every backup" if active else "",
            leaves=(Leftover(f"project {project.title}", "production and other environments are in it"),),
        )

    def line() -> tuple[str, ...]:
        return ("environment:delete", name, "--project", project.id, "--delete-branch", "--yes")

    environment = Step(
        name="environment", what=f"environment {name}", observe=observe,
        commands=lambda: [Command(line(), timeout=SOON, progress="Upsun deletes the environment ...")],
        plan=lambda: [project.site.cli.line(*line())], patience=SOON,
        deletes=("environment", "mark", "link", "variables", "release"),
    )  # fmt: skip
    return Destruction([environment], note=note)


def _mark(project: Project) -> tuple[str, ...]:
    return (
        "variable:create", "--project", project.id or "PROJECT", *project.level, "--name", MARK, "--sensitive", "false",
        "--inheritable", "false", f"--value={project.site.mark}", "--no-wait", "--yes",
    )  # fmt: skip
