"""What was deployed of the site: https://api-docs.render.com/reference/list-deploys"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ....adapter.history import Release, State
from ....adapter.site import Site
from .app import App

LIVE = "live"
SUCCEEDED = (LIVE, "deactivated")  # online, or replaced by a later one
FAILED = ("build_failed", "update_failed", "pre_deploy_failed", "canceled")


def state(deploy: Mapping[str, Any]) -> State:
    """Of a status that is not known yet, it has not ended."""
    status = str(deploy.get("status"))
    return "succeeded" if status in SUCCEEDED else "failed" if status in FAILED else "running"


def commit_of(deploy: Mapping[str, Any]) -> str:
    return str((deploy.get("commit") or {}).get("id") or "")


def history(site: Site) -> list[Release]:
    app = App(site)
    web = app.look().get("web")
    return [] if web is None else [_told(one) for one in app.deploys(web)]


def _told(deploy: Mapping[str, Any]) -> Release:
    subject = str((deploy.get("commit") or {}).get("message") or "").partition("\n")[0]
    return Release(
        version=str(deploy["id"]),
        state=state(deploy),
        commit=commit_of(deploy),
        at=str(deploy.get("createdAt") or ""),
        what=": ".join(filter(None, (str(deploy.get("trigger") or "deploy").replace("_", " "), subject))),
        online=deploy.get("status") == LIVE,
        artefact=str(deploy["id"]),
    )
