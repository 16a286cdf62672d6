"""Heroku, provisioned and deployed to with its CLI: https://devcenter.heroku.com/articles/heroku-cli-commands"""

from __future__ import annotations

from ....adapter.site import Site
from .app import App
from .program import tool
from .release import releases
from .resources import steps

__all__ = ["address", "afterwards", "logs", "releases", "setting", "steps", "tool"]


def address(site: Site) -> str:
    return site.notes["address"]


def setting(site: Site) -> str:
    """How the owner sets a variable by hand."""
    return f"Set each with `heroku config:set NAME=value -a {site.name}`."


def logs(site: Site) -> tuple[str, ...]:
    """The question that shows the site's log."""
    return ("logs", "-a", site.name, "-n", "200")


def afterwards(site: Site) -> list[tuple[str, str]]:
    name, app = site.name, App(site)
    return [
        ("deploy a change", f"git push {app.remote} HEAD:refs/heads/main"),
        ("see logs", f"heroku logs --tail -a {name}"),
        ("make an admin", f"heroku run -a {name} -- python -m django createsuperuser"),
        ("roll back", f"heroku rollback -a {name}"),
        ("add a domain", f"heroku domains:add www.example.com -a {name}"),
    ]
