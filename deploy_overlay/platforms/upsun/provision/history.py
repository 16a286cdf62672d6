"""What was deployed of the environment: its activities. https://docs.upsun.com/integrations/activity/reference.html"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from ....adapter.history import Release, State
from ....adapter.site import Site
from .project import Project

# What builds the commit that is there. `environment.redeploy` does not: it brings back what was built last, and runs no
# deploy hook, so its success says nothing of the commit.
# https://docs.upsun.com/development/troubleshoot.html#force-a-redeploy
BUILDS = (
    "environment.push", "environment.activate", "environment.merge", "environment.merge-pr", "environment.synchronize",
    "environment.initialize", "environment.source-operation", "environment.deploy", "environment.variable.create",
    "environment.variable.update", "environment.variable.delete",
)  # fmt: skip
REDEPLOY = "environment.redeploy"  # brings back what was built last
SHOWN = 50


def history(site: Site) -> list[Release]:
    """Each activity that deploys, the newest first."""
    project = Project(site, id=Project(site).known())
    if not project.id:
        return []
    kinds = [("type", kind) for kind in (*BUILDS, REDEPLOY)]
    path = f"projects/{project.id}/environments/{project.branch}/activities?{urlencode([('count', SHOWN), *kinds])}"
    # What it answers has the whole deployment in it, variables too.
    found: list[dict[str, Any]] = site.cli.json("api:curl", path, absent=r"\b404\b", secret=True) or []
    online = next((one for one in found if _state(one) == "succeeded"), None)
    return [_told(one, one is online) for one in found]


def _told(activity: Mapping[str, Any], online: bool) -> Release:
    payload = activity.get("payload") or {}
    parameters, environment = activity.get("parameters") or {}, payload.get("environment") or {}
    user = payload.get("user") or {}
    return Release(
        version=str(activity["id"]),
        state=_state(activity),
        commit=str(parameters.get("new_commit") or environment.get("head_commit") or ""),
        at=_in_seconds(str(activity.get("created_at") or "")),
        by=str(user.get("display_name") or user.get("username") or ""),
        what=str(activity.get("text") or activity.get("type")),
        online=online,
    )


def _state(activity: Mapping[str, Any]) -> State:
    state = activity.get("state")
    if state == "staged":
        return "waiting"
    if state in ("pending", "in_progress"):
        return "running"
    return "succeeded" if state == "complete" and activity.get("result") == "success" else "failed"


def _in_seconds(at: str) -> str:
    """2026-11-29T16:16:37.085719+00:00 as 2026-11-29T16:16:37Z."""
    return f"{at[:19]}Z" if len(at) > 19 else at
