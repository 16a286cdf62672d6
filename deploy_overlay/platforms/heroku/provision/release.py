"""What a deployment does: push, release phase, dynos. https://devcenter.heroku.com/articles/release-phase"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from ....adapter.site import Site
from ....adapter.steps import Command, Seen, Step
from .. import DYNOS
from .app import App

BUILD = 1800.0  # seconds


def releases(site: Site) -> Sequence[Step]:
    app = App(site)
    return [
        Step(
            name="release",
            what="release of the current commit",
            see=lambda: _see_release(app),
            commands=lambda: _push(app),
            plan=lambda: [
                site.cli.line(*_again(app)) if _tried(app) else f"git push {app.remote} HEAD:refs/heads/main"
            ],
            after=("app",),
            patience=BUILD,
        ),
        Step(
            name="dynos",
            what=f"dynos: {', '.join(f'1 {kind}' for kind in _process_types(site))}",
            price=f"${DYNOS[app.dyno]} each" if app.dyno in DYNOS else app.dyno,
            see=lambda: _see_dynos(app),
            commands=lambda: [Command(("ps:scale", *_formation(app), "-a", app.name))],
            creates="first scaling",
            after=("app", "release"),
            patience=30,
        ),
    ]


def _releases(app: App) -> list[dict[str, Any]]:
    """The newest releases, the newest first."""
    found: list[dict[str, Any]] = app.ask("releases", "-n", "30")
    app.seen_releases = sorted(found, key=lambda release: int(release["version"]), reverse=True)
    return app.seen_releases


def _of_commit(release: dict[str, Any], commit: str) -> bool:
    """`Deploy 1a2b3c4d`, `Retry of v7: Deploy 1a2b3c4d` and what Heroku adds behind it when it fails."""
    hashes = re.findall(r"\bDeploy ([0-9a-f]{7,40})\b", str(release["description"]))
    return any(commit.startswith(found) for found in hashes)


def _see_release(app: App) -> Seen:
    commit = app.site.commit
    deployments = [one for one in _releases(app) if re.search(r"\bDeploy [0-9a-f]|Rollback", str(one["description"]))]
    if not deployments or not _of_commit(deployments[0], commit):
        return Seen(False, f"of {commit[:8]}")
    newest = deployments[0]
    text = f"v{newest['version']} of {commit[:8]}"
    if newest["status"] == "failed":
        why = f"`heroku releases:output v{newest['version']} -a {app.name}` says why."
        return Seen(False, f"{text} failed", failed=f"The release phase of {text} failed: {why}")
    return Seen(newest["status"] == "succeeded", text, coming=newest["status"] == "pending")


def _push(app: App) -> list[Command]:
    """The push, or another try of its release phase: Heroku builds a commit that it has already no second time."""
    if _tried(app):
        return [Command(_again(app), timeout=BUILD, progress="trying the release phase again ...")]
    heads = app.site.git("ls-remote", "--heads", app.remote)
    branch = "master" if "refs/heads/master" in heads and "refs/heads/main" not in heads else "main"
    push = ("push", app.remote, f"HEAD:refs/heads/{branch}")
    return [Command(push, program="git", timeout=BUILD, progress="Heroku builds and releases, some minutes ...")]


def _tried(app: App) -> bool:
    """Whether the newest release is of this commit, and its release phase failed."""
    newest = next(iter(app.seen_releases), None)
    return bool(newest and newest["status"] == "failed" and _of_commit(newest, app.site.commit))


def _again(app: App) -> tuple[str, ...]:
    return ("releases:retry", "-a", app.name)


def _process_types(site: Site) -> list[str]:
    """The Procfile's process types that the plan starts, web first; others have a price and wait for their owner."""
    return [process.name for process in site.plan.started]


def _formation(app: App) -> list[str]:
    return [f"{kind}=1:{app.dyno}" for kind in _process_types(app.site)]


def _see_dynos(app: App) -> Seen:
    """After the first scaling the numbers are the owner's: only a site without a web dyno is scaled again."""
    done = app.site.cli.ask("ps:scale", "-a", app.name)
    if done.status != 0:
        if "No process types" in done.errors:
            return Seen(False)
        raise app.site.cli.failure(done, app.site.cli.line("ps:scale", "-a", app.name))
    running = dict(re.findall(r"([\w-]+)=(\d+:[\w-]+)", done.output))
    ready = [kind for kind in _process_types(app.site) if int(running.get(kind, "0:").split(":")[0]) > 0]
    scaled = app.site.record.made("dynos") and "web" in ready
    sized = running.get("web", "").lower().endswith(f":{app.dyno.lower()}")
    return Seen(scaled or (ready == _process_types(app.site) and sized), done.output.strip())
