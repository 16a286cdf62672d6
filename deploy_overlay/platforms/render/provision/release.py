"""What a deployment does: push the commit, wait for what its Blueprint declares, deploy each service.

https://api-docs.render.com/reference/create-deploy
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ....adapter.site import Site
from ....adapter.steps import Command, Observation, Step
from ....base import git
from ....base.message import Failure
from .. import prices
from ..stores import STORES, Store
from .app import App, branch, stale_deploy
from .history import LIVE, commit_of, state
from .program import API, DASHBOARD

BUILD = 3600.0  # seconds that a build and its checks may take
SYNC = 300.0  # seconds until a Blueprint is read again after a push
LOOK = 20.0  # seconds for a look at the remote repository


def releases(site: Site) -> Sequence[Step]:
    app = App(site)
    push = Step(
        name="push",
        what="commit in the repository that Render builds from",
        observe=lambda: _see_push(app),
        commands=lambda: [Command(_push(app), program="git", timeout=300)] if app.seen else [],
        after=("blueprint",),
    )
    return [push, *_stores(app), *_services(app), *_deploys(app)]


def _see_push(app: App) -> Observation:
    """Where this clone or its machine cannot tell, Render itself says whether it has the commit."""
    web, commit = app.web(), app.site.commit
    remote = app.remote(web)
    if not remote:
        return Observation(True, f"no git remote here leads to {web.get('repo') or 'it'}")
    if app.site.git("branch", "--remotes", "--list", f"{remote}/{branch(web)}", "--contains", commit):
        return Observation(True)
    try:
        asked = git.ask(app.site.root, "ls-remote", "--heads", remote, f"refs/heads/{branch(web)}", timeout=LOOK)
    except Failure:
        return Observation(True, f"{remote} does not answer here")
    if asked.status != 0:
        return Observation(True, f"{remote} does not answer here")
    heads = [line.partition("\t")[0] for line in asked.text.splitlines()]
    with contextlib.suppress(Failure):
        if any(git.ask(app.site.root, "merge-base", "--is-ancestor", commit, head).status == 0 for head in heads):
            return Observation(True)
    if app.shares_branch():
        return Observation(False, problem=_shared_branch(app, web))
    return Observation(False, f"{commit[:8]} to {branch(web)} of {remote}")


def _shared_branch(app: App, web: Mapping[str, Any]) -> str:
    return (
        f"{app.name} is built from {branch(web)}, as production is, and Render deploys production at each push to it: "
        f"choose another branch for {app.name} at {web.get('dashboardUrl') or DASHBOARD}, then run this again."
    )


def _push(app: App) -> tuple[str, ...]:
    web = app.web()
    return ("push", app.remote(web), f"HEAD:refs/heads/{branch(web)}")


def _stores(app: App) -> Iterator[Step]:
    for one in STORES:
        resource = app.site.plan.resource(one.resource)
        if resource and resource.how == "declared":
            cost, what = 0 if app.free else one.price, f"{one.title} {one.named(app.name)}"
            yield _declared(app, one.step, what, cost, lambda one=one: _see_store(app, one))


def _services(app: App) -> Iterator[Step]:
    for process, (name, kind) in app.wanted.items():
        if process != "web":
            what = f"{'cron job' if kind == 'cron_job' else 'worker'} {name}"
            cost = prices.CRON if kind == "cron_job" else prices.STARTER
            yield _declared(app, f"service {process}", what, cost, lambda process=process: _see_service(app, process))


def _declared(app: App, name: str, what: str, cost: float, observe: Any) -> Step:
    """Something that the Blueprint declares: Render makes it when it reads that again, after a push."""
    return Step(
        name=name,
        what=what,
        observe=lambda: observe() or _awaited(app),
        commands=lambda: [],
        cost=cost,
        creates=what,
        by_hand=f"Render makes {what} when it syncs the Blueprint; where it has not, sync it by hand:\n"
        f"    {DASHBOARD}/blueprints",
        after=("blueprint", "push"),
        patience=SYNC,
    )


def _awaited(app: App) -> Observation:
    """Whether a sync is to be expected: https://api-docs.render.com/reference/list-blueprint-syncs"""
    found = app.blueprint()
    if found is None or not found.get("autoSync") or found.get("status") in ("error", "paused"):
        return Observation(False)
    syncs = [one["sync"] for one in app.site.cli.json("ALL", f"/blueprints/{found['id']}/syncs")]
    own = [one for one in syncs if (one.get("commit") or {}).get("id") == app.site.commit]
    return Observation(False, pending=not any(one.get("state") in ("error", "success") for one in own))


def _see_store(app: App, one: Store) -> Observation | None:
    found = app.store(one)
    if found is None:
        return None
    status = str(found.get("status"))
    if status == "creating":
        return Observation(False, pending=True)
    stopped = f"it is {status}: {found.get('dashboardUrl')}" if status in ("suspended", "unavailable") else ""
    ends = f"it ends on {str(found['expiresAt'])[:10]} with its data" if found.get("expiresAt") else ""
    parts = [str(found.get("plan") or ""), f"{found['diskSizeGB']} GB" if found.get("diskSizeGB") else ""]
    text = ", ".join(filter(None, parts))
    return Observation(True, text, cost=one.cost(found), differs="; ".join(filter(None, (stopped, ends))))


def _see_service(app: App, process: str) -> Observation | None:
    found = app.service(process)
    if found is None:
        return None
    (plan, number), cost = prices.instances(found), prices.of_service(found)
    if found.get("suspended") == "suspended":
        return Observation(True, "suspended", cost=cost, differs=f"suspended: resume it at {found.get('dashboardUrl')}")
    if found["type"] == "cron_job":
        return Observation(True, f"{plan}, {(found.get('serviceDetails') or {}).get('schedule')}", cost=cost)
    scheduler = any(one.name == process and one.kind == "scheduler" for one in app.site.plan.beside)
    twice = f"{number} instances start each task {number} times: scale it to 1" if scheduler and number > 1 else ""
    return Observation(True, f"{number} x {plan}" if number > 1 else plan, cost=cost, differs=twice)


def _deploys(app: App) -> Iterator[Step]:
    """The site first, whose release migrates; the others follow it."""
    for process, (name, _) in app.wanted.items():
        yield _released(app, process, name)


def _released(app: App, process: str, name: str) -> Step:
    web = process == "web"
    return Step(
        name="release" if web else f"release {process}",
        what="release of the current commit" if web else f"release of {name}",
        observe=lambda: _see_deploy(app, process),
        commands=lambda: _deploy(app, process),
        plan=lambda: [_order(app, one).line(app.site.cli.name) for one in [app.seen.get(process)] if one],
        after=("blueprint",) if web else (f"service {process}",),
        pause=10,
        patience=BUILD,
    )


def _see_deploy(app: App, process: str) -> Observation:
    service, commit = app.service(process), app.site.commit
    if service is None:
        return Observation(False)
    deploys, before = app.deploys(service), app.before.get(process)
    newest: Mapping[str, Any] = next(iter(deploys), {})
    online: Mapping[str, Any] = next((one for one in deploys if one.get("status") == LIVE), {})
    first = process == "web" and not any(state(one) == "succeeded" for one in deploys)
    place = f", in place of {commit_of(online)[:8]}" if online and process == "web" else ""
    to_do = Observation(False, f"of {commit[:8]}{place}", first=first)
    if before is None and app.missing(process):
        return to_do  # whatever is online, it is without the variables that the step before this one sets
    stale = app.site.record.chosen(stale_deploy(process))
    if before is not None and newest and newest["id"] not in before:
        # The one that this run ordered: it may not tell its commit yet, and that of a cron job is the newest of its branch.
        if commit_of(newest) in ("", commit) or service["type"] == "cron_job":
            return _of_commit(newest, service, first)
    elif newest and newest["id"] != stale and commit_of(newest) == commit:
        if before is None or state(newest) != "failed":
            return _of_commit(newest, service, first)
    elif newest and before is not None and state(newest) == "running":
        return Observation(False, pending=True)  # Render queues the one that was ordered
    if online and online["id"] != stale and commit_of(online) == commit and state(newest) == "failed":
        return Observation(True, f"{online['id']} of {commit[:8]}")
    return to_do


def _of_commit(deploy: Mapping[str, Any], service: Mapping[str, Any], first: bool) -> Observation:
    text = f"{deploy['id']} of {commit_of(deploy)[:8]}"
    told = state(deploy)
    if told == "failed":
        why = str(deploy.get("status")).replace("_", " ")
        url = service.get("dashboardUrl") or DASHBOARD
        return Observation(
            False,
            f"{text}: {why}",
            first=first,
            failed=f"The deployment of {service['name']} failed: {text} ended with {why}; {url} says why.",
        )
    return Observation(told == "succeeded", text, first=first, pending=told == "running")


def _deploy(app: App, process: str) -> list[Command]:
    """A cron job takes no commit, but the newest of its branch."""
    service = app.seen[process]
    app.before[process] = {str(one["id"]) for one in app.deploys(service)}
    return [_order(app, service)]


def _order(app: App, service: Mapping[str, Any]) -> Command:
    body = {} if service["type"] == "cron_job" else {"commitId": app.site.commit}
    progress = f"Render builds and releases {service['name']}, a few minutes ..."
    return API.command("POST", f"/services/{service['id']}/deploys", body, progress=progress)
