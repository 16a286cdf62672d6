"""What a deployment does: image, release command, Machines. https://fly.io/docs/launch/deploy/"""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Sequence
from typing import Any

from ....adapter.site import Site
from ....adapter.steps import Command, Observation, Step
from ....base.build_secrets import needed
from ....base.export import exported
from ....base.message import counted
from ....base.scrub import hide
from ..prices import machine
from . import size
from .app import RELEASED, App, group, stands_by
from .history import commit_of, image, newest_first

BUILD = 2400.0  # seconds
FIRST = "first scaling"
STOPPED = "stopped"  # in the record: a destruction that kept the data deleted the Machines


def releases(site: Site) -> Sequence[Step]:
    app = App(site)
    progress = "Fly.io builds the image and releases, a few minutes ..."
    one_machine = _has_volume(site)
    planned = [
        Step(
            name="release",
            what="release of the current commit" + (", on 1 Machine" if one_machine else ""),
            observe=lambda: _see_release(app),
            commands=lambda: [_deploy(app, progress)],
            creates=FIRST if one_machine else "",
            cost=machine(app.region) if one_machine else 0,
            after=("app",),
            patience=BUILD,
        )
    ]
    if not one_machine:
        wanted = max(1, int(site.answers.text("fly_machines", "1") or "1"))
        planned.append(
            Step(
                name="machines",
                what=counted(wanted, "Machine"),
                observe=lambda: _see_machines(app, wanted),
                commands=lambda: [_scale(app, _web(app), wanted)],
                creates=FIRST,
                cost=wanted * machine(app.region),
                after=("app",),
                patience=120,
            )
        )
    return [*planned, *(_beside(app, name) for name in _others(app))]


def _beside(app: App, name: str) -> Step:
    """The Machine of a process beside the server. The deployment makes it, and its number is the owner's from then on."""
    kinds = {process.name: process.kind for process in app.site.plan.beside}

    def observe() -> Observation:
        there = [one for one in app.machines() if group(one) == name]
        if not there and _was_stopped(app):
            return Observation(False, "will be started")
        if not there:
            # Its owner has scaled it to none, unless no deployment has had it yet.
            ours = any(label(app.site.commit) in image(one) for one in complete(app)[:1])
            return Observation(
                ours, "none there: scaled to none" if ours else "will be started", cost=0 if ours else None
            )
        running = [one for one in there if not stands_by(one)]
        differs = size.difference(app.site, app.region, running, 1) if running else ""
        if kinds.get(name) == "scheduler" and len(running) > 1:
            differs = f"{len(running)}, so everything is started {len(running)} times: `{_count(app, name, 1)}`"
        return Observation(
            True, f"{len(running)} there: {size.describe(running)}", differs=differs, cost=size.cost(there)
        )

    return Step(
        name=f"machine of {name}",
        what=f"1 Machine for {name}",
        observe=observe,
        commands=lambda: [_scale(app, name, 1)],
        creates=name,
        cost=machine(app.region),
        after=("app",),
        patience=120,
    )


def _others(app: App) -> list[str]:
    """The process groups of fly.toml beside the one that serves visitors."""
    return others(size.text(app.site.answers))


def others(content: str) -> list[str]:
    """The same of the text of a fly.toml."""
    return [name for name in size.groups(content) if name != size.web(content)]


def _web(app: App) -> str:
    return size.web(size.text(app.site.answers))


def _scale(app: App, name: str, count: int) -> Command:
    place = ("-a", app.name, "--region", app.region)
    return Command(("scale", "count", str(count), *_group(name), *place, "--yes"), timeout=600)


def _count(app: App, name: str, count: int) -> str:
    """For the owner."""
    return app.site.cli.line("scale", "count", str(count), *_group(name), "-a", app.name)


def _group(name: str) -> tuple[str, ...]:
    """Without it the command is about the group `app` alone."""
    return () if name == size.APP else ("--process-group", name)


def _has_volume(site: Site) -> bool:
    """Whether the server has one: one Machine can hold it."""
    return site.plan.resource("volume") is not None


def label(commit: str) -> str:
    """Tag of the image, by which a release is known to be of a commit."""
    return f"commit-{commit[:12]}"


def _deploy(app: App, progress: str) -> Command:
    """Builds from an export of the commit: what lies in the folder beside it is no part of the image."""
    site = app.site
    commit = site.commit
    options = ("--remote-only", "--ha=false", "--yes", "--image-label", label(commit))
    # Machines that are there keep their size.
    there = {group(one) for one in app.seen_machines}
    first = () if there >= {*size.groups(size.text(site.answers))} else size.FIRST
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


def _see_release(app: App) -> Observation:
    lacking = _lacking(app.site)
    if lacking:
        return Observation(False, problem=lacking)
    commit = app.site.commit
    releases = _releases(app)
    app.machines()
    newest, stopped = next(iter(releases), None), _was_stopped(app)
    if newest is None or stopped or not image(newest).endswith(label(commit)):
        deployed = _deployed(releases)
        content = size.text(app.site.answers)
        refusal, note = size.changes(app, deployed, content)
        refusal = "" if stopped else refusal or undone(app, deployed, content) or moved(app, content)
        succeeded = [one for one in releases if one["Status"] == "complete"]
        first = not succeeded
        again = " again" if any(image(one).endswith(label(commit)) for one in succeeded) else ""  # it was rolled back
        place = f", in place of v{succeeded[0]['Version']}" if succeeded else ""
        text = "; ".join(filter(None, (f"of {commit[:8]}{again}{place}", note, dropped(app, content))))
        return _with_its_machine(app, Observation(False, text, first=first, problem=refusal))
    text = f"v{newest['Version']} of {commit[:8]}"
    # The program itself carries a deployment out: one that was killed stays `running` for ever.
    if newest["Status"] == "complete":
        app.site.notes[RELEASED] = text
        return _with_its_machine(app, Observation(True, text))
    first = not any(one["Status"] == "complete" for one in releases)
    return Observation(
        False,
        f"{text}: {newest['Status']}",
        first=first,
        failed=f"The release {text} is {newest['Status']}: `fly logs -a {app.name}` says why.",
    )


def _was_stopped(app: App) -> bool:
    """Whether the app has no Machine because a destruction that kept the data deleted them, not its owner."""
    if app.seen_machines and app.site.record.chosen(STOPPED):
        app.site.record.choose(STOPPED, "")
    return bool(app.site.record.chosen(STOPPED))


def undone(app: App, deployed: str, content: str) -> str:
    """A sentence where a deployment with this fly.toml would start a process again that its owner has scaled to none."""
    before = size.deployed_text(app, deployed)
    there = {group(one) for one in app.seen_machines}
    idle = [name for name in others(content) if name not in there and name in size.groups(before)]
    if not before or not idle:
        return ""
    return (
        f"The process {idle[0]} of {app.name} was deployed but no longer has a Machine, and a deployment would start one: "
        f"take it out of deploy_runs, or start it with `{_count(app, idle[0], 1)}`, then run this again."
    )


def dropped(app: App, content: str) -> str:
    """What a deployment with this fly.toml does to the Machines of processes that it does not have."""
    left = size.groups(content)
    gone = dict.fromkeys(name for one in app.seen_machines if (name := group(one)) not in left)
    return f"the Machines of {', '.join(gone)} are destroyed" if gone else ""


def moved(app: App, content: str) -> str:
    """A sentence where a fly.toml has another volume for the server than its Machines: `fly deploy` would stop at that."""
    serving = [one for one in app.seen_machines if group(one) == size.web(content)]
    holding = [one for one in serving if (one.get("config") or {}).get("mounts")]
    if holding and not size.mounts(content):
        deploy = app.site.cli.line("deploy", "-a", app.name, *configuration(app.site), "--ha=false")
        return (
            f"A Machine of {app.name} has a volume, and {size.path(app.site.answers)} no longer mounts it: copy the files that "
            f"you need, then run `{deploy}` at a terminal, which asks before it takes the volume away. The volume stays."
        )
    if size.mounts(content) and len(serving) > 1 and len(holding) < len(serving):
        return (
            f"{len(serving)} Machines serve {app.name}, and only one can have the volume: "
            f"`{_count(app, size.web(content), 1)}`, then run this again."
        )
    return ""


def _with_its_machine(app: App, seen: Observation) -> Observation:
    """With a volume the deployment is what makes the one Machine, and no other step looks at it."""
    found = [one for one in app.seen_machines if group(one) == _web(app)]
    if not _has_volume(app.site) or not found:
        return seen
    differs = size.difference(app.site, app.region, found, 1)
    return dataclasses.replace(seen, cost=_cost_of_server(app), differs=differs)


def _cost_of_server(app: App) -> float:
    """And of Machines that no other step looks at."""
    return size.cost([one for one in app.seen_machines if group(one) not in _others(app)])


def _releases(app: App) -> list[dict[str, Any]]:
    """The newest first."""
    found = app.rows("releases", "-a", app.name)
    app.seen_releases = newest_first(found)
    return app.seen_releases


def complete(app: App) -> list[dict[str, Any]]:
    return [one for one in app.seen_releases or _releases(app) if one["Status"] == "complete"]


def _deployed(releases: list[dict[str, Any]]) -> str:
    """The beginning of the hash of the commit that was deployed last; empty where its image does not say so."""
    return next((commit_of(one) for one in releases if one["Status"] == "complete"), "")


def _see_machines(app: App, wanted: int) -> Observation:
    """Numbers and sizes are the owner's after the first deployment, whichever clone made it."""
    found = [one for one in app.machines() if group(one) == _web(app)]
    if not found:
        if complete(app) and not _was_stopped(app):
            return Observation(False, problem=_scaled_to_none(app))
        return Observation(False, "will be started")
    stopped = sum(one.get("state") in ("stopped", "suspended") for one in found)
    there = f"{len(found)} there: {size.describe(found)}{f', {stopped} stopped' if stopped else ''}"
    due = app.site.record.intended("machines", FIRST)  # by this clone's run, which did not come to its end
    if due and len(found) == 1 != wanted:
        return Observation(False, f"{there}; {wanted} wanted")
    differs = size.difference(app.site, app.region, found, wanted)
    return Observation(True, there, differs=differs, cost=_cost_of_server(app))


def _scaled_to_none(app: App) -> str:
    return (
        f"The Fly.io app {app.name} was deployed but no longer has a Machine, and a deployment would start one: "
        f"`{_count(app, _web(app), 1)}` does so, then run this again."
    )
