"""What a site needs that moves to Upsun: its release once more on other rows, and its domains."""

from __future__ import annotations

from collections.abc import Sequence

from ....adapter.site import Site
from ....adapter.steps import Command
from .project import Project

REDEPLOY = 1800.0  # seconds


def release_again(site: Site) -> list[Command]:
    """Redeploying starts every container anew, and runs no deploy hook: so the hook's command comes first.

    https://docs.upsun.com/development/troubleshoot.html#force-a-redeploy
    """
    project = Project(site, id=Project(site).linked())
    where = ("--project", project.id, "--environment", project.branch)
    return [
        Command(("ssh", *where, site.plan.release), timeout=REDEPLOY, progress="running the release command ..."),
        Command(
            ("environment:redeploy", *where, "--yes"), timeout=REDEPLOY, progress="Upsun starts everything anew ..."
        ),
    ]


def domain_commands(site: Site, names: Sequence[str]) -> list[str]:
    """https://docs.upsun.com/domains/steps.html"""
    project = Project(site).linked()
    return [f"upsun domain:add {name} --project {project}" for name in names]


def dns_record(site: Site, name: str) -> str:
    """The DNS record of a domain, in words: the target is the same for all of them, and providers call an apex's so too."""
    project = Project(site, id=Project(site).linked())
    host = project.look_at_environment().get("edge_hostname", "")
    where = f"--project {project.id} --environment {project.branch}"
    return f"CNAME {host}" if host else f"CNAME: what `upsun environment:info edge_hostname {where}` prints"
