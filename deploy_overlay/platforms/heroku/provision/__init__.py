"""Heroku, provisioned and deployed to with its CLI: https://devcenter.heroku.com/articles/heroku-cli-commands"""

from __future__ import annotations

from collections.abc import Mapping

from ....adapter.site import Site
from ....adapter.steps import Command
from .app import App
from .program import tool
from .release import releases
from .resources import set_config, steps

__all__ = ["address", "afterwards", "logs", "releases", "set_variables", "setting", "steps", "tool", "variables"]


def address(site: Site) -> str:
    return site.notes["address"]


def setting(site: Site) -> str:
    """How the owner sets a variable by hand."""
    return f"Set each with `heroku config:set NAME=value -a {site.name}`."


def variables(site: Site) -> Mapping[str, str | None]:
    """Name and value of every variable; None for a value that the platform does not show."""
    return dict(App(site).config())


def set_variables(site: Site, values: Mapping[str, str]) -> list[Command]:
    """The commands that set them, whether they are there or not."""
    return set_config(App(site), values)


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
