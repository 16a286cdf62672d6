"""What must be there before a deployment: app, add-ons, dyno metadata, config vars."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ....adapter.cli import NotPermitted
from ....adapter.ownership import reason_not_to_use
from ....adapter.request import PRODUCTION
from ....adapter.site import MARK, Site
from ....adapter.steps import Command, Observation, Step
from .addons import addon_steps, own_bucket
from .app import MAINTENANCE, PERSONAL, App
from .backups import backup_steps
from .pipeline import pipeline_steps

METADATA = "runtime-dyno-metadata"  # https://devcenter.heroku.com/articles/dyno-metadata


def steps(site: Site) -> Sequence[Step]:
    app = App(site)
    first: list[dict[str, Any] | None] = []
    with contextlib.suppress(NotPermitted):  # the look at the app says so, after which a plan still shows what it can
        first.append(app.info())
    there = next(iter(first), None)
    team = _owner(there) if there else app.team()
    where = f"{app.region}, {'your own account' if team == PERSONAL else f'team {team}'}"
    owner = () if team == PERSONAL else ("--team", team)
    create = ("apps:create", app.name, "--region", app.region, "--no-remote", "--json", *owner)
    planned = [
        Step(
            name="app",
            what=f"app {app.name}",
            where=where,
            observe=lambda: _see_app(app, first.pop() if first else app.info()),
            commands=lambda: [Command(create)],
            undo=f"heroku apps:destroy -a {app.name} --confirm {app.name}",
            creates=app.name,
            patience=30,
        )
    ]
    if site.mark:
        planned.append(
            Step(
                name="mark",
                what="mark the app as this project's",
                observe=lambda: Observation(MARK in app.config()),
                commands=lambda: [Command(("config:set", f"{MARK}={site.mark}", "-a", app.name))],
                after=("app",),
            )
        )
    if site.request.environment != PRODUCTION:
        planned += pipeline_steps(app)
    site.values.variables += own_bucket(site)
    planned += addon_steps(app)
    planned += backup_steps(app)
    planned += [
        Step(
            name="metadata",
            what="dyno metadata: the app knows its own address",
            observe=lambda: _see_metadata(app),
            # The program asks for the account's own features too, which a token with few scopes may not see.
            shown=lambda: "the app has been deployed" if app.formation() else "",
            commands=lambda: [Command(("labs:enable", METADATA, "-a", app.name))],
            after=("app",),
        ),
        Step(
            name="config",
            what="config vars",
            observe=lambda: _see_config(app),
            commands=lambda: _set_config(app),
            plan=lambda: [
                site.cli.line("config:set", *(f"{name}=..." for name in _absent(app, app.seen_config)), "-a", app.name)
            ],
            after=("app",),
        ),
    ]
    return planned


def _owner(info: dict[str, Any]) -> str:
    team = info.get("team") or info.get("organization")
    return str(team["name"]) if team else PERSONAL


def _see_app(app: App, found: dict[str, Any] | None) -> Observation:
    site = app.site
    if found is None:
        app.new = True
        return Observation(False, problem=_led_elsewhere(app))
    config = app.config()
    marks = [config[MARK]] if config.get(MARK) else []
    if app.new is None:
        app.new = site.mark not in marks
    wanted = site.answers.text("heroku_team")
    if wanted and wanted != _owner(found) and site.mark not in marks and not site.request.existing:
        return Observation(False, problem=_of_another_team(app, _owner(found), wanted))
    # A git remote of the app means that its owner chose it, unless the app has another project's mark.
    if marks or not _linked(app):
        problem = reason_not_to_use(
            site,
            "app",
            app.name,
            f"The Heroku app {app.name}",
            marks,
            unused=lambda: not (config or app.ask("addons")),
            cure=f"or link it once with `{_linking(app)}`, or choose another name with {site.request.another_name}.",
            other=f"choose another name with {site.request.another_name}.",
        )
        if problem:
            return Observation(False, problem=problem)
    app.remember(found)
    region, owner = str(found["region"]["name"]), _owner(found)
    differences = []
    if region != app.region:
        moved = f"the app is in {region}; the answer heroku_region is {app.region}, and Heroku cannot move an app"
        differences.append(moved)
    if wanted and wanted != owner:
        differences.append(f"it belongs to {_whose(owner)}; the answer heroku_team is {wanted}")
    if MAINTENANCE in site.notes:
        differences.append(f"maintenance mode is on (`heroku maintenance:off -a {app.name}` ends it)")
    return Observation(True, f"in {region}", differs=", and ".join(differences))


def _of_another_team(app: App, owner: str, wanted: str) -> str:
    return (
        f"The Heroku app {app.name} belongs to {_whose(owner)}, and heroku_team is {wanted}: choose another name with "
        f"{app.site.request.another_name}, or add -d heroku_team={owner}."
    )


def _whose(owner: str) -> str:
    return "your own account" if owner == PERSONAL else f"the team {owner}"


def _remotes(app: App) -> dict[str, str]:
    """Git remotes of this clone that lead to a Heroku app: the remote's name → the app's."""
    # As written in the configuration: `git remote -v` shows what url.*.insteadOf makes of them.
    listed = app.site.git("config", "--get-regexp", r"^remote\..*\.url$").splitlines()
    urls = dict(line.removeprefix("remote.").split(".url ", 1) for line in listed if ".url " in line)
    apps = {name: re.search(r"heroku\.com[/:]([a-z0-9-]+?)(?:\.git)?/?$", url) for name, url in urls.items()}
    found = {name: app[1] for name, app in apps.items() if app}
    return found | {name: app.name for name, url in urls.items() if url == app.remote}


def _linked(app: App) -> bool:
    """Whether a git remote of this clone leads to the app."""
    return app.name in _remotes(app).values()


def _led_elsewhere(app: App) -> str:
    """Where a remote shows that this repository has an app already, no second one is made of it unasked."""
    other = app.renamed()
    if other:
        return f"The Heroku app {app.name} is called {other} now: {_with_name(app, other)}."
    remote = _remote(app)
    other = _remotes(app).get(remote, app.name)
    if other == app.name or app.site.record.owns("app", app.name):
        marked = app.marked_elsewhere() if app.site.mark else ""
        return (
            f"The Heroku app {marked} has this project's mark, so no second one is created: {_with_name(app, marked)}."
            if marked
            else ""
        )
    return (
        f"The git remote {remote} points to the app {other}, but there is no app {app.name}. To deploy to that one, "
        f"{_with_name(app, other)}. To create a new one, run `git remote rename {remote} {other}` first."
    )


def _linking(app: App) -> str:
    return app.site.cli.line("git:remote", "-a", app.name, *(() if _remote(app) == "heroku" else ("-r", _remote(app))))


def _remote(app: App) -> str:
    """The git remote that leads to the app: beside production it has the name of the environment."""
    environment = app.site.request.environment
    return "heroku" if environment == PRODUCTION else environment


def _with_name(app: App, other: str) -> str:
    """How the app that has another name becomes this site's; beside production its name follows from production's."""
    if app.site.request.environment == PRODUCTION:
        return f"take its name with -d deploy_name={other}"
    return f"rename it with `heroku apps:rename {app.name} -a {other}`"


def _see_metadata(app: App) -> Observation:
    """Switched off on an app that has been deployed, it was its owner who did that."""
    found = app.ask("labs")
    features = found.get("app") or [] if isinstance(found, dict) else found
    enabled = any(feature["name"] == METADATA and feature["enabled"] for feature in features)
    if enabled or app.new or not app.formation():
        return Observation(enabled)
    how = f"`heroku labs:enable {METADATA} -a {app.name}` switches it on"
    return Observation(
        True, "switched off", differs=f"switched off, so that the app's address has to be in DEPLOY_HOSTS; {how}"
    )


def _absent(app: App, there: dict[str, str]) -> list[str]:
    site = app.site
    return [*site.values.missing(there), *(name for name in app.public if name not in there)]


def _see_config(app: App) -> Observation:
    there = app.config()
    absent = _absent(app, there)
    settable = app.site.values.settable_now(absent)
    other = [f"{name} is {there[name]}" for name, value in app.public.items() if there.get(name, value) != value]
    return Observation(
        not settable,
        app.site.values.plan([name for name in absent if name not in app.public]),
        differs=f"{', '.join(other)}, not as this project's files say" if other else "",
    )


def _config_line(app: App, names: Iterable[str]) -> str:
    return app.site.cli.line("config:set", *(f"{name}=..." for name in names), "-a", app.name)


def _set_config(app: App) -> list[Command]:
    site = app.site
    there = app.seen_config
    wanted = site.values.settable(site.values.missing(there))
    wanted |= {name: value for name, value in app.public.items() if name not in there}
    return set_config(app, wanted)


def set_config(app: App, values: Mapping[str, str]) -> list[Command]:
    """The program takes values as arguments only; they are shown and logged by name."""
    if not values:
        return []
    argv = ("config:set", *(f"{name}={value}" for name, value in values.items()), "-a", app.name)
    return [Command(argv, shown=_config_line(app, values), secret=True)]
