"""Upsun, provisioned and deployed to with its CLI: https://docs.upsun.com/administration/cli/reference.html"""

from __future__ import annotations

import posixpath
import shlex

from ....adapter.site import Site
from ....base.message import Failure
from .program import tool
from .project import Project
from .release import releases
from .resources import steps

__all__ = ["address", "afterwards", "logs", "releases", "setting", "steps", "tool"]


def address(site: Site) -> str:
    return _linked(site).url()


def setting(site: Site) -> str:
    """How the owner sets a variable by hand."""
    return (
        "Set each with `upsun variable:create --level project --prefix env --name NAME --sensitive true "
        "--visible-build false --value VALUE`."
    )


def logs(site: Site) -> tuple[str, ...]:
    """The question that shows the site's log."""
    return ("environment:logs", "app", "--lines", "200")


def afterwards(site: Site) -> list[tuple[str, str]]:
    rows = [
        ("deploy a change", "upsun push"),
        ("see what it did", "upsun activity:log"),
        ("see logs", "upsun log app --tail"),
        ("make an admin", f"upsun ssh {shlex.quote(_in_the_app(site, '-m django createsuperuser'))}"),
        ("add a domain", "upsun domain:add www.example.com"),
    ]
    if Project(site).flavour == "flex":
        rows.append(("give it more", "upsun resources:set --size app:0.25"))
    return rows


def _in_the_app(site: Site, arguments: str) -> str:
    """A command for Python in the app's container, where a shell opens in the source root."""
    root = posixpath.relpath(site.answers.django_root, site.answers.text("django_source_root", ".") or ".")
    python = posixpath.relpath(".venv/bin/python", root)
    return f"{'' if root == '.' else f'cd {shlex.quote(root)} && '}{python} {arguments}"


def _linked(site: Site) -> Project:
    project = Project(site, id=Project(site).linked())
    if not project.id:
        raise Failure("This repository is no longer linked to an Upsun project.", anchor="platform-refused")
    return project
