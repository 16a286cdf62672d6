"""What was released of the app: https://fly.io/docs/flyctl/releases/"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from ....adapter.history import Release, State
from ....adapter.site import Site
from .app import App, group

NOT_THERE = r"(?i)could not find app|app not found"
UNDER_WAY = ("pending", "running")
RELEASING = "fly_app_release_command"  # process group of the Machine that a release command runs on


def history(site: Site) -> list[Release]:
    """The newest 25. Each is a deployment, or another change that made new Machines."""
    found = site.cli.json("releases", "-a", site.name, "--json", absent=NOT_THERE) or []
    releases = newest_first(found)
    online = next((one for one in releases if one["Status"] == "complete"), None)
    working = bool(releases) and releases[0]["Status"] in UNDER_WAY and at_work(App(site))
    return [_told(one, online is one, working and one is releases[0]) for one in releases]


def newest_first(releases: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(releases, key=lambda one: int(one["Version"]), reverse=True)


def image(release: Mapping[str, Any]) -> str:
    """The image of a release, without its hash."""
    return str(release.get("ImageRef", "")).split("@")[0]


def commit_of(release: Mapping[str, Any]) -> str:
    """The beginning of the hash of a release's commit; empty where its image does not say so."""
    found = re.search(r":commit-([0-9a-f]+)$", image(release))
    return found[1] if found else ""


def at_work(app: App) -> bool:
    """Whether somebody's flyctl deploys at this moment.

    It carries a deployment out by itself, so a release whose flyctl was killed stays `running` for ever. While it works, it
    holds leases on the Machines, which end seconds after it does, or a release command runs.
    https://fly.io/docs/machines/api/machines-resource/#machine-leases
    """
    found = [one for one in app.rows("machine", "list", "-a", app.name) if one.get("state") in ("started", "starting")]
    if any(group(one) == RELEASING for one in found):
        return True
    ids = [str(one["id"]) for one in app.machines()]
    return bool(ids) and bool(app.site.cli.json("machine", "leases", "view", *ids, "-a", app.name, "--json"))


def _told(release: Mapping[str, Any], online: bool, working: bool) -> Release:
    state: State = "succeeded" if release["Status"] == "complete" else "running" if working else "failed"
    user = release.get("User") or {}
    return Release(
        version=f"v{release['Version']}",
        state=state,
        commit=commit_of(release),
        at=_at(release),
        by=str(user.get("Email") or user.get("Name") or ""),
        what=str(release.get("Description") or release.get("Reason") or ""),
        online=online,
        artefact=str(release.get("ImageRef") or ""),
    )


def _at(release: Mapping[str, Any]) -> str:
    """Go writes the year 1 where there is no time."""
    at = str(release.get("CreatedAt") or "")
    return "" if at.startswith("0001") else at
