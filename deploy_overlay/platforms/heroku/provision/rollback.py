"""Puts an older build online again: https://devcenter.heroku.com/articles/platform-api-reference#release-create

A new release of its slug keeps the config vars of today. `heroku rollback` would bring those of then back too, with passwords
that were changed and without variables that were added since: https://devcenter.heroku.com/articles/releases#rollback
"""

from __future__ import annotations

from typing import Any

from ....adapter.history import Release, Rollback
from ....adapter.site import Site
from ....adapter.steps import Command, Observation, Step
from . import api
from .app import App
from .dynos import started_by
from .history import code, newest_first
from .release import BUILD


def rollback(site: Site, now: Release, back: Release) -> Rollback:
    app = App(site)
    step = Step(
        name="rollback",
        what=f"release of the build of {back.version}",
        observe=lambda: _see(app, back),
        commands=lambda: [_release(app, back)],
        patience=BUILD,
    )
    return Rollback([step], _notes(app, now, back))


def _see(app: App, back: Release) -> Observation:
    releases = newest_first(app.ask("releases", "-n", "200"))
    newest = next(one for one in releases if code(one, releases))
    if not back.artefact:
        return Observation(
            False, problem=f"Heroku no longer has the build of {back.version}: choose another release with --to."
        )
    if _slug(newest) != back.artefact:
        return Observation(False)
    text = f"v{newest['version']} of {back.commit[:8]}"
    if newest["status"] == "failed":
        why = f"`heroku releases:output v{newest['version']} -a {app.name}` says why."
        return Observation(False, f"{text} failed", failed=f"The release phase of {text} failed: {why}")
    return Observation(newest["status"] == "succeeded", text, pending=newest["status"] == "pending")


def _slug(release: dict[str, Any]) -> str:
    return str((release.get("slug") or {}).get("id") or "")


def _release(app: App, back: Release) -> Command:
    """What it is called says which commit it has, as with every other release."""
    body = {"slug": back.artefact, "description": f"Rollback to {back.version}: Deploy {back.commit[:8]}"}
    return api.post(
        app.site.cli, f"/apps/{app.name}/releases", body, f"releasing the build of {back.version} again ..."
    )


def _notes(app: App, now: Release, back: Release) -> list[str]:
    """On processes that the older release started and the one online does not: Heroku leaves them without a dyno."""
    before, then = started_by(app, now.commit), started_by(app, back.commit)
    return [
        f"The process {name} of {back.version} gets no dyno by itself: `heroku ps:scale {name}=1 -a {app.name}` starts it."
        for name in sorted((then or set()) - (before or set()))
        if before is not None
    ]
