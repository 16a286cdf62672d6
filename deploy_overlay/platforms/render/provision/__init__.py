"""Render, whose Blueprint its owner makes once by hand; from then on its API deploys: https://api-docs.render.com/"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping

from ....adapter.processes import Process
from ....adapter.site import Site
from ....adapter.steps import Command
from ....base.answers import Answers
from ..stores import DATABASE
from .app import App
from .database import database, left_open
from .destruction import destruction
from .history import history
from .inside import inside
from .moving import dns_record, domain_commands, release_again
from .program import API, DASHBOARD, tool
from .release import releases
from .resources import set_on, steps
from .rollback import rollback

__all__ = [
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


def address(site: Site) -> str:
    if "address" not in site.notes:
        App(site).look()
    return site.notes["address"]


def closed(site: Site) -> str:
    """Suspended by its owner, or in maintenance mode: https://render.com/docs/maintenance-mode"""
    web = App(site).web()
    mode = (web.get("serviceDetails") or {}).get("maintenanceMode") or {}
    if web.get("suspended") == "suspended":
        return f"The service is suspended, so that visitors get an error: resume it at {web.get('dashboardUrl')}."
    return f"Maintenance mode is on: switch it off at {web.get('dashboardUrl')}." if mode.get("enabled") else ""


def processes(site: Site) -> list[Process]:
    return list(_processes(App(site)))


def _processes(app: App) -> Iterator[Process]:
    for process, service in app.look().items():
        if service.get("suspended") == "suspended":
            yield Process(process, "suspended", well=False, hint=f"{service.get('dashboardUrl')} resumes it")
        elif service["type"] != "cron_job":
            for one in app.site.cli.json("GET", f"/services/{service['id']}/instances") or []:
                yield Process(process, "running", since=str(one.get("createdAt") or ""))


def domains(site: Site) -> list[str]:
    """https://api-docs.render.com/reference/list-custom-domains"""
    listed = site.cli.json("ALL", f"/services/{App(site).web()['id']}/custom-domains")
    return [str(one["customDomain"]["name"]) for one in listed]


def differences(site: Site) -> list[str]:
    """Services that the Blueprint no longer declares go on costing money, and nothing may stay open to everybody."""
    app = App(site)
    web, known = app.web(), {name for name, _ in app.wanted.values()}
    found = [
        f"{one['name']} is not in render.yaml, and goes on costing money: delete it at {one.get('dashboardUrl')}."
        for one in (each["service"] for each in site.cli.json("ALL", "/services"))
        if str(one["name"]).startswith(f"{app.name}-") and one["name"] not in known
        and (one.get("ownerId"), one.get("repo")) == (web.get("ownerId"), web.get("repo"))
    ]  # fmt: skip
    database = app.store(DATABASE)
    if database and left_open(database):
        found.append(
            f"{database['name']} accepts connections from anywhere, because a run was cut off: run "
            f"`{site.command('backup')}`, which closes it at its end."
        )
    return found


def how_to_set_variables(site: Site) -> str:
    """How the owner sets a variable by hand."""
    return f"Set each with `{site.command('env', 'set', 'NAME=VALUE')}`."


def variables(site: Site) -> Mapping[str, str | None]:
    return dict(App(site).variables())


def set_variables(site: Site, values: Mapping[str, str]) -> list[Command]:
    """On every service of the site; the next deployment gives them to its processes, also one of the same commit."""
    app = App(site)
    app.look()

    def on(process: str) -> list[Command]:
        return [
            dataclasses.replace(one, on_success=lambda told: app.outdate(process))
            for one in set_on(app, [process], values)
        ]

    return [command for process in app.seen for command in on(process)]


def variables_in_files(answers: Answers) -> set[str]:
    """The owner is asked for each when the Blueprint is made, and may have left it empty."""
    return set()


def logs(site: Site) -> tuple[str, ...]:
    """https://api-docs.render.com/reference/list-logs"""
    web = App(site).web()
    return ("GET", f"/logs?ownerId={web['ownerId']}&resource={web['id']}&limit=100")


def next_commands(site: Site) -> list[tuple[str, str]]:
    web = App(site).web()
    domain = API.command("POST", f"/services/{web['id']}/custom-domains", {"name": "www.example.com"})
    return [
        ("deploy a change", site.command("deploy")),
        ("see logs", str(web.get("dashboardUrl") or DASHBOARD)),
        ("add a domain", domain.line(site.cli.name)),
    ]
