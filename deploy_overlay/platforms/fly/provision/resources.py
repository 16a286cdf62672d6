"""What must be there before a deployment: app, database or volume, secrets. https://fly.io/docs/flyctl/"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from typing import Any

from ....adapter.cli import timeout_limit
from ....adapter.ownership import reason_not_to_use
from ....adapter.site import Site
from ....adapter.steps import Command, Observation, Step
from ..prices import VOLUME as VOLUME_PRICE
from . import databases, size, stores
from .app import App, group, mark
from .orders import has_note, ordered_once, taken_back
from .secret_lines import import_secrets, staged

MARKED = 10.0  # seconds after which what another clone has created has its mark
VOLUME, SIZE = "data", 1  # as fly.toml mounts it; GB


def steps(site: Site) -> Sequence[Step]:
    app = App(site)
    first = [app.info()]
    planned = [
        Step(
            name="app",
            what=f"app {app.name}",
            where=f"{app.region}, organisation {app.org}",
            observe=lambda: _see_app(app, first.pop() if first else app.info()),
            commands=lambda: [Command(("apps", "create", app.name, "--org", app.org, "--json"))],
            undo=f"fly apps destroy {app.name} --yes",
            creates=app.name,
            patience=30,
            contested=lambda: _contested(app),
        )
    ]
    if app.marked:
        planned.append(
            Step(
                name="mark",
                what="mark the app as this project's",
                observe=lambda: Observation(app.marked in app.secrets()),
                commands=lambda: [mark(app, app.name)],
                after=("app",),
                patience=30,
            )
        )
    if site.database == "postgres":
        planned += databases.managed(app) if app.managed else databases.unmanaged(app)
    if site.plan.resource("volume"):
        planned.append(_volume(app))
    made = {one.kind for one in site.plan.resources if one.how == "made"}
    planned += stores.redis(app) if "redis" in made else []
    planned += stores.bucket(app) if "bucket" in made else []
    planned.append(
        Step(
            name="secrets",
            what="secrets",
            observe=lambda: _see_secrets(app),
            commands=lambda: _import_secrets(app),
            plan=lambda: [site.cli.line("secrets", "import", "-a", app.name, *staged(app))],
            after=("app",),
        )
    )
    return planned


def _see_app(app: App, found: dict[str, Any] | None) -> Observation:
    if found is None:
        return Observation(False)
    site, names = app.site, app.secrets()

    def unused() -> bool:
        return not (names or found.get("Deployed") or app.machines() or app.rows("volumes", "list", "-a", app.name))

    problem = reason_not_to_use(
        site,
        "app",
        app.name,
        f"The Fly.io app {app.name}",
        app.marks(names),
        unused=unused,
        cure=f"or choose another name with {site.request.another_name}.",
        other=f"choose another name with {site.request.another_name}.",
    )
    return Observation(not problem, f"organisation {app.org}", problem=problem)


def _contested(app: App) -> str:
    """Whether another clone has created the app: it marks it in the next seconds, and then orders a database.

    A cluster's name is not unique, so two clones would pay for two. flyctl itself asks again where the answer was a 502, and
    is told that the name is taken: then nobody marks it.
    """
    end = time.monotonic() + min(MARKED, timeout_limit())
    while app.marked:
        if app.marked in app.secrets():
            return (
                f"Another clone of this repository created the Fly.io app {app.name} at the same moment: run this again in "
                "some minutes."
            )
        if time.monotonic() > end:
            break
        time.sleep(0.5)
    return ""


def _volume(app: App) -> Step:
    """The files of SQLite, uploaded files, or both, where the Machine is that is to have it."""
    kept = app.site.plan.resource("volume")
    held = {"DEPLOY_DATA": "SQLite", "MEDIA_ROOT": "uploaded files"}
    purpose = " and ".join(what for name, what in held.items() if kept and name in kept.variables)

    def listed() -> list[dict[str, Any]]:
        return app.rows("volumes", "list", "-a", app.name)

    def observe() -> Observation:
        volumes = listed()
        mine = [(int(one["size_gb"]), str(one["region"])) for one in volumes if one["name"] == VOLUME]
        there = ", ".join(f"{stored} GB in {region}" for stored, region in mine)
        changed = mine and mine != [(SIZE, app.region)]
        differs = f"{there}; the answers say {SIZE} GB in {app.region}" if changed else ""
        cost = sum(int(one["size_gb"]) for one in volumes) * VOLUME_PRICE  # those beside it are paid for too
        return Observation(bool(mine), there, differs=differs, cost=cost if mine else None)

    def there() -> bool:
        return any(one["name"] == VOLUME for one in listed())

    def create(region: str) -> Command:
        place = ("-a", app.name, "--region", region)
        return Command(("volumes", "create", VOLUME, *place, "--size", str(SIZE), "--yes", "--json"))

    def commands() -> Iterator[Command]:
        """A Machine and its volume are in one region."""
        web = size.web(size.text(app.site.answers))
        regions = [str(one["region"]) for one in app.machines() if group(one) == web and one.get("region")]
        return ordered_once(app, "volume", "volume", there, create(next(iter(regions), app.region)))

    return Step(
        name="volume",
        what=f"volume for {purpose}, {SIZE} GB",
        where=app.region,
        cost=SIZE * VOLUME_PRICE,
        observe=observe,
        commands=commands,
        plan=lambda: [create(app.region).line(app.site.cli.name)],
        undo=f"fly apps destroy {app.name} --yes",
        creates=VOLUME,
        unique=False,
        after=("app",),
        patience=60,
    )


def _see_secrets(app: App) -> Observation:
    values = app.site.values
    absent = values.missing(app.secrets())
    return Observation(not values.settable_now(absent) and not has_note(app), values.plan(absent))


def _import_secrets(app: App) -> list[Command]:
    values = app.site.values
    wanted = values.settable(values.missing(app.seen_secrets))
    return [*import_secrets(app, wanted, *staged(app)), *taken_back(app)]
