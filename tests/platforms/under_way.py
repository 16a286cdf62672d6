"""Deployments that take their time on the simulated platforms, as real ones do: others can look while they are under way."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from typing import Any

from .simulated.fly import Fly
from .simulated.heroku import Heroku
from .simulated.server import Asked, Simulated, now

LEASE = {"status": "success", "data": {"nonce": "n1", "expires_at": 4102444800, "owner": "bob@example.com"}}


def build(commit: str, by: str = "bob@example.com") -> dict[str, Any]:
    """A build on Heroku that is under way."""
    source = {"version": commit, "url": "https://example.com", "checksum": None}
    told = {"id": commit, "status": "pending", "source_blob": source, "user": {"email": by, "id": "2"}}
    return {**told, "created_at": now(), "updated_at": now()}


def after_looks(platform: Simulated, question: str, looks: int, end: Callable[[], None]) -> None:
    """Calls `end` when this question, a pattern, has been asked so many times."""
    left = [looks]

    def before(asked: Asked) -> None:
        if re.search(question, str(asked)):
            left[0] -= 1
            if not left[0]:
                end()

    platform.before = before


def until_looked_at(
    platform: Heroku | Fly, begins: str, question: str, begin: Callable[[str], Callable[[], None]]
) -> None:
    """What matches `begins` waits until `question` was asked three times meanwhile; `begin` gets its commit, returns its end."""
    looks, done = [-1], threading.Event()

    def before(asked: Asked) -> None:
        if re.search(question, str(asked)) and looks[0] > 0:
            looks[0] -= 1
            if not looks[0]:
                done.set()
        elif re.search(begins, str(asked)) and looks[0] < 0:
            end = begin(_commit(asked))
            looks[0] = 3
            done.wait(100)
            end()

    platform.before = before


def slow_heroku(platform: Heroku) -> None:
    """The next push is built until somebody has looked at it."""

    def begin(commit: str) -> Callable[[], None]:
        builds = platform.apps["shelf"].builds
        builds.append(build(commit, "ada@example.com"))
        return builds.clear

    until_looked_at(platform, "^POST /simulated/push/", "^GET /apps/shelf/builds", begin)


def slow_fly(platform: Fly) -> None:
    """The next `fly deploy` takes until somebody has looked at it."""

    def begin(commit: str) -> Callable[[], None]:
        made = release_of(platform, commit, by="ada@example.com")

        def end() -> None:
            platform.apps["shelf"].releases.remove(made)
            platform.apps["shelf"].leases.clear()

        return end

    until_looked_at(platform, "^RUN deploy ", "^GET releases ", begin)


def _commit(asked: Asked) -> str:
    found = re.search(r"commit-([0-9a-f]+)", asked.path)
    return found[1] if found else str(asked.body["commit"])


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
