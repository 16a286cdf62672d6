"""Heroku, provisioned and deployed to with its CLI: https://devcenter.heroku.com/articles/heroku-cli-commands"""

from __future__ import annotations

from collections.abc import Mapping

from ....adapter.processes import Process, not_up
from ....adapter.site import Site
from ....adapter.steps import Command
from ....base.answers import Answers
from ..addons import OF_BUCKETEER
from . import dynos
from .app import MAINTENANCE, App
from .database import database
from .destruction import destruction
from .history import history
from .leaving import close_steps, last_commands, old_site, open_steps
from .program import tool
from .release import releases
from .resources import set_config, steps
from .rollback import rollback

__all__ = [
    "PROMOTES",
    "address",
    "close_steps",
    "closed",
    "crashed",
    "database",
    "destruction",
    "domains",
    "history",
    "how_to_set_variables",
    "last_commands",
    "logs",
    "next_commands",
    "old_site",
    "open_steps",
    "processes",
    "releases",
    "rollback",
    "set_variables",
    "steps",
    "tool",
    "variables",
    "variables_in_files",
]  # fmt: skip

PROMOTES = True  # what was built for one environment can be released in another


def address(site: Site) -> str:
    return site.notes["address"]


def closed(site: Site) -> str:
    """In maintenance mode Heroku answers by itself: https://devcenter.heroku.com/articles/maintenance-mode"""
    if MAINTENANCE in site.notes:
        App(site).info()  # its owner may have ended it while the release was made
    if MAINTENANCE not in site.notes:
        return ""
    return (
        f"Maintenance mode is on, so visitors see Heroku's maintenance page: run `heroku maintenance:off -a {site.name}`, "
        f"then open {site.notes['address']}/healthz."
    )


def crashed(site: Site) -> str:
    """A sentence on processes beside the web process that did not stay up; empty where all did, or there are none."""
    names = [process.name for process in site.plan.beside]
    found = dynos.crashed(App(site), names) if names else []
    return not_up("crashed", {name: f"heroku logs -d {name} -a {site.name}" for name in found})


def processes(site: Site) -> list[Process]:
    return dynos.processes(App(site))


def domains(site: Site) -> list[str]:
    """The owner's own: https://devcenter.heroku.com/articles/custom-domains"""
    return [str(one["hostname"]) for one in App(site).ask("domains") if one["kind"] == "custom"]


def how_to_set_variables(site: Site) -> str:
    """How the owner sets a variable by hand."""
    return f"Set each with `heroku config:set NAME=value -a {site.name}`."


def variables(site: Site) -> Mapping[str, str | None]:
    """Name and value of every variable; None for a value that the platform does not show."""
    config = App(site).config()
    # deploy/platforms/heroku.py has the add-on's under the names that the site reads.
    translated = [name for name, theirs in OF_BUCKETEER.items() if theirs in config]
    return {**dict.fromkeys(translated), **config}


def set_variables(site: Site, values: Mapping[str, str]) -> list[Command]:
    """The commands that set them, whether they are there or not."""
    return set_config(App(site), values)


def variables_in_files(answers: Answers) -> set[str]:
    """No file of Heroku's sets a variable of the running app; app.json is for review apps."""
    return set()


def logs(site: Site) -> tuple[str, ...]:
    """The question that shows the site's log."""
    return ("logs", "-a", site.name, "-n", "200")


def next_commands(site: Site) -> list[tuple[str, str]]:
    name, app = site.name, App(site)
    return [
        ("deploy a change", f"git push {app.remote} HEAD:refs/heads/main"),
        ("see logs", f"heroku logs --tail -a {name}"),
        ("add a domain", f"heroku domains:add www.example.com -a {name}"),
    ]
