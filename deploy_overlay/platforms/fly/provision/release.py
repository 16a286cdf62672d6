"""What a deployment does: image, release command, Machines. https://fly.io/docs/launch/deploy/"""

from __future__ import annotations

import dataclasses
import os
import re
from collections.abc import Sequence
from typing import Any

from ....adapter.site import Site
from ....adapter.steps import Command, Seen, Step
from ....base.build_secrets import needed
from ....base.export import exported
from ....base.scrub import hide
from ..prices import machine
from . import size
from .app import RELEASED, App, group

BUILD = 2400.0  # seconds
FIRST = "first scaling"


def releases(site: Site) -> Sequence[Step]:
    app = App(site)
    progress = "Fly.io builds the image and releases, a few minutes ..."
    planned = [
        Step(
            name="release",
            what="release of the current commit" + (", on 1 Machine" if site.database == "sqlite" else ""),
            see=lambda: _see_release(app),
            commands=lambda: [_deploy(app, progress)],
            creates=FIRST if site.database == "sqlite" else "",
            cost=machine(app.region) if site.database == "sqlite" else 0,
            after=("app",),
            patience=BUILD,
        )
    ]
    wanted = machines(site)
    if site.database != "sqlite":
        scale = ("scale", "count", str(wanted), "-a", app.name, "--region", app.region, "--yes")
        planned.append(
            Step(
                name="machines",
                what=f"{wanted} Machine{'s' if wanted > 1 else ''}",
                see=lambda: _see_machines(app, wanted),
                commands=lambda: [Command(scale, timeout=600)],
                creates=FIRST,
                cost=wanted * machine(app.region),
                after=("app",),
                patience=120,
            )
        )
    return planned


def machines(site: Site) -> int:
    """How many Machines serve the site; a volume is held by one."""
    return 1 if site.database == "sqlite" else max(1, int(site.answers.text("fly_machines", "1") or "1"))


def label(commit: str) -> str:
    """Tag of the image, by which a release is known to be of a commit."""
    return f"commit-{commit[:12]}"


def _deploy(app: App, progress: str) -> Command:
    """Builds from an export of the commit: what lies in the folder beside it is no part of the image."""
    site = app.site
    commit = site.commit
    options = ("--remote-only", "--ha=false", "--yes", "--image-label", label(commit))
    # Machines that are there keep their size.
    first = () if app.seen_machines else size.FIRST
    argv = ("deploy", "-a", app.name, *configuration(site), *options, *first)
    given = build_secrets(site)
    hidden = tuple(part for name in given for part in ("--build-secret", f"{name}=..."))
    secrets = tuple(part for name, value in given.items() for part in ("--build-secret", f"{name}={value}"))
    return Command(
        (*argv, *secrets),
        timeout=BUILD,
        progress=progress,
        shown=site.cli.line(*argv, *hidden) if given else "",
        folder=lambda: exported(site.root, commit, site.cli.log),
    )


def build_secrets(site: Site) -> dict[str, str]:
    """Name and value of what the image's build may be given, for those that have a value here.

    https://fly.io/docs/apps/build-secrets/
    """
    values = {name: site.values.from_file.get(name) or os.environ.get(name, "") for name in _secret_names(site)}
    for value in values.values():
        hide(value)
    return {name: value for name, value in values.items() if value}


def _secret_names(site: Site) -> list[str]:
    return site.answers.texts("django_build_secrets")


def _lacking(site: Site) -> str:
    """A sentence where the build needs a secret that nobody gave."""
    given = build_secrets(site)
    lacking = [name for name in needed(_secret_names(site)) if name not in given]
    if not lacking:
        return ""
    return (
        f"The image is built with {', '.join(lacking)}, which the dependency files name, and there is no value for it. "
        f"Set the variable {lacking[0]} in this shell, or in the file that -d deploy_env_file= names, and run this again."
    )


def configuration(site: Site) -> tuple[str, ...]:
    """What names the file of a second project in this repository: the one at the root is the first project's."""
    return ("--config", size.path(site.answers)) if site.answers.values.get("deploy_beside") else ()


def _see_release(app: App) -> Seen:
    lacking = _lacking(app.site)
    if lacking:
        return Seen(False, problem=lacking)
    commit = app.site.commit
    releases = _releases(app)
    app.machines()
    newest = next(iter(releases), None)
    if newest is None or not str(newest.get("ImageRef", "")).split("@")[0].endswith(f":{label(commit)}"):
        refusal, note = size.changes(app, _deployed(releases))
        return _with_its_machine(app, Seen(False, f"of {commit[:8]}{f'; {note}' if note else ''}", problem=refusal))
    text = f"v{newest['Version']} of {commit[:8]}"
    # The program itself carries a deployment out: one that was killed stays `running` for ever.
    if newest["Status"] == "complete":
        app.site.notes[RELEASED] = text
        return _with_its_machine(app, Seen(True, text))
    return Seen(
        False, f"{text}: {newest['Status']}", failed=f"The release {text} is {newest['Status']}: `fly logs` says why."
    )


def _with_its_machine(app: App, seen: Seen) -> Seen:
    """With SQLite the deployment is what makes the one Machine, and no other step looks at it."""
    found = [one for one in app.seen_machines if group(one) == "app"]
    if app.site.database != "sqlite" or not found:
        return seen
    differs = size.difference(app.site, app.region, found, 1)
    return dataclasses.replace(seen, cost=size.cost(app.seen_machines), differs=differs)


def _releases(app: App) -> list[dict[str, Any]]:
    """The newest first."""
    found = app.rows("releases", "-a", app.name)
    app.seen_releases = sorted(found, key=lambda one: int(one["Version"]), reverse=True)
    return app.seen_releases


def _deployed(releases: list[dict[str, Any]]) -> str:
    """The beginning of the hash of the commit that was deployed last; empty where its image does not say so."""
    images = [str(one.get("ImageRef", "")).split("@")[0] for one in releases if one["Status"] == "complete"]
    return next((found[1] for image in images[:1] if (found := re.search(r":commit-([0-9a-f]+)$", image))), "")


def _see_machines(app: App, wanted: int) -> Seen:
    """Numbers and sizes are the owner's after the first deployment, whichever clone made it."""
    found = [one for one in app.machines() if group(one) == "app"]
    if not found:
        if any(one["Status"] == "complete" for one in app.seen_releases or _releases(app)):
            return Seen(False, problem=_scaled_to_none(app))
        return Seen(False, "will be started")
    stopped = sum(one.get("state") in ("stopped", "suspended") for one in found)
    there = f"{len(found)} there: {size.told(found)}{f', {stopped} stopped' if stopped else ''}"
    due = app.site.record.intended("machines", FIRST)  # by this clone's run, which did not come to its end
    if due and len(found) == 1 != wanted:
        return Seen(False, f"{there}; {wanted} wanted")
    # Also those that work beside the server have a price.
    cost = size.cost(app.seen_machines)
    return Seen(True, there, differs=size.difference(app.site, app.region, found, wanted), cost=cost)


def _scaled_to_none(app: App) -> str:
    return (
        f"The Fly.io app {app.name} was deployed but no longer has a Machine, and a deployment would start one: "
        f"`fly scale count 1 -a {app.name}` does so, then run this again."
    )
