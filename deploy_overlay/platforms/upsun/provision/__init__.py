"""Upsun, provisioned and deployed to with its CLI: https://docs.upsun.com/administration/cli/reference.html"""

from __future__ import annotations

import re
from collections.abc import Mapping

from ....adapter.processes import Process
from ....adapter.site import Site
from ....adapter.steps import Command
from ....base.answers import Answers
from ....base.message import Failure
from .. import checks
from . import resources
from .database import database
from .destruction import destruction
from .history import history
from .inside import inside
from .moving import dns_record, domain_commands, release_again
from .program import tool
from .project import Project
from .release import releases
from .resources import PREFIX, steps
from .rollback import rollback

__all__ = [
    "FAILED_STAYS",
    "QUEUES",
    "address",
    "closed",
    "database",
    "destruction",
    "differences",
    "dns_record",
    "domain_commands",
    "domains",
    "history",
    "how_to_set_variables",
    "inside",
    "logs",
    "next_commands",
    "processes",
    "release_again",
    "releases",
    "rollback",
    "set_variables",
    "steps",
    "tool",
    "variables",
    "variables_in_files",
]  # fmt: skip

# A version whose deploy hook failed is live: https://github.com/platformsh/platformsh-docs/issues/5211
FAILED_STAYS = True
# Activities of an environment are carried out one after the other: https://docs.upsun.com/environments.html
QUEUES = True


def address(site: Site) -> str:
    return _linked(site).url()


def closed(site: Site) -> str:
    """Access to an environment can be limited: https://docs.upsun.com/environments/http-access-control.html"""
    project = _linked(site)
    access = project.look_at_environment().get("http_access", "")
    if "is_enabled: false" in access or not re.search(r"(?m)permission: deny|^basic_auth:\n", access):
        return ""
    where = f"--project {project.id} --environment {project.branch}"
    return (
        "Access to the environment is restricted to a password or allowed addresses: run "
        f"`upsun environment:http-access --enabled 0 {where}` to open it."
    )


def processes(site: Site) -> list[Process]:
    """The containers of the environment: Upsun says how the whole of it is, not each."""
    project = _linked(site)
    environment = project.look_at_environment()
    state = environment.get("status", "")
    if state != "active":
        return [Process(project.branch, state, well=state == "active")] if state else []
    rows = project.look_at_sizes() if project.flavour == "flex" else []
    return [Process(name, f"{count} of size {size}") for name, size, _, count in rows]


def differences(site: Site) -> list[str]:
    """Sentences on what is otherwise than the project says, which no step is about."""
    told = closed(site)
    return [told] if told else []


def domains(site: Site) -> list[str]:
    """https://docs.upsun.com/domains/steps.html"""
    project = _linked(site)
    line = ("domain:list", "--project", project.id)
    return [name for name, _ in site.cli.table(*line, columns="name,type", nothing="No domains found")]


def how_to_set_variables(site: Site) -> str:
    """How the owner sets a variable by hand."""
    level = site.cli.line(*Project(site).level).partition(" ")[2]
    build = "" if Project(site).beside else " --visible-build false"
    return (
        f"Set each with `upsun variable:create {level} --prefix env --name NAME --sensitive true{build} --value VALUE`."
    )


def variables(site: Site) -> Mapping[str, str | None]:
    """Name and value of every variable; None for a value that the platform does not show."""
    found = _linked(site).look_at_variables()
    return {name.removeprefix(PREFIX): value or None for name, value in found.items()}


def set_variables(site: Site, values: Mapping[str, str]) -> list[Command]:
    """The commands that set them, whether they are there or not."""
    return resources.set_variables(_linked(site), values)


def logs(site: Site) -> tuple[str, ...]:
    """The question that shows the site's log."""
    project = Project(site)
    return ("environment:logs", "app", "--lines", "200", *(("--environment", project.branch) if project.beside else ()))


def next_commands(site: Site) -> list[tuple[str, str]]:
    project = Project(site)
    where = project.option
    rows = [
        ("deploy a change", f"upsun push --target {project.branch}" if project.beside else "upsun push"),
        ("see what it did", f"upsun activity:log{where}"),
        ("see logs", f"upsun log app --tail{where}"),
    ]
    rows += [] if project.beside else [("add a domain", "upsun domain:add www.example.com")]
    if project.flavour == "flex":
        rows.append(("give it more", f"upsun resources:set --size app:0.25{where}"))
    return rows


def variables_in_files(answers: Answers) -> set[str]:
    """Names of the variables that the configuration sets for an app."""
    return checks.variables(answers.root, answers.values)


def _linked(site: Site) -> Project:
    project = Project(site, id=Project(site).known())
    if not project.id:
        raise Failure("This repository is no longer linked to an Upsun project.", anchor="platform-refused")
    return project
