"""What a site needs that moves to a server: values where Kamal takes them from, its release once more, and its domains."""

from __future__ import annotations

import ipaddress
from collections.abc import Collection, Mapping, Sequence

from ....adapter.site import Site
from ....adapter.steps import Command
from ....base import git
from ....base.message import Failure
from ....plan.names import domains
from .. import checks, files
from . import values
from .release import TRIED
from .server import DEPLOYING, Server


def passed_variables(site: Site) -> set[str]:
    """Names that the site gets: both files have to name one."""
    printed = set(values.printed(site, Server(site).destination))
    listed = checks.passed(site.root)
    return printed if listed is None else printed & listed


def how_to_pass(site: Site, names: Collection[str]) -> str:
    """A sentence on variables that the site would not get."""
    known = files.variables(site.answers.values)
    line = site.command("set", f"kamal_variables={','.join(dict.fromkeys([*known, *names]))}")
    return (
        f"Kamal passes only the variables that its files name. To pass {', '.join(names)} too: `{line}`, then commit."
    )


def keep_values(site: Site, given: Mapping[str, str]) -> None:
    """Write values into deploy/.env, which git ignores. Raises Failure if that is not where they are taken from."""
    path = values.own_file(site)
    if git.text(site.root, "check-ignore", "--", path) == "":
        raise Failure(
            f"{path} would have secrets, and git does not ignore it: add it to .gitignore, commit, then run this again.",
            anchor="values-not-ignored",
        )
    values.write(site, given)
    there = values.printed(site, Server(site).destination)
    lost = [name for name, value in given.items() if there.get(name, value) != value]
    if lost:
        raise Failure(
            f".kamal/secrets and {path} have different values for {', '.join(lost)}, and the old site's are in {path}: unset the "
            "variable in your shell, or correct it in your password manager, then run this again.",
            anchor="values-not-taken",
        )


def release_again(site: Site) -> list[Command]:
    """The image that is there, with its migrations and every container anew: https://kamal-deploy.org/docs/commands/deploy/"""
    server = Server(site)
    site.notes[TRIED] = site.commit
    return server.changed_by("deploy", "--skip-push", timeout=DEPLOYING, progress="Kamal releases once more ...")


def domain_commands(site: Site, names: Sequence[str]) -> list[str]:
    """Kamal's proxy knows the domains of its configuration."""
    known = domains(site.answers.text("deploy_domains"))
    missing = [name for name in names if name not in known]
    if not missing:
        return []
    line = site.command("set", f"deploy_domains={','.join([*known, *missing])}")
    return [line, 'git commit --all --message "Add our domains"', site.command("deploy")]


def dns_record(site: Site, name: str) -> str:
    """The DNS record of a domain, in words."""
    host = Server(site).hosts[0]
    try:
        return f"{'AAAA' if ipaddress.ip_address(host).version == 6 else 'A'} {host}"
    except ValueError:
        return f"A: the address of {host}"
