"""Deployments that take their time on the simulated platforms, as real ones do: others can look while they are under way."""

from __future__ import annotations

import re
import time
from typing import Any

from .simulated.fly import Fly
from .simulated.heroku import Heroku
from .simulated.server import Asked, now
from .simulated.upsun import Upsun

LEASE = {"status": "success", "data": {"nonce": "n1", "expires_at": 4102444800, "owner": "bob@example.com"}}


def build(commit: str, by: str = "bob@example.com") -> dict[str, Any]:
    """A build on Heroku that is under way."""
    source = {"version": commit, "url": "https://example.com", "checksum": None}
    told = {"id": commit, "status": "pending", "source_blob": source, "user": {"email": by, "id": "2"}}
    return {**told, "created_at": now(), "updated_at": now()}


def slow_heroku(platform: Heroku, seconds: float) -> None:
    """Every push is built for so many seconds."""

    def before(asked: Asked) -> None:
        if pushed := re.fullmatch("/simulated/push/([^/]+)", asked.path):
            app, made = platform.apps[pushed[1]], build(asked.body["commit"], "ada@example.com")
            app.builds.append(made)
            time.sleep(seconds)
            app.builds.remove(made)

    platform.before = before


def slow_upsun(platform: Upsun, seconds: float) -> None:
    def before(asked: Asked) -> None:
        if asked.path.startswith("/simulated/push/"):
            time.sleep(seconds)

    platform.before = before


def release_of(platform: Fly, commit: str, status: str = "running", by: str = "bob@example.com") -> dict[str, Any]:
    """A release of the app `shelf` by somebody else's flyctl, which holds leases while it works."""
    app = platform.apps["shelf"]
    number, image = len(app.releases) + 1, f"registry.fly.io/shelf:commit-{commit[:12]}@sha256:{'0' * 64}"
    made = {"ID": f"shelf-r{number}", "Version": number, "Status": status, "ImageRef": image, "Description": "Release"}
    app.releases.append({**made, "User": {"Email": by}, "CreatedAt": now()})
    app.leases = {one["id"]: LEASE for one in app.machines}
    return app.releases[-1]


def ends(platform: Fly, release: dict[str, Any]) -> None:
    release["Status"] = "complete"
    platform.apps["shelf"].leases.clear()


def slow_fly(platform: Fly, seconds: float) -> None:
    """Every `fly deploy` takes so many seconds."""

    def before(asked: Asked) -> None:
        if asked.path.startswith("deploy "):
            found = re.search(r"commit-([0-9a-f]+)", asked.path)
            assert found
            made = release_of(platform, found[1], by="ada@example.com")
            time.sleep(seconds)
            platform.apps["shelf"].releases.remove(made)
            platform.apps["shelf"].leases.clear()

    platform.before = before
