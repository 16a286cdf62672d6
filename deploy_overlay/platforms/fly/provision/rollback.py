"""Deploys the image of an older release: https://fly.io/docs/blueprints/rollback-guide/

With the fly.toml of its own commit, which names the processes, the release command and the variables that the image was made
for; with today's where nobody knows the commit. Secrets are those of today.
"""

from __future__ import annotations

from typing import Any

from ....adapter.history import Release, Rollback, check_here
from ....adapter.site import Site
from ....adapter.steps import Command, Observation, Step
from ....base.export import exported
from ....plan.prices import money
from ..prices import machine
from . import size
from .app import App, group
from .history import newest_first
from .release import BUILD, configuration, dropped, moved, others, undone


def rollback(site: Site, now: Release, back: Release) -> Rollback:
    check_here(site, back)
    app = App(site)
    then = size.deployed_text(app, back.commit)
    content, commit = (then, back.commit) if then else (size.text(site.answers), site.commit)
    app.machines()
    step = Step(
        name="rollback",
        what=f"release of the image of {back.version}",
        observe=lambda: _see(app, now, back, content),
        commands=lambda: [_deploy(app, back, content, commit)],
        patience=BUILD,
    )
    return Rollback([step], _notes(app, back, content, own=bool(then)))


def _see(app: App, now: Release, back: Release, content: str) -> Observation:
    newest = newest_first(app.rows("releases", "-a", app.name))[0]
    text = f"v{newest['Version']} of {back.commit[:8] or 'the same image'}"
    if _is_of(newest, back) and newest["Status"] == "complete":
        return Observation(True, text)
    app.machines()
    problem = size.changes(app, now.commit, content)[0] or undone(app, now.commit, content) or moved(app, content)
    if not _is_of(newest, back):
        return Observation(False, problem=problem)
    why = f"The release {text} is {newest['Status']}: `fly logs` says why."
    return Observation(False, f"{text}: {newest['Status']}", failed=why, problem=problem)


def _is_of(release: dict[str, Any], back: Release) -> bool:
    """Whether it has the same image, by its name or by the hash of what is in it."""
    one, other = str(release.get("ImageRef") or "").split("@"), back.artefact.split("@")
    return one[0] == other[0] or (len(one) == len(other) == 2 and one[1] == other[1])


def _deploy(app: App, back: Release, content: str, commit: str) -> Command:
    site = app.site
    there = {group(one) for one in app.seen_machines}
    first = () if there >= {*size.groups(content)} else size.FIRST
    # A Docker on this machine is not asked for the image first.
    options = ("--image", back.artefact, "--remote-only", "--ha=false", "--yes", *first)
    return Command(
        ("deploy", "-a", app.name, *configuration(site), *options),
        timeout=BUILD,
        progress=f"Fly.io releases the image of {back.version} again ...",
        folder=lambda: exported(site.root, commit, site.cli.log),
    )


def _notes(app: App, back: Release, content: str, *, own: bool) -> list[str]:
    there = {group(one) for one in app.seen_machines}
    started = [name for name in others(content) if name not in there]
    gone = dropped(app, content)
    price = money(machine(app.region), "USD")
    notes = [f"It is deployed with {size.path(app.site.answers)} of {f'commit {back.commit[:8]}' if own else 'today'}."]
    notes += [f"With it, {gone}."] if gone else []
    return notes + [f"With it, {name} gets a Machine, for about {price} a month." for name in started]
