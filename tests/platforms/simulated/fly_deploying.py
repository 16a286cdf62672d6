"""What the real `fly deploy` asks of Fly.io once the image is there: addresses, releases, the release command's Machine.

Shapes are those of flyctl's internal/uiex/releases.go and of fly-go's flaps/.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from .server import Answer, Asked, Refused, now

if TYPE_CHECKING:
    from .fly import App, Fly


class FlyDeploying:
    """Actions by request, for `FlyApi`."""

    def __init__(self, fly: Fly) -> None:
        self.fly = fly
        self._gone: dict[str, dict[str, Any]] = {}  # Machines that ran once; flyctl asks how they ended

    def actions(self) -> dict[str, Callable[..., Any]]:
        app = r"/v1/apps/([\w-]+)"
        return {
            f"GET {app}/ip_assignments": lambda asked, name: {"ips": self.fly.machines_app(name).addresses},
            f"POST {app}/ip_assignments": self._address,
            rf"POST {app}/machines/(\w+)/start": self._start,
            rf"GET {app}/machines/(\w+)/wait": lambda asked, name, identity: {"ok": True},
            rf"GET {app}/machines/(\w+)": self._machine,
            r"GET /api/v1/apps/[\w-]+/logs": lambda asked: {"data": [], "meta": {"next_token": ""}},
            "POST /api/v1/releases": self._release,
            r"PATCH /api/v1/releases/([\w-]+)": self._update,
        }

    def _address(self, asked: Asked, name: str) -> Any:
        kind, app = asked.body["type"], self.fly.machines_app(name)
        given = {"ip": "192.0.2.1" if "v4" in kind else "2001:db8::1", "region": "global", "service_name": ""}
        app.addresses.append({**given, "shared": "shared" in kind, "created_at": now()})
        return app.addresses[-1]

    def _found(self, app: App, identity: str) -> dict[str, Any]:
        found = next((one for one in app.machines if one["id"] == identity), None) or self._gone.get(identity)
        if found is None:
            raise Refused(404, {"error": "machine not found"})
        return found

    def _machine(self, asked: Asked, name: str, identity: str) -> Any:
        return self._found(self.fly.machines_app(name), identity)

    def _start(self, asked: Asked, name: str, identity: str) -> Any:
        """A Machine that is to go after its work has done it at once, and is in no list any more."""
        app = self.fly.machines_app(name)
        machine = self._found(app, identity)
        before, machine["state"] = machine["state"], "started"
        if machine["config"].get("auto_destroy"):
            at, machine["state"] = int(time.time() * 1000), "destroyed"
            ended = {"exit_event": {"exit_code": self.fly.release_command, "exited_at": now()}}
            machine["events"] = [
                {"type": "exit", "status": "stopped", "timestamp": at + 1, "request": ended},
                {"type": "start", "status": "started", "timestamp": at},
            ]
            self._gone[identity] = machine
            app.machines.remove(machine)
        return {"previous_state": before, "status": "ok", "message": ""}

    def _release(self, asked: Asked) -> Answer:
        body = asked.body
        app = self.fly.machines_app(body["app_name"])
        made = self.fly.release(app, body["definition"]["app"], body["image"], "pending")
        return Answer(201, {"release": _shown(made)})

    def _update(self, asked: Asked, identity: str) -> Any:
        releases = [one for app in self.fly.apps.values() for one in app.releases]
        found = next((one for one in releases if one["ID"] == identity), None)
        if found is None:
            raise Refused(404, {"error": "release not found"})
        found["Status"] = asked.body["status"]
        return _shown(found)


def _shown(release: dict[str, Any]) -> dict[str, Any]:
    told = {"id": release["ID"], "version": release["Version"], "status": release["Status"]}
    given = {"stable": False, "in_progress": True, "strategy": "ROLLING", "user": "ada", "created_at": now()}
    return {**told, **given, "image_ref": release["ImageRef"]}
