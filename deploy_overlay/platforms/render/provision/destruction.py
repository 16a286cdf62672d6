"""What deletes a site from Render: its Blueprint is disconnected, so that no push makes it again, and the data goes last.

https://api-docs.render.com/reference/delete-service
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ....adapter.ownership import reason_not_to_delete, refuse_deletion
from ....adapter.site import MARK, Site
from ....adapter.steps import Destruction, Leftover, Observation, Part, Step
from ....base.scrub import hide
from .. import prices
from ..stores import DATABASE, REDIS, Store
from .app import WORKSPACE, App
from .program import API

SOON = 120.0  # seconds that a deletion may take


def destruction(site: Site, keep_data: bool) -> Destruction:
    app = App(site)
    has_disk = site.plan.resource("volume") is not None
    services = [one for one in app.wanted if one != "web"] + ([] if keep_data and has_disk else ["web"])
    stores = [_store(app, REDIS), _store(app, DATABASE, kept=keep_data)]
    return Destruction([_blueprint(app), *(_service(app, one) for one in services), *stores])


def _is_there(app: App) -> bool:
    """Whether the site is there. Raises Failure where it is not this project's."""
    web = app.look().get("web")
    if web is None:
        return False
    variables = app.variables()
    marks = [variables[MARK]] if variables.get(MARK) else []
    if why := reason_not_to_delete(app.site, "blueprint", app.name, marks, unused=lambda: bool(app.remote(web))):
        line = API.typed(("DELETE", f"/services/{web['id']}"))
        raise refuse_deletion(f"The web service {app.name} on Render", why, line)
    return True


def _blueprint(app: App) -> Step:
    found: dict[str, Any] = {}

    def observe() -> Observation:
        found.clear()
        found.update((app.blueprint() if _is_there(app) else None) or {})
        return Observation(not found, "what it declares stays, until the steps below")

    return Step(
        name="blueprint",
        what=f"Blueprint of {app.name}",
        observe=observe,
        commands=lambda: [API.command("DELETE", f"/blueprints/{found['id']}")],
        patience=SOON,
        deletes=("blueprint",),
    )


def _service(app: App, process: str) -> Step:
    name, _ = app.wanted[process]

    def observe() -> Observation:
        service = app.seen.get(process) if _is_there(app) else None
        if service is None:
            return Observation(True)
        disk, cost = (service.get("serviceDetails") or {}).get("disk"), prices.of_service(service)
        parts = (Part(f"disk {disk['name']}", "every file on it"),) if disk else ()
        return Observation(False, "with its variables and address" if process == "web" else "", cost=cost, parts=parts)

    return Step(
        name=process,
        what=f"service {name}",
        observe=observe,
        commands=lambda: [API.command("DELETE", f"/services/{app.seen[process]['id']}")],
        patience=SOON,
        deletes=("release",) if process == "web" else (f"service {process}", f"release {process}"),
    )


def _store(app: App, store: Store, *, kept: bool = False) -> Step:
    doomed: list[str] = []

    def observe() -> Observation:
        there = _is_there(app)
        found = app.store(store) if there or app.site.record.chosen(WORKSPACE) else None
        if found is None:
            return Observation(True)
        doomed[:] = [str(found["id"])]
        cost, line = store.cost(found), API.typed(("DELETE", f"{store.path}/{found['id']}"))
        if kept:
            return Observation(True, leaves=(Leftover(str(found["name"]), "kept with its data", cost, line),))
        if not _is_ours(app, store, found, there=there):
            return Observation(
                True, leaves=(Leftover(str(found["name"]), "nothing shows that it is this site's", cost, line),)
            )
        return Observation(False, str(found.get("plan") or ""), cost=cost, loses=store.loses)

    return Step(
        name=store.step,
        what=store.named(app.name),
        observe=observe,
        commands=lambda: [API.command("DELETE", f"{store.path}/{doomed[0]}")],
        patience=SOON,
        deletes=(store.step,),
    )


def _is_ours(app: App, store: Store, found: Mapping[str, Any], *, there: bool) -> bool:
    """What the site has the address of: a name alone shows nothing. Noted, because the site is gone before its data."""
    note = f"{store.step} of the site"
    if there and app.site.record.chosen(note) != found["id"]:
        told = app.site.cli.json("GET", f"{store.path}/{found['id']}/connection-info", secret=True)
        for value in told.values():
            hide(str(value))
        if app.seen_variables["web"].get(store.variable) == told.get("internalConnectionString"):
            app.site.record.choose(note, str(found["id"]))
    return app.site.record.chosen(note) == str(found["id"])
