"""What deletes a site from Heroku: https://devcenter.heroku.com/articles/heroku-cli-commands#heroku-apps-destroy

Deleting the app deletes every add-on that is billed to it, the database among them. An add-on that is billed to another app
and attached here stays.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Sequence
from typing import Any

from ....adapter.ownership import reason_not_to_delete, refuse_deletion
from ....adapter.site import MARK, Site
from ....adapter.steps import Command, Destruction, Leftover, Observation, Part, Step
from ....base.message import Failure
from ..addons import addons
from . import dynos
from .addons import STEPS, plan_of, price, service_of
from .app import App

NOTE = "Heroku deletes add-ons with their app, so the data cannot go last."
REDIS = "heroku-redis"
SOON = 120.0  # seconds that a deletion may take
LOSES = {
    "heroku-postgresql": "everything in it{size} and its backups",
    REDIS: "queued jobs and everything else in it",
    "bucketeer": "every uploaded file",
}


def destruction(site: Site, keep_data: bool) -> Destruction:
    app = App(site)
    if keep_data:
        return Destruction([_dynos(app), _redis(app), _kept(app)])
    return Destruction([_app(app)], note=NOTE)


def _is_there(app: App) -> bool:
    """Whether the app is there. Raises Failure where it is not this project's."""
    found = app.info()
    if found is None:
        if renamed := app.renamed():
            raise Failure(
                f"The Heroku app {app.name} is called {renamed} now: rename it back with `heroku apps:rename {app.name} -a "
                f"{renamed}`, then run this again.",
                anchor="not-this-projects",
            )
        return False
    config = app.config()
    marks = [config[MARK]] if config.get(MARK) else []
    if why := reason_not_to_delete(app.site, "app", app.name, marks, unused=lambda: not (config or app.ask("addons"))):
        raise refuse_deletion(f"The Heroku app {app.name}", why, f"heroku apps:destroy -a {app.name}")
    return True


def _app(app: App) -> Step:
    def observe() -> Observation:
        if not _is_there(app):
            return Observation(True)
        own, shared = _addons(app)
        _check_shared(app, own)
        parts = [*_running(app), *(_part(app, one) for one in own)]
        return Observation(
            False,
            "with its config vars, domains and address",
            parts=tuple(parts),
            leaves=(*map(_left, shared), *_pipeline(app)),
        )

    line = ("apps:destroy", "-a", app.name, "--confirm", app.name)
    return Step(
        name="app", what=f"app {app.name}", observe=observe, commands=lambda: [Command(line)], patience=SOON,
        deletes=("app", *STEPS.values(), *_processes(app)),
    )  # fmt: skip


def _addons(app: App) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The add-ons that are billed to the app, and those of other apps that are attached to it."""
    found = app.ask("addons")
    own = [one for one in found if _biller(one) == app.name]
    return own, [one for one in found if one not in own]


def _biller(addon: dict[str, Any]) -> str:
    return str((addon.get("app") or {}).get("name", ""))


def _check_shared(app: App, own: Sequence[dict[str, Any]]) -> None:
    """Raises Failure where another app uses an add-on that would be deleted."""
    for addon in own:
        attached = {str(one["app"]["name"]): str(one["name"]) for one in addon.get("attachments") or []}
        users = sorted(attached.keys() - {app.name})
        if users:
            raise Failure(
                f"The add-on {addon['name']} of the Heroku app {app.name} is attached to {', '.join(users)} too, which "
                f"would lose it. Nothing was deleted. Detach it with `heroku addons:detach {attached[users[0]]} -a "
                f"{users[0]}`, then run this again.",
                anchor="used-elsewhere",
            )


def _running(app: App) -> list[Part]:
    found = dynos.formation(app)
    running = {kind: one for kind, one in found.items() if one[0]}
    cost = sum(dynos.monthly(kind, one) for kind, one in running.items())
    return [Part(f"dynos {dynos.describe(running)}", cost=cost)] if running else []


def _part(app: App, addon: dict[str, Any]) -> Part:
    service, plan = service_of(addon), plan_of(addon)
    size = _size(app, str(addon["name"])) if service == "heroku-postgresql" else ""
    loses = LOSES.get(service, "whatever is in it").format(size=size)
    return Part(f"add-on {addon['name']} ({plan})", loses, _price(app, addon))


def _price(app: App, addon: dict[str, Any]) -> float:
    known = next((one for one in addons(app.site.answers.values) if one.service == service_of(addon)), None)
    return price(addon, known.prices if known else {})


def _size(app: App, name: str) -> str:
    """How much is in the database, as far as Heroku tells; empty where it does not."""
    told = ""
    with contextlib.suppress(Failure):
        told = app.site.cli.text("pg:info", name, "-a", app.name)
    tables, stored = re.search(r"(?m)^Tables:\s*(\d+)", told), re.search(r"(?m)^Data Size:\s*([\d.]+ [kKMGT]?B)", told)
    found = [f"{tables[1]} tables" if tables else "", stored[1] if stored else ""]
    return f" ({', '.join(filter(None, found))})" if any(found) else ""


def _left(addon: dict[str, Any]) -> Leftover:
    return Leftover(f"add-on {addon['name']}", f"it is billed to the app {_biller(addon)}")


def _pipeline(app: App) -> list[Leftover]:
    """The one that a run made for an environment: by now it may have other apps and its owner's settings."""
    if not app.coupling or not app.site.record.is_done("pipeline"):
        return []
    pipeline = app.coupling["pipeline"]
    line = app.site.cli.line("pipelines:destroy", str(pipeline["id"]))
    return [
        Leftover(
            f"pipeline {pipeline.get('name') or ''}".strip(), "it costs nothing, and other apps may be in it", undo=line
        )
    ]


def _processes(app: App) -> tuple[str, ...]:
    """As the record names the steps that start them."""
    return ("dynos", *(f"dyno {process.name}" for process in app.site.plan.beside))


def _dynos(app: App) -> Step:
    def observe() -> Observation:
        parts = _running(app) if _is_there(app) else []
        return Observation(
            not parts, parts[0].what.removeprefix("dynos ") if parts else "", cost=sum(one.cost for one in parts)
        )

    def running() -> list[str]:
        return [kind for kind, (number, _) in dynos.formation(app).items() if number]

    def line() -> tuple[str, ...]:
        return ("ps:scale", *(f"{kind}=0" for kind in running()), "-a", app.name)

    def commands() -> list[Command]:
        app.site.record.choose(dynos.STOPPED, ",".join(running()))
        return [Command(line())]

    return Step(
        name="dynos", what=f"dynos of {app.name}", observe=observe, commands=commands, plan=lambda: [app.site.cli.line(*line())],
        patience=SOON, deletes=_processes(app),
    )  # fmt: skip


def _redis(app: App) -> Step:
    doomed: list[str] = []

    def observe() -> Observation:
        own, _ = _addons(app) if _is_there(app) else ([], [])
        found = [one for one in own if service_of(one) == REDIS]
        _check_shared(app, found)
        doomed[:] = [str(one["name"]) for one in found]
        return Observation(
            not found, ", ".join(doomed), cost=sum(_price(app, one) for one in found), loses=LOSES[REDIS]
        )

    def commands() -> list[Command]:
        return [Command(("addons:destroy", name, "-a", app.name, "--confirm", app.name)) for name in doomed]

    return Step(
        name="redis", what="Key-Value Store", observe=observe, commands=commands, patience=SOON, deletes=("redis",)
    )


def _kept(app: App) -> Step:
    """The app with what holds data."""

    def observe() -> Observation:
        if not _is_there(app):
            return Observation(True)
        own, shared = _addons(app)
        kept = [one for one in own if service_of(one) != REDIS]
        parts = [_part(app, one) for one in kept]
        why = "kept, because its add-ons would go with it" if kept else "kept"
        leaves = [
            Leftover(f"app {app.name}", why),
            *(Leftover(one.what, "kept with its data", one.cost) for one in parts),
        ]
        return Observation(True, leaves=(*leaves, *map(_left, shared)))

    return Step(name="app", what=f"app {app.name}", observe=observe, commands=lambda: [])
