"""What must be there before a deployment: app, database or volume, secrets. https://fly.io/docs/flyctl/"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ....adapter.site import Site
from ....adapter.steps import Command, Seen, Step
from ....adapter.whose import refusal
from ....base.message import Failure
from ..prices import VOLUME as VOLUME_PRICE
from . import databases
from .app import App, mark

VOLUME = "data"  # as fly.toml mounts it


def steps(site: Site) -> Sequence[Step]:
    app = App(site)
    first = [app.info()]
    planned = [
        Step(
            name="app",
            what=f"app {app.name}",
            where=f"{app.region}, organisation {app.org}",
            see=lambda: _see_app(app, first.pop() if first else app.info()),
            commands=lambda: [Command(("apps", "create", app.name, "--org", app.org, "--json"))],
            undo=f"fly apps destroy {app.name} --yes",
            creates=app.name,
            patience=30,
        )
    ]
    if app.marked:
        planned.append(
            Step(
                name="mark",
                what="mark: the app is this project's",
                see=lambda: Seen(app.marked in app.secrets()),
                commands=lambda: [mark(app, app.name)],
                after=("app",),
                patience=30,
            )
        )
    if site.database == "postgres":
        planned += databases.managed(app) if app.managed else databases.unmanaged(app)
    if site.database == "sqlite":
        planned.append(_volume(app))
    planned.append(
        Step(
            name="secrets",
            what="secrets",
            see=lambda: _see_secrets(app),
            commands=lambda: _import_secrets(app),
            plan=lambda: [site.cli.line("secrets", "import", "-a", app.name, "--stage")],
            after=("app",),
        )
    )
    return planned


def _see_app(app: App, found: dict[str, Any] | None) -> Seen:
    if found is None:
        return Seen(False)
    site, names = app.site, app.secrets()

    def unused() -> bool:
        return not (names or found.get("Deployed") or app.machines() or app.rows("volumes", "list", "-a", app.name))

    problem = refusal(
        site,
        "app",
        app.name,
        f"The Fly.io app {app.name}",
        app.marks(names),
        unused=unused,
        cure="or choose another name with -d deploy_name=NAME.",
        other="choose another name with -d deploy_name=NAME.",
    )
    return Seen(not problem, f"organisation {app.org}", problem=problem)


def _volume(app: App) -> Step:
    def see() -> Seen:
        volumes = app.rows("volumes", "list", "-a", app.name)
        mine = [volume for volume in volumes if volume["name"] == VOLUME]
        return Seen(bool(mine), f"{mine[0]['size_gb']} GB in {mine[0]['region']}" if mine else "")

    create = ("volumes", "create", VOLUME, "-a", app.name, "--region", app.region, "--size", "1", "--yes", "--json")
    return Step(
        name="volume",
        what="volume for SQLite, 1 GB",
        where=app.region,
        cost=VOLUME_PRICE,
        see=see,
        commands=lambda: [Command(create)],
        undo=f"fly apps destroy {app.name} --yes",
        creates=VOLUME,
        after=("app",),
        patience=60,
    )


def _see_secrets(app: App) -> Seen:
    values = app.site.values
    absent = values.missing(app.secrets())
    return Seen(not values.settable_now(absent), values.plan(absent))


def _import_secrets(app: App) -> list[Command]:
    """Staged, so that nothing restarts before the deployment."""
    values = app.site.values
    wanted = values.settable(values.missing(app.seen_secrets))
    return import_secrets(app, wanted, "--stage")


def import_secrets(app: App, values: Mapping[str, str], *options: str) -> list[Command]:
    """Through standard input."""
    lines = "".join(f"{secret_line(name, value)}\n" for name, value in values.items())
    return [Command(("secrets", "import", "-a", app.name, *options), stdin=lines)] if values else []


def secret_line(name: str, value: str) -> str:
    """One NAME=value as `fly secrets import` reads it back exactly; raises Failure for a value that it cannot read.

    It strips quotes and cuts comments: internal/command/secrets/parser.go in superfly/flyctl.
    """
    for wrapped in (value, f'"{value}"', f"'{value}'", f'"""{value}"""'):
        if _read_back(wrapped) == value:
            return f"{name}={wrapped}"
    raise Failure(
        f"The value of {name} has quotes, # or lines that `fly secrets import` cannot read: set it with "
        "`fly secrets set --stage` yourself, then continue.",
        anchor="platform-refused",
    )


def _read_back(text: str) -> str | None:
    """What flyctl's parser makes of what stands after `NAME=`; None where it goes wrong."""
    first, *others = (line.removesuffix("\r") for line in text.split("\n"))
    first = first.lstrip(" ")
    before, found, _ = first.partition("#")
    if found and before.count('"') % 2 == 0:
        first = before.rstrip(" ")
    if first.startswith('"""') and first.endswith('"""') and len(first) >= 6:
        return first[3:-3] if not others else None
    if first.startswith('"""'):
        if not others or not others[-1].endswith('"""') or any(line.endswith('"""') for line in others[:-1]):
            return None
        return "\n".join([first[3:], *others[:-1], others[-1][:-3]])
    if others:
        return None
    for quote in "\"'":
        if first.startswith(quote) and first.endswith(quote):
            return first[1:-1]
    return first
