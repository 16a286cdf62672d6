"""What a deployment does: push, release phase, dynos. https://devcenter.heroku.com/articles/release-phase"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from ....adapter.site import Site
from ....adapter.steps import Command, Seen, Step
from ....base.message import Failure
from .. import DYNOS, LARGER
from . import api
from .app import App

BUILD = 1800.0  # seconds
FIRST = "first scaling"
GIVEN = {"eco", "basic"}  # sizes that Heroku gives the first web dyno: https://devcenter.heroku.com/articles/dyno-types


def releases(site: Site) -> Sequence[Step]:
    app = App(site)
    return [
        Step(
            name="release",
            what="release of the current commit",
            see=lambda: _see_release(app),
            commands=lambda: _push(app),
            plan=lambda: _planned(app),
            after=("app",),
            patience=BUILD,
        ),
        Step(
            name="dynos",
            what=f"dynos: {', '.join(f'1 {kind}' for kind in _process_types(site))}",
            price="" if app.dyno in DYNOS else app.dyno,
            cost=_cost(dict.fromkeys(_process_types(site), (1, app.dyno))),
            see=lambda: _see_dynos(app),
            commands=lambda: [Command(("ps:scale", *_formation(app), "-a", app.name))],
            creates=FIRST,
            after=("app",),
            patience=30,
        ),
    ]


def _releases(app: App) -> list[dict[str, Any]]:
    """The newest releases, the newest first: every change of a config var is one too."""
    found: list[dict[str, Any]] = app.ask("releases", "-n", "200")
    app.seen_releases = sorted(found, key=lambda release: int(release["version"]), reverse=True)
    return app.seen_releases


def _code(release: dict[str, Any], releases: Sequence[dict[str, Any]]) -> str:
    """The beginning of the hash of the commit that a release put online; empty for one that changed no code.

    `Deploy 1a2b3c4d`, `Retry of v7: Deploy 1a2b3c4d`, what Heroku adds behind it when it fails, and `Rollback to v7`.
    """
    description = str(release["description"])
    if found := re.search(r"\bDeploy ([0-9a-f]{7,40})\b", description):
        return found[1]
    back = re.search(r"\bRollback to v(\d+)", description)
    if back is None:
        return ""
    older = (one for one in releases if int(one["version"]) < int(release["version"]))
    return next((_code(one, releases) for one in older if int(one["version"]) == int(back[1])), "unknown")


def _of_commit(app: App) -> list[dict[str, Any]]:
    """The releases of the current commit, as seen last, the newest first."""
    commit = app.site.commit
    return [one for one in app.seen_releases if (code := _code(one, app.seen_releases)) and commit.startswith(code)]


def _see_release(app: App) -> Seen:
    commit = app.site.commit
    deployments = [one for one in _releases(app) if _code(one, app.seen_releases)]
    if not deployments or deployments[0] not in _of_commit(app):
        return Seen(False, f"of {commit[:8]}")
    newest = deployments[0]
    text = f"v{newest['version']} of {commit[:8]}"
    if newest["status"] == "failed":
        why = f"`heroku releases:output v{newest['version']} -a {app.name}` says why."
        return Seen(False, f"{text} failed", failed=f"The release phase of {text} failed: {why}")
    return Seen(newest["status"] == "succeeded", text, coming=newest["status"] == "pending")


def _push(app: App) -> list[Command]:
    """The push, or another release of what Heroku has built from this commit already: it builds it no second time."""
    if _tried(app):
        return [Command(_again(app), timeout=BUILD, progress="trying the release phase again ...")]
    heads = _heads(app)
    if app.site.commit in heads.values():
        return [_release_of_the_build(app)]
    branch = "master" if "refs/heads/master" in heads and "refs/heads/main" not in heads else "main"
    push = ("push", app.remote, f"HEAD:refs/heads/{branch}")
    return [Command(push, program="git", timeout=BUILD, progress="Heroku builds and releases, a few minutes ...")]


def _heads(app: App) -> dict[str, str]:
    """Branches that Heroku's repository has: their names → hashes."""
    listed = app.site.git("ls-remote", "--heads", app.remote).splitlines()
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


def _process_types(site: Site) -> list[str]:
    """The Procfile's process types that the plan starts, web first; others have a price and wait for their owner."""
    return [process.name for process in site.plan.started]


def _formation(app: App) -> list[str]:
    return [f"{kind}=1:{app.dyno}" for kind in _process_types(app.site)]


def _see_dynos(app: App) -> Seen:
    """After the first deployment numbers and sizes are the owner's, whichever clone made it."""
    site, wanted = app.site, dict.fromkeys(_process_types(app.site), (1, app.dyno))
    found = {kind: dynos for kind, dynos in app.formation().items() if kind != "release"}
    if not found:
        site.notes["not built yet"] = "yes"
        return Seen(False, "will be started")
    there = _told(found)
    started = {kind: (number, size.lower()) for kind, (number, size) in found.items() if number}
    if started == {kind: (number, size.lower()) for kind, (number, size) in wanted.items()}:
        return Seen(True, there, cost=_cost(found))
    if _as_given(found) and ("not built yet" in site.notes or site.record.intended("dynos", FIRST)):
        return Seen(False, f"{there}; {_told(wanted)} wanted")
    if found.get("web", (0, ""))[0] == 0:
        return Seen(False, problem=_scaled_to_none(app))
    unknown = sorted({size for _, size in started.values()} - (DYNOS | LARGER).keys())
    left_out = f"; the price of {', '.join(unknown)} is not in the total" if unknown else ""
    return Seen(True, there, differs=f"{there}; the answers say {_told(wanted)}{left_out}", cost=_cost(found))


def _cost(formation: dict[str, tuple[int, str]]) -> float:
    """Of a month; Eco dynos are paid for together, sizes of private spaces are not in the list."""
    sizes = [(number, size.lower()) for number, size in formation.values() if number]
    eco = DYNOS["eco"] if any(size == "eco" for _, size in sizes) else 0
    return eco + sum(number * (DYNOS | LARGER).get(size, 0) for number, size in sizes if size != "eco")


def _told(formation: dict[str, tuple[int, str]]) -> str:
    ordered = sorted(formation.items(), key=lambda one: one[0] != "web")
    return ", ".join(f"{kind}={number}:{size.capitalize()}" for kind, (number, size) in ordered)


def _as_given(formation: dict[str, tuple[int, str]]) -> bool:
    """Whether nobody has scaled anything since the first build, which starts one web dyno and nothing else."""
    others = [number for kind, (number, _) in formation.items() if kind != "web"]
    number, size = formation.get("web", (0, ""))
    return not any(others) and number == 1 and size.lower() in GIVEN


def _scaled_to_none(app: App) -> str:
    return (
        f"The web process of the Heroku app {app.name} is scaled to 0 dynos, so nothing would be online after a "
        f"deployment: `heroku ps:scale web=1 -a {app.name}` starts one, then run this again."
    )
