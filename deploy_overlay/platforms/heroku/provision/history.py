"""What was released of the app, and what is being built: https://devcenter.heroku.com/articles/releases"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Sequence
from typing import Any

from ....adapter.cli import Cli
from ....adapter.history import Release, State
from ....adapter.site import Site
from ....base.message import Failure
from . import api
from .app import NOT_THERE, App

PROMOTED = re.compile(r"\bPromote \S+ v\d+")
COMMIT = "commit"  # of a release that was promoted, as its build says
LOOKED_AT = 3  # promoted releases whose builds are asked
STATES: dict[str, State] = {"succeeded": "succeeded", "failed": "failed", "pending": "running"}


def history(site: Site) -> list[Release]:
    """Every change of a config var is a release too. A build that is under way comes first: it is none yet."""
    found = site.cli.json("releases", "-n", "200", "-a", site.name, "--json", absent=NOT_THERE)
    if found is None:
        return []
    releases = with_promoted(site.cli, site.name, newest_first(found))
    online = next((one for one in releases if one["status"] == "succeeded"), None)
    told = [_told(one, releases, online is one) for one in releases]
    return [*_builds(App(site), told), *told]


def newest_first(releases: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(releases, key=lambda release: int(release["version"]), reverse=True)


def with_promoted(cli: Cli, name: str, releases: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """With the commit of the newest releases that were promoted from another app: only their builds say it.

    https://devcenter.heroku.com/articles/platform-api-reference#slug-info
    """
    promoted = [
        one for one in releases if PROMOTED.search(str(one["description"])) and (one.get("slug") or {}).get("id")
    ]
    for one in promoted[:LOOKED_AT]:
        with contextlib.suppress(Failure):
            one[COMMIT] = str(api.get(cli, f"/apps/{name}/slugs/{one['slug']['id']}").get("commit") or "")
    return releases


def code(release: dict[str, Any], releases: Sequence[dict[str, Any]]) -> str:
    """The beginning of the hash of the commit that a release put online; empty for one that changed no code.

    `Deploy 1a2b3c4d`, `Retry of v7: Deploy 1a2b3c4d`, what Heroku adds behind it when it fails, `Rollback to v7`, and
    `Promote shelf-staging v7`.
    """
    description = str(release["description"])
    if PROMOTED.search(description):
        return str(release.get(COMMIT) or "unknown")
    if found := re.search(r"\bDeploy ([0-9a-f]{7,40})\b", description):
        return found[1]
    back = re.search(r"\bRollback to v(\d+)", description)
    if back is None:
        return ""
    older = (one for one in releases if int(one["version"]) < int(release["version"]))
    return next((code(one, releases) for one in older if int(one["version"]) == int(back[1])), "unknown")


def _told(release: dict[str, Any], releases: Sequence[dict[str, Any]], online: bool) -> Release:
    own, slug = code(release, releases), str((release.get("slug") or {}).get("id") or "")
    return Release(
        version=f"v{release['version']}",
        state=STATES.get(str(release["status"]), "failed"),
        commit=(own if own != "unknown" else "") or _of_slug(slug, releases),
        at=str(release.get("created_at") or ""),
        by=str((release.get("user") or {}).get("email") or ""),
        what=str(release["description"]),
        code=bool(own),
        online=online,
        artefact=slug,
    )


def _of_slug(slug: str, releases: Sequence[dict[str, Any]]) -> str:
    """The commit that a slug was built from, as a release that brought it says."""
    same = (one for one in releases if slug and (one.get("slug") or {}).get("id") == slug)
    return next((found for one in same if (found := code(one, releases)) not in ("", "unknown")), "")


def _builds(app: App, releases: Sequence[Release]) -> list[Release]:
    """Builds under way. Heroku runs several at a time, and the last one to end is online: https://help.heroku.com/5QYTBE61"""
    found = api.get(app.site.cli, f"/apps/{app.name}/builds", "created_at ..; order=desc, max=10")
    return [
        Release(
            version="build",
            state="running",
            commit=str((one.get("source_blob") or {}).get("version") or ""),
            at=str(one["created_at"]),
            by=str((one.get("user") or {}).get("email") or ""),
            what="Build",
        )
        for one in found
        if one["status"] == "pending"
    ]
