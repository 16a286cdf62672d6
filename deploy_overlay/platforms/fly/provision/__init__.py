"""Fly.io, provisioned and deployed to with its CLI: https://fly.io/docs/flyctl/"""

from __future__ import annotations

from collections.abc import Mapping

from ....adapter.processes import Process
from ....adapter.request import PRODUCTION
from ....adapter.site import Site
from ....adapter.steps import Command
from ....base.answers import Answers
from . import machines, size
from .app import App
from .database import database
from .destruction import destruction
from .history import history
from .inside import inside
from .moving import dns_record, domain_commands, release_again
from .program import tool
from .release import configuration, releases
from .resources import steps
from .rollback import rollback
from .secret_lines import import_secrets

__all__ = [
    "FAILED_STAYS",
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

# flyctl updates one Machine after the other and takes none of them back: https://fly.io/docs/launch/deploy/
FAILED_STAYS = True


def address(site: Site) -> str:
    return site.notes["address"]


def closed(site: Site) -> str:
    """Fly.io has no switch that closes a site."""
    return ""


def processes(site: Site) -> list[Process]:
    return machines.processes(App(site))


def differences(site: Site) -> list[str]:
    """Sentences on what is otherwise than the project says, which no step is about."""
    return machines.differences(App(site))


def domains(site: Site) -> list[str]:
    """Those that have a certificate: https://fly.io/docs/networking/custom-domain/"""
    found = App(site).rows("certs", "list", "-a", site.name)
    return [str(one.get("hostname") or one["Hostname"]) for one in found]


def how_to_set_variables(site: Site) -> str:
    """How the owner sets a variable by hand."""
    return f"Set each with `fly secrets set NAME=value --stage -a {site.name}`."


def variables(site: Site) -> Mapping[str, str | None]:
    """Name and value of every variable; None for a value that the platform does not show."""
    return dict.fromkeys(App(site).secrets())


def set_variables(site: Site, values: Mapping[str, str]) -> list[Command]:
    """The commands that set them, whether they are there or not; Machines that run are started again with them."""
    app = App(site)
    return import_secrets(app, values, *([] if app.machines() else ["--stage"]))


def variables_in_files(answers: Answers) -> set[str]:
    """Names of the variables that `[env]` of fly.toml sets."""
    return size.variables(answers)


def logs(site: Site) -> tuple[str, ...]:
    """The question that shows the site's log."""
    return ("logs", "-a", site.name, "--no-tail")


def next_commands(site: Site) -> list[tuple[str, str]]:
    name = site.name
    # Beside production the file names another app.
    beside = ("-a", name) if site.request.environment != PRODUCTION else ()
    deploy = site.cli.line("deploy", *beside, *configuration(site))
    return [
        ("deploy a change", f"{deploy} --ha=false"),
        ("see logs", f"fly logs -a {name}"),
        ("add a domain", f"fly certs add www.example.com -a {name}"),
    ]
