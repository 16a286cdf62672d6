"""Puts an older deploy online again, from its build: https://api-docs.render.com/reference/rollback-deploy"""

from __future__ import annotations

from typing import Any

from ....adapter.history import Release, Rollback
from ....adapter.site import Site
from ....adapter.steps import Observation, Step
from .app import App
from .history import LIVE, commit_of, state
from .program import API, DASHBOARD
from .release import BUILD

NOTE = "The next push deploys again: turn off auto-deploys in the Dashboard until the fault is fixed."


def rollback(site: Site, now: Release, back: Release) -> Rollback:
    """Of every service that has a deploy of the same commit, the site last: its workers know older rows then."""
    app = App(site)
    app.look()
    steps, left = [], []
    for process in [one for one in app.wanted if one != "web"]:
        if process in app.seen and (deploy := _older(app, process, back)):
            steps.append(_step(app, process, deploy, back))
        else:
            left.append(process)
    notes = [f"{name} has no deploy of {back.commit[:8]}, and stays as it is." for name in left]
    return Rollback([_step(app, "web", back.artefact, back), *steps], [*notes, NOTE])


def _older(app: App, process: str, back: Release) -> str:
    found = (one for one in app.deploys(app.seen[process]) if state(one) == "succeeded")
    return next((str(one["id"]) for one in found if back.commit and commit_of(one) == back.commit), "")


def _step(app: App, process: str, deploy: str, back: Release) -> Step:
    service = app.seen[process]
    path = f"/services/{service['id']}/rollback"
    before: list[str] = []

    def observe() -> Observation:
        deploys = app.deploys(service)
        before[:] = before or [str(one["id"]) for one in deploys]
        online = next((one for one in deploys if one.get("status") == LIVE), None)
        if online and (str(online["id"]) == deploy or (back.commit and commit_of(online) == back.commit)):
            return Observation(True, f"{online['id']} of {back.commit[:8]}")
        newest: dict[str, Any] = next(iter(deploys), {})
        if newest.get("trigger") != "rollback" or commit_of(newest) != back.commit:
            return Observation(False)
        url = service.get("dashboardUrl") or DASHBOARD
        failed = f"The deployment of {service['name']} failed: {newest['id']}; {url} says why."
        old = str(newest["id"]) in before
        return Observation(
            False, pending=state(newest) == "running", failed="" if old or state(newest) != "failed" else failed
        )

    return Step(
        name="rollback" if process == "web" else f"rollback {process}",
        what=f"release of the build of {deploy}" if process == "web" else f"the same of {service['name']}",
        observe=observe,
        commands=lambda: [
            API.command("POST", path, {"deployId": deploy}, progress=f"Render releases {deploy} again ...")
        ],
        patience=BUILD,
    )
