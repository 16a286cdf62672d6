"""PostgreSQL on Fly.io: managed, or unmanaged where its owner looks after it.

https://fly.io/docs/mpg/ and https://fly.io/docs/postgres/
"""

from __future__ import annotations

import secrets as random
from collections.abc import Iterator
from typing import Any

from ....adapter.ownership import reason_not_to_use
from ....adapter.steps import Command, Observation, Step
from ....base.message import Failure, counted
from .. import prices
from . import size
from .app import App, attached, mark
from .orders import ordered_once

URL = "DATABASE_URL"
PLAN = "basic"
NONE_MANAGED = "No managed postgres clusters found"
NONE_UNMANAGED = "No postgres clusters found"
NEW = "new"
ID = "cluster id"  # in the record: that of the cluster which this clone made
SET = f"{URL} is already set, so no database is created"
READY = 1800.0  # seconds that a cluster may take; the command itself waits without a limit


def managed(app: App) -> list[Step]:
    site = app.site
    asked = ("--plan", PLAN, "--volume-size", str(prices.MANAGED_SIZE), "--pg-major-version", "17")
    create = ("mpg", "create", "--name", app.database, "--org", app.org, "--region", app.region, *asked)
    order = Command(create, secret=True, timeout=READY, progress="Fly.io creates the database, a few minutes ...")

    def listed() -> list[dict[str, Any]]:
        return app.rows("mpg", "list", "--org", app.org, empty=NONE_MANAGED)

    def ordered() -> Iterator[Command]:
        site.record.choose(ID, "")
        yield from ordered_once(app, "database", "database", lambda: bool(_named(app, listed())), order)

    def observe() -> Observation:
        found = listed()
        cluster = next((one for one in found if app.name in apps(one)), None)
        if cluster is None and app.has(URL):
            return Observation(True, SET, cost=0)
        cluster = cluster or _own(app, found) or _chosen(app, found)
        if cluster is None:
            return Observation(False)
        text = f"{cluster['name']} in {cluster['region']}"
        if cluster["status"] == "error":
            return Observation(
                False, problem=f"Fly.io could not create {text}: `fly mpg destroy {cluster['id']}`, then continue."
            )
        ready = cluster["status"] == "ready"
        if (
            cluster["name"] == app.database
            and site.record.owns("database", app.database)
            and not site.record.chosen(ID)
        ):
            site.record.choose(ID, str(cluster["id"]))
        if cluster["name"] != app.database:  # another site's, which is paid for already
            return Observation(ready, text, pending=not ready, cost=0)
        return Observation(ready, text, pending=not ready, **_scaled(app, cluster))

    cluster = Step(
        name="database",
        what=f"managed PostgreSQL {app.database}",
        where=f"{app.region}, organisation {app.org}",
        cost=prices.managed(),
        observe=observe,
        commands=ordered,
        plan=lambda: [site.cli.line(*create)],
        shown=lambda: attached(app, URL),
        undo=f"fly mpg list --org {app.org}, then fly mpg destroy ID",
        creates=app.database,
        unique=False,
        patience=READY,
    )
    attach = Step(
        name="attachment",
        what=f"{URL} from that database",
        observe=lambda: Observation(URL in app.secrets()),
        commands=lambda: _attach(app),
        plan=lambda: [site.cli.line("mpg", "attach", "ID", "-a", app.name)],
        after=("app", "database"),
        patience=30,
    )
    return [cluster, attach]


def _scaled(app: App, cluster: dict[str, Any]) -> dict[str, Any]:
    """What the owner made of the cluster: its price of a month, and how it differs from the answers.

    Its storage grows by itself: https://fly.io/docs/mpg/#database-storage
    """
    plan, region = str(cluster.get("plan") or PLAN).lower(), str(cluster["region"])
    cost = prices.managed(plan, int(cluster.get("disk") or prices.MANAGED_SIZE))
    same = (plan, region) == (PLAN, app.region)
    differs = f"the plan {plan} in {region}; the answers say {PLAN} in {app.region}"
    return {"cost": cost, "differs": "" if same else differs}


def _own(app: App, found: list[dict[str, Any]]) -> dict[str, Any] | None:
    """The cluster that this app is attached to, or the one of its name that an interrupted run of this clone made.

    Nothing can be written on a cluster, and its list of apps is no proof that nobody uses it: the CLI writes that last,
    and goes on where that fails. So another one of this name is used by its owner's word alone.
    """
    mine = next((one for one in found if app.name in apps(one)), None)
    if mine is not None:
        return mine
    named = _named(app, found)
    if named is None or (not apps(named) and app.site.record.owns("database", app.database)):
        return named
    users = f", which belongs to {', '.join(apps(named))}," if apps(named) else ""
    what = f"The database {app.database}{users}"
    cure = f"or choose another name with {app.site.request.another_name}."
    app.site.prompts.adopt("database", app.database, what, unused=False, cure=cure)
    return named


def _named(app: App, found: list[dict[str, Any]]) -> dict[str, Any] | None:
    return next((one for one in found if one["name"] == app.database), None)


def apps(cluster: dict[str, Any]) -> list[str]:
    return [str(one["name"]) for one in cluster.get("attached_apps") or []]


def _chosen(app: App, found: list[dict[str, Any]]) -> dict[str, Any] | None:
    """Another cluster of the organisation is offered, never taken; its price is paid already."""
    site = app.site
    given = site.answers.text("fly_cluster")
    if not found or not (given or site.request.terminal or site.record.chosen("fly_cluster")):
        return None
    labels = {NEW: f"a new one, {app.database} (${prices.managed():.2f} a month)"}
    for one in found:
        users = f", used by {', '.join(apps(one))}" if apps(one) else ""
        labels[str(one["id"])] = f"{one['name']} in {one['region']}{users}"
    chosen = site.prompts.choose("fly_cluster", "PostgreSQL cluster", given, labels)
    return next((one for one in found if one["id"] == chosen), None)


def _attach(app: App) -> list[Command]:
    """In a cluster that is not this app's alone it gets a database of its own."""
    found = app.rows("mpg", "list", "--org", app.org, empty=NONE_MANAGED)
    cluster = _own(app, found) or _chosen(app, found)
    if cluster is None:
        raise Failure(
            f"The database of {app.name} was there a moment ago and is no longer listed: run this again.",
            anchor="not-there-yet",
        )
    identity = str(cluster["id"])
    others = [name for name in apps(cluster) if name != app.name]
    attach = ("mpg", "attach", identity, "-a", app.name)
    if cluster["name"] == app.database and not others and app.site.record.owns("database", app.database):
        return [Command(attach, secret=True)]
    own = app.name.replace("-", "_")
    listed = app.rows("mpg", "databases", "list", identity, empty="No databases found")
    made = (
        [] if any(one["name"] == own for one in listed) else [("mpg", "databases", "create", identity, "--name", own)]
    )
    return [*map(Command, made), Command((*attach, "--database", own), secret=True)]


def _scaled_app(app: App) -> dict[str, Any]:
    """As `_scaled`, of the app that a PostgreSQL is which its owner looks after; nothing depends on the answer."""
    try:
        machines = app.rows("machine", "list", "-a", app.database)
        volumes = app.rows("volumes", "list", "-a", app.database)
    except Failure:
        return {}
    stored = sum(int(one["size_gb"]) for one in volumes) * prices.VOLUME
    changed = len(machines) != 1 or {size.running(one) for one in machines} - {None, size.Size("shared", 1, 256)}
    differs = f"{counted(len(machines), 'Machine')} ({size.describe(machines)}); it was made with 1 (shared-cpu-1x with 256 MB)"
    return {"cost": size.cost(machines) + stored, "differs": differs if changed else ""}


def unmanaged(app: App) -> list[Step]:
    site = app.site
    asked = ("--vm-size", "shared-cpu-1x", "--volume-size", "1", "--initial-cluster-size", "1")
    create = ("postgres", "create", "--name", app.database, "--org", app.org, "--region", app.region, *asked)
    destroy = ("apps", "destroy", app.database, "--yes")

    def there() -> bool:
        return any(one["Name"] == app.database for one in app.rows("postgres", "list", empty=NONE_UNMANAGED))

    def unfinished() -> bool:
        """What a killed run of this clone left without a Machine: it has never run, and cannot be finished."""
        begun = site.record.intended("database", app.database)
        return begun and not app.rows("machine", "list", "-a", app.database)

    def observe() -> Observation:
        if not there():
            return Observation(True, SET, cost=0) if app.has(URL) else Observation(False)
        marks = app.marks([str(one["name"]) for one in app.rows("secrets", "list", "-a", app.database)])
        if site.mark not in marks and app.has(URL) and not site.record.owns("database", app.database):
            return Observation(True, SET, cost=0)  # from elsewhere
        if marks or not site.record.owns("database", app.database):
            problem = reason_not_to_use(
                site,
                "database",
                app.database,
                f"The database {app.database}",
                marks,
                unused=lambda: False,
                cure=f"or choose another name with {site.request.another_name}.",
                other=f"take another name with {site.request.another_name}.",
            )
            if problem:
                return Observation(False, problem=problem)
        if unfinished():
            return Observation(False, "left unfinished, will be recreated")
        return Observation(True, **_scaled_app(app))

    def commands() -> list[Command]:
        left = [Command(destroy)] if there() and unfinished() else []
        return [*left, Command(create, secret=True, timeout=READY)]

    def see_mark() -> Observation:
        """What another made, and its owner lets us use, gets none."""
        if not site.record.owns("database", app.database):
            return Observation(True)
        return Observation(app.marked in [str(one["name"]) for one in app.rows("secrets", "list", "-a", app.database)])

    def attach() -> list[Command]:
        """With a user of its own each time: one that an interrupted run made has a password that nobody knows."""
        user = f"{app.name.replace('-', '_')}_{random.token_hex(3)}"
        return [
            Command(("postgres", "attach", app.database, "-a", app.name, "--database-user", user, "--yes"), secret=True)
        ]

    database = Step(
        name="database",
        what=f"PostgreSQL {app.database}, unmanaged",
        where=f"{app.region}, organisation {app.org}",
        cost=prices.unmanaged(app.region),
        observe=observe,
        commands=commands,
        plan=lambda: [site.cli.line(*create)],
        shown=lambda: attached(app, URL),
        undo=site.cli.line(*destroy),
        creates=app.database,
        patience=60,
    )
    attachment = Step(
        name="attachment",
        what=f"{URL} from that database",
        observe=lambda: Observation(URL in app.secrets()),
        commands=attach,
        plan=lambda: [site.cli.line("postgres", "attach", app.database, "-a", app.name, "--yes")],
        after=("app", "database"),
        patience=30,
    )
    marking = Step(
        name="database mark",
        what="mark the database as this project's",
        observe=see_mark,
        shown=lambda: attached(app, URL),
        commands=lambda: [mark(app, app.database)],
        after=("database",),
        patience=30,
    )
    return [database, *([marking] if app.marked else []), attachment]
