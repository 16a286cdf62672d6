"""What deletes a site from Fly.io: https://fly.io/docs/apps/delete/

The app is the last to go: its mark says whose everything is, and its volume holds data. Its Machines go first, so that
nothing is written any more. Managed databases, Redis and buckets do not go with an app:
https://fly.io/docs/about/cost-management/
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ....adapter.ownership import reason_not_to_delete, refuse_deletion
from ....adapter.site import Site
from ....adapter.steps import Command, Destruction, Leftover, Observation, Part, Step
from ....base.message import counted
from .. import prices
from . import databases, size, stores
from .app import App
from .release import STOPPED

GOING = 900.0  # seconds that a cluster may take
SOON = 120.0  # seconds that anything else may take
NOT_RECORDED = "nothing shows that deploy-overlay created it"


def destruction(site: Site, keep_data: bool) -> Destruction:
    app = App(site)
    stops = [_machines(app, keep_data), _redis(app, keep_data)]
    data = [_bucket(app), *_databases(app), _app(app)]
    if not keep_data:
        return Destruction([*stops, *data])
    return Destruction([*stops, *map(_kept, data)])


def _kept(step: Step) -> Step:
    """The same as something that is to stay."""

    def observe() -> Observation:
        seen = step.observe()
        if seen.done:
            return seen
        why = "kept with its data" if seen.loses else "kept with its secrets, for the next deployment"
        parts = (Leftover(one.what, "kept with its data", one.cost) for one in seen.parts)
        return Observation(True, leaves=(Leftover(step.what, why, seen.cost or 0), *parts, *seen.leaves))

    return Step(name=step.name, what=step.what, observe=observe, commands=lambda: [])


def _is_there(app: App) -> bool:
    """Whether the app is there. Raises Failure where it is not this project's."""
    found = app.info()
    if found is None:
        return False
    names = app.secrets()

    def unused() -> bool:
        return not (names or found.get("Deployed") or app.machines() or _volumes(app, app.name))

    if why := reason_not_to_delete(app.site, "app", app.name, app.marks(names), unused=unused):
        raise refuse_deletion(f"The Fly.io app {app.name}", why, app.site.cli.line("apps", "destroy", app.name))
    return True


def _volumes(app: App, name: str) -> list[dict[str, Any]]:
    return app.rows("volumes", "list", "-a", name)


def _gigabytes(volumes: Sequence[dict[str, Any]]) -> int:
    return sum(int(one["size_gb"]) for one in volumes)


def _machines(app: App, keep_data: bool) -> Step:
    def observe() -> Observation:
        found = app.machines() if _is_there(app) else []
        number = counted(len(found), "Machine")
        return Observation(not found, f"{number} ({size.describe(found)})" if found else "", cost=size.cost(found))

    def line() -> tuple[str, ...]:
        return ("machine", "destroy", *(str(one["id"]) for one in app.seen_machines), "-a", app.name, "--force")

    def commands() -> list[Command]:
        if keep_data:
            app.site.record.choose(STOPPED, "yes")
        return [Command(line())]

    return Step(
        name="machines", what=f"Machines of {app.name}", observe=observe, commands=commands,
        plan=lambda: [app.site.cli.line(*line())], patience=SOON,
        deletes=("machines", "release", *(f"machine of {process.name}" for process in app.site.plan.beside)),
    )  # fmt: skip


def _redis(app: App, keep_data: bool) -> Step:
    """And its address, where the app stays: a deployment would take it for that of another one."""
    name, line = stores.named(app, "redis"), ("redis", "destroy", stores.named(app, "redis"), "--yes")

    def observe() -> Observation:
        found = next((row for row in stores.databases(app) if row["name"] == name), None)
        if found is None:
            return Observation(True)
        cost = prices.REDIS_PLANS.get(found["plan"], 0.0)
        if why := _unmarked(app, "redis", name):
            return Observation(True, leaves=(Leftover(f"Redis {name}", why, cost, app.site.cli.line(*line)),))
        return Observation(False, cost=cost, loses="queued jobs and everything else in it")

    def commands() -> list[Command]:
        unset = ("secrets", "unset", stores.REDIS, "-a", app.name, "--stage")
        known = keep_data and app.info() is not None and app.has(stores.REDIS)
        return [*([Command(unset)] if known else []), Command(line)]

    return Step(
        name="redis", what=f"Redis {name}", observe=observe, commands=commands, patience=SOON, deletes=("redis",),
    )  # fmt: skip


def _unmarked(app: App, step: str, name: str) -> str:
    """Why a thing is left that has the mark in its name; in a shallow clone the name has none."""
    return "" if app.site.mark or app.site.record.owns(step, name) else NOT_RECORDED


def _bucket(app: App) -> Step:
    name, line = stores.named(app, "uploads"), ("storage", "destroy", stores.named(app, "uploads"), "--yes")

    def observe() -> Observation:
        found = stores.buckets(app)
        own = stores.bucket_of(app) if app.info() else ""
        others = (
            (Leftover(f"bucket {own}", NOT_RECORDED, undo=f"fly storage destroy {own}"),)
            if own not in ("", name)
            else ()
        )
        if name not in found:
            return Observation(True, leaves=others)
        if why := _unmarked(app, "bucket", name):
            return Observation(True, leaves=(Leftover(f"bucket {name}", why, undo=app.site.cli.line(*line)),))
        return Observation(False, loses="every uploaded file", leaves=others)

    return Step(
        name="bucket", what=f"bucket {name}", observe=observe, commands=lambda: [Command(line)], patience=SOON,
        deletes=("bucket",),
    )  # fmt: skip


def _databases(app: App) -> list[Step]:
    """The kind of the answers, and that of an earlier answer where the record knows of one."""
    before = app.site.record.owns("database", app.database)
    managed = app.managed and (app.site.database == "postgres" or before)
    return [*([_managed(app)] if managed else []), _unmanaged(app)]


def _managed(app: App) -> Step:
    doomed: list[str] = []

    def observe() -> Observation:
        found = app.rows("mpg", "list", "--org", app.org, empty=databases.NONE_MANAGED)
        named = [one for one in found if one["name"] == app.database or app.name in databases.apps(one)]
        reasons = {str(one["id"]): _not_ours(app, one, named) for one in named}
        leaves = tuple(_left(app, one, reasons[str(one["id"])]) for one in named if reasons[str(one["id"])])
        mine = next((one for one in named if not reasons[str(one["id"])]), None)
        if mine is None:
            return Observation(True, leaves=leaves)
        doomed[:] = [str(mine["id"])]
        going = "destroy" in str(mine["status"])
        loses = f"everything in it ({mine['disk']} GB of storage) and its backups"
        return Observation(False, cost=_price(mine), pending=going, loses=loses, leaves=leaves)

    return Step(
        name="database", what=f"managed PostgreSQL {app.database}", observe=observe,
        commands=lambda: [Command(("mpg", "destroy", identity, "--yes")) for identity in doomed],
        patience=GOING, deletes=("database", "attachment"),
    )  # fmt: skip


def _price(cluster: dict[str, Any]) -> float:
    return prices.managed(str(cluster.get("plan") or databases.PLAN), int(cluster.get("disk") or prices.MANAGED_SIZE))


def _not_ours(app: App, cluster: dict[str, Any], named: Sequence[dict[str, Any]]) -> str:
    """Why a cluster is left; empty where this clone made it for this app alone. Nothing can be written on a cluster."""
    record = app.site.record
    others = [name for name in databases.apps(cluster) if name != app.name]
    if others:
        return f"{', '.join(others)} {'uses' if len(others) == 1 else 'use'} it too"
    if cluster["name"] != app.database or not record.owns("database", app.database):
        return NOT_RECORDED
    known, several = record.chosen(databases.ID), sum(one["name"] == app.database for one in named) > 1
    if (known and known != str(cluster["id"])) or (several and not known):
        return "it has the same name, but nothing shows that deploy-overlay created this one"
    return ""


def _left(app: App, cluster: dict[str, Any], why: str) -> Leftover:
    undo = app.site.cli.line("mpg", "destroy", str(cluster["id"]))
    return Leftover(f"managed PostgreSQL {cluster['name']}", why, _price(cluster), undo)


def _unmanaged(app: App) -> Step:
    line = ("apps", "destroy", app.database, "--yes")

    def observe() -> Observation:
        if not any(one["Name"] == app.database for one in app.rows("apps", "list")):
            return Observation(True)
        machines, volumes = app.rows("machine", "list", "-a", app.database), _volumes(app, app.database)
        cost = size.cost(machines) + _gigabytes(volumes) * prices.VOLUME
        marks = app.marks([str(one["name"]) for one in app.rows("secrets", "list", "-a", app.database)])
        # Its mark is written before the site gets its address.
        why = reason_not_to_delete(
            app.site, "database", app.database, marks, unused=lambda: not (app.info() and app.has(databases.URL))
        )
        if why:
            return Observation(
                True, leaves=(Leftover(f"PostgreSQL {app.database}", why, cost, app.site.cli.line(*line[:-1])),)
            )
        return Observation(
            False, cost=cost, loses=f"everything in it ({_gigabytes(volumes)} GB volume) and its snapshots"
        )

    return Step(
        name="unmanaged database", what=f"PostgreSQL {app.database}, unmanaged", observe=observe,
        commands=lambda: [Command(line)], patience=SOON, deletes=("database", "attachment"),
    )  # fmt: skip


def _app(app: App) -> Step:
    line = ("apps", "destroy", app.name, "--yes")

    def observe() -> Observation:
        if not _is_there(app):
            return Observation(True)
        return Observation(
            False, "with its secrets, certificates and address", parts=tuple(map(_part, _volumes(app, app.name)))
        )

    return Step(
        name="app", what=f"app {app.name}", observe=observe, commands=lambda: [Command(line)], patience=SOON,
        deletes=("app", "volume"),
    )  # fmt: skip


def _part(volume: dict[str, Any]) -> Part:
    stored = int(volume["size_gb"])
    loses = f"every file on it ({stored} GB) and its snapshots"
    return Part(f"volume {volume['name']} in {volume['region']}", loses, stored * prices.VOLUME)
