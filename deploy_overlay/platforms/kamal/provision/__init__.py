"""Kamal, on a server of the owner's: https://kamal-deploy.org/docs/commands/"""

from __future__ import annotations

from collections.abc import Mapping

from ....adapter.site import Site
from ....adapter.steps import Command
from ....adapter.unresolved import leads_elsewhere, unresolved
from ....base.answers import Answers
from ....base.message import Failure
from ....plan.names import domains as names_of
from .. import files
from .database import database
from .destruction import destruction
from .history import crashed, differences, history, processes
from .inside import inside
from .moving import dns_record, domain_commands, how_to_pass, keep_values, passed_variables, release_again
from .program import tool
from .release import releases
from .resources import how_to_set_variables, steps
from .rollback import rollback
from .server import Server
from .values import own_file, printed

__all__ = [
    "account",
    "address",
    "closed",
    "crashed",
    "database",
    "destruction",
    "differences",
    "dns_record",
    "domain_commands",
    "history",
    "how_to_pass",
    "how_to_set_variables",
    "inside",
    "keep_values",
    "logs",
    "next_commands",
    "passed_variables",
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


def account(answers: Answers) -> str:
    """As whom SSH logs in."""
    found = files.server(answers.values)
    return f"{found.user}@{found.host}"


def address(site: Site) -> str:
    return f"https://{_hosts(site)[0]}"


def _hosts(site: Site) -> list[str]:
    beside = bool(Server(site).destination)
    return names_of(site.answers.values.get("kamal_staging" if beside else "deploy_domains"))


def closed(site: Site) -> str:
    """Nobody can ask a site whose name leads nowhere yet."""
    server, host = Server(site), _hosts(site)[0]
    several = len(server.places.get(server.roles[0], ())) > 1
    target = "your load balancer" if several else f"the address of {server.hosts[0]}"
    told = unresolved(host, "All containers run", target)
    # Until its owner changes the record, a domain leads to the old site.
    moving = site.values.old and not several
    return told or (leads_elsewhere(host, server.hosts[0], "All containers run", target) if moving else "")


def variables(site: Site) -> Mapping[str, str | None]:
    """Those that .kamal/secrets gives a value now."""
    return {name: value for name, value in printed(site, Server(site).destination).items() if value}


def set_variables(site: Site, values: Mapping[str, str]) -> list[Command]:
    """Raises Failure: their owner keeps them."""
    raise Failure(
        f"Kamal keeps no values: give {', '.join(values)} in {own_file(site)}, or where .kamal/secrets takes each from, then "
        f"`{site.command('deploy')}`.",
        anchor="platform-without-verb",
    )


def variables_in_files(answers: Answers) -> set[str]:
    """What config/deploy.yml sets are constants, which the plan does not count as the owner's."""
    return set()


def logs(site: Site) -> tuple[str, ...]:
    return ("app", "logs", *Server(site).destination)


def next_commands(site: Site) -> list[tuple[str, str]]:
    server = Server(site)
    return [
        ("deploy a change", site.command("deploy")),
        ("see logs", server.line("app", "logs", "--follow")),
        ("add a domain", site.command("set", "deploy_domains=www.example.com")),
    ]
