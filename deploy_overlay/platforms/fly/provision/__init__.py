"""Fly.io, provisioned and deployed to with its CLI: https://fly.io/docs/flyctl/"""

from __future__ import annotations

from ....adapter.site import Site
from ....base.answers import Answers
from . import size
from .program import tool
from .release import configuration, releases
from .resources import steps

__all__ = ["address", "afterwards", "closed", "logs", "releases", "setting", "steps", "tool", "written"]


def address(site: Site) -> str:
    return site.notes["address"]


def closed(site: Site) -> str:
    """Fly.io has no switch that closes a site."""
    return ""


def setting(site: Site) -> str:
    """How the owner sets a variable by hand."""
    return f"Set each with `fly secrets set NAME=value --stage -a {site.name}`."


def written(answers: Answers) -> set[str]:
    """Names of the variables that `[env]` of fly.toml sets."""
    return size.variables(answers)


def logs(site: Site) -> tuple[str, ...]:
    """The question that shows the site's log."""
    return ("logs", "-a", site.name, "--no-tail")


def afterwards(site: Site) -> list[tuple[str, str]]:
    name, deploy = site.name, site.cli.line("deploy", *configuration(site))
    return [
        ("deploy a change", f"{deploy} --ha=false"),
        ("see logs", f"fly logs -a {name}"),
        ("make an admin", f'fly ssh console -a {name} --pty -C "python -m django createsuperuser"'),
        ("roll back", f"fly releases -a {name} --image, then {deploy} --image IMAGE"),
        ("add a domain", f"fly certs add www.example.com -a {name}"),
    ]
