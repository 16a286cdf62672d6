"""The add-ons that hold the site's data: https://devcenter.heroku.com/articles/managing-add-ons"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ....adapter.site import Site
from ....adapter.steps import Command, Observation, Step
from ....plan.resources import BUCKET, MAY_LACK
from ..addons import BUCKET_NAME, AddOn, addons
from .app import App

# The database's step is called by what it holds, as in the records of earlier versions.
STEPS = {"postgres": "database", "redis": "redis", "bucket": "bucket"}


def addon_steps(app: App) -> Iterator[Step]:
    """One for each add-on, but none for a bucket where the owner gives this run another one."""
    given = own_bucket(app.site)
    for wanted in addons(app.site.answers.values):
        if wanted.kind != "bucket" or not given:
            yield _step(app, wanted)


def own_bucket(site: Site) -> tuple[str, ...]:
    """The variables of a bucket of the owner's own, where the file of variables names one; else none.

    Only that file counts: a shell that happens to know the bucket of development must not lead production to it.
    """
    if site.plan.resource("bucket") is None or BUCKET_NAME not in site.values.from_file:
        return ()
    return tuple(name for name in BUCKET if name in site.values.from_file or name not in MAY_LACK)


def _step(app: App, wanted: AddOn) -> Step:
    name = _name(app, wanted)
    return Step(
        name=STEPS[wanted.kind],
        what=f"{wanted.title} {name}",
        where=app.region,
        price="" if wanted.plan in wanted.prices else wanted.plan,
        cost=wanted.prices.get(wanted.plan, 0),
        observe=lambda: _see(app, wanted),
        commands=lambda: _create(app, wanted),
        plan=lambda: [app.site.cli.line(*_create_line(app, wanted))],
        undo=f"heroku addons:destroy {name} -a {app.name} --confirm {app.name}",
        creates=name,
        after=("app",),
        patience=900,
    )


def _name(app: App, wanted: AddOn) -> str:
    """Add-ons have names of their own, unique in all of Heroku."""
    return f"{app.name}-{wanted.ending}"


def _there(app: App, wanted: AddOn) -> list[dict[str, Any]]:
    app.seen_addons[wanted.kind] = [addon for addon in app.ask("addons") if service_of(addon) == wanted.service]
    return app.seen_addons[wanted.kind]


def service_of(addon: Mapping[str, Any]) -> str:
    """Empty where this account does not see the app that pays for it."""
    return str((addon.get("addon_service") or {}).get("name") or "")


def plan_of(addon: Mapping[str, Any]) -> str:
    """With its service, `heroku-postgresql:essential-0`; empty as its service is."""
    return str((addon.get("plan") or {}).get("name") or "")


def _see(app: App, wanted: AddOn) -> Observation:
    """What the owner has put into its place, another plan or a store from elsewhere, is the site's store now."""
    there = _there(app, wanted)
    for addon in there:
        if wanted.attachment not in _attached(addon, app):
            continue
        plan = plan_of(addon)
        differs = (
            f"{addon['name']} has the plan {plan}; the answer is {wanted.ordered}" if plan != wanted.ordered else ""
        )
        ready = addon["state"] == "provisioned"
        pending = addon["state"] == "provisioning"
        # The app pays also for one that was replaced by this one and is there still.
        cost = sum(
            price(one, wanted.prices) for one in there if (one.get("app") or {}).get("name", app.name) == app.name
        )
        return Observation(ready, f"{addon['name']} ({plan})", pending=pending, differs=differs, cost=cost)
    if elsewhere := _elsewhere(app, wanted):
        return Observation(True, f"{elsewhere} already set, so nothing is created", cost=0)
    others = [str(addon["name"]) for addon in there if addon["name"] != _name(app, wanted)]
    return Observation(False, problem=_not_attached(app, wanted, others[0]) if others else "")


def _attached(addon: dict[str, Any], app: App) -> set[str]:
    listed = addon.get("attachments") or []
    return {str(one["name"]) for one in listed if (one.get("app") or {}).get("name") == app.name}


def _elsewhere(app: App, wanted: AddOn) -> str:
    """Which config vars say that the owner has a store from elsewhere, with the verb; empty where none does.

    The variable that every such site has, or all those of the project's own that hold a whole address.
    """
    config, resource = app.config(), app.site.plan.resource(wanted.kind)
    if config.get(wanted.variable):
        return f"{wanted.variable} is"
    read = resource.variables if resource and wanted.kind == "redis" else {}
    own = [name for name, part in read.items() if part == "url" and name != wanted.variable]
    if not own or not all(config.get(name) for name in own):
        return ""
    return f"{', '.join(own)} {'is' if len(own) == 1 else 'are'}"


def price(addon: dict[str, Any], listed: Mapping[str, float]) -> float:
    """A month of the list by plan, or what Heroku itself says of a plan that the questions do not offer."""
    plan = plan_of(addon).partition(":")[2]
    billed = addon.get("billed_price") or {}
    return listed.get(plan, float(billed.get("cents") or 0) / 100 if billed.get("unit") == "month" else 0.0)


def _not_attached(app: App, wanted: AddOn, name: str) -> str:
    attach = f"heroku addons:attach {name} -a {app.name} --as {wanted.attachment}"
    if wanted.kind == "postgres":
        attach = f"heroku pg:promote {name} -a {app.name}"
    return (
        f"The Heroku app {app.name} has the {wanted.title} {name}, which is not its {wanted.attachment}"
        f"{'_URL' if wanted.variable.endswith('_URL') else ''}, and a second one would cost more: `{attach}` makes it so, "
        f"and `heroku addons:destroy {name} -a {app.name}` deletes it with its data."
    )


def _create_line(app: App, wanted: AddOn) -> tuple[str, ...]:
    return ("addons:create", wanted.ordered, "-a", app.name, "--as", wanted.attachment, "--name", _name(app, wanted))


def _create(app: App, wanted: AddOn) -> list[Command]:
    """An add-on that an interrupted run left without its attachment is attached, not made again."""
    name = _name(app, wanted)
    if any(addon["name"] == name for addon in app.seen_addons[wanted.kind]):
        return [Command(("addons:attach", name, "-a", app.name, "--as", wanted.attachment))]
    return [Command(_create_line(app, wanted), secret=True)]
