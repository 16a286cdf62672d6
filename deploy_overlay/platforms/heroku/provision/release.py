"""What a deployment does: push, release phase, dynos. https://devcenter.heroku.com/articles/release-phase"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from typing import Any

from ....adapter.site import Site
from ....adapter.steps import Command, Observation, Step
from ....base import git
from ....base.message import Failure
from . import api
from .app import App
from .dynos import dyno_steps, started_by
from .history import code, newest_first, with_promoted
from .promotion import promotion

BUILD = 1800.0  # seconds


def releases(site: Site) -> Sequence[Step]:
    app = App(site)
    return [
        Step(
            name="release",
            what="release of the current commit",
            observe=lambda: _see_release(app),
            commands=lambda: _push(app),
            plan=lambda: _planned(app),
            after=("app",),
            patience=BUILD,
        ),
        *dyno_steps(app),
    ]


def _releases(app: App) -> list[dict[str, Any]]:
    """The newest releases, the newest first: every change of a config var is one too."""
    found: list[dict[str, Any]] = app.ask("releases", "-n", "200")
    app.seen_releases = with_promoted(app.site.cli, app.name, newest_first(found))
    return app.seen_releases


def _of_commit(app: App) -> list[dict[str, Any]]:
    """The releases of the current commit, as seen last, the newest first."""
    commit = app.site.commit
    return [one for one in app.seen_releases if (own := code(one, app.seen_releases)) and commit.startswith(own)]


def _see_release(app: App) -> Observation:
    commit = app.site.commit
    deployments = [one for one in _releases(app) if code(one, app.seen_releases)]
    if app.new_to_releases:
        online = next((one for one in deployments if one["status"] == "succeeded"), None)
        app.started_before = started_by(app, code(online, app.seen_releases)) if online else set()
        app.new_to_releases = False
    first = not any(one["status"] == "succeeded" for one in deployments)
    own = _of_commit(app)
    if not deployments or deployments[0] not in own:
        succeeded = next((one for one in deployments if one["status"] == "succeeded"), None)
        again = " again" if any(one["status"] == "succeeded" for one in own) else ""  # somebody has rolled it back
        place = f", in place of v{succeeded['version']}" if succeeded else ""
        return Observation(False, f"of {commit[:8]}{again}{place}", first=first)
    newest = deployments[0]
    text = f"v{newest['version']} of {commit[:8]}"
    if newest["status"] == "failed":
        why = f"`heroku releases:output v{newest['version']} -a {app.name}` says why."
        return Observation(False, f"{text} failed", first=first, failed=f"The release phase of {text} failed: {why}")
    return Observation(newest["status"] == "succeeded", text, first=first, pending=newest["status"] == "pending")


def _push(app: App) -> list[Command]:
    """The push, or a release of what Heroku has built already, of this commit here or for another environment."""
    if _tried(app):
        return [Command(_again(app), timeout=BUILD, progress="trying the release phase again ...")]
    if app.site.request.promoted:
        return [promotion(app)]
    heads = _heads(app)
    if app.site.commit in heads.values():
        return [_release_of_the_build(app)]
    branch = "master" if "refs/heads/master" in heads and "refs/heads/main" not in heads else "main"
    push = ("push", app.remote, f"HEAD:refs/heads/{branch}")
    return [Command(push, program="git", timeout=BUILD, progress="Heroku builds and releases, a few minutes ...")]


def _heads(app: App) -> dict[str, str]:
    """Branches that Heroku's repository has: their names → hashes."""
    listed: list[str] = []
    with contextlib.suppress(Failure):  # a push says more
        asked = git.ask(app.site.root, "ls-remote", "--heads", app.remote, environ=dict(app.site.cli.tool.environ))
        listed = asked.text.splitlines() if asked.status == 0 else []
    return {name: commit for commit, _, name in (line.partition("\t") for line in listed)}


def _planned(app: App) -> list[str]:
    return [command.line(app.site.cli.name) for command in _push(app)]


def _tried(app: App) -> bool:
    """Whether the newest release of all is of this commit, and its release phase failed."""
    newest = next(iter(app.seen_releases), None)
    return bool(newest and newest["status"] == "failed" and newest in _of_commit(app))


def _again(app: App) -> tuple[str, ...]:
    return ("releases:retry", "-a", app.name)


def _release_of_the_build(app: App) -> Command:
    """A release of the newest build of this commit, with the config vars of today; a rollback would take back those too.

    No command of the CLI does that: https://devcenter.heroku.com/articles/platform-api-reference#release-create
    """
    slugs = [(one, str((one.get("slug") or {}).get("id") or "")) for one in _of_commit(app)]
    built, slug = next(((one, slug) for one, slug in slugs if slug), (None, ""))
    if built is None:
        raise Failure(
            f"Heroku has the commit {app.site.commit[:8]} already and does not build a commit twice: run "
            '`git commit --allow-empty --message "Deploy again"`, then run this again.',
            anchor="platform-refused",
        )
    body = {"slug": slug, "description": f"Deploy {app.site.commit[:8]}"}
    return api.post(
        app.site.cli, f"/apps/{app.name}/releases", body, f"releasing the build of v{built['version']} again ..."
    )
