"""What the real Heroku CLI asks and says, without its second of start-up: for the loops over faults.

`test_heroku_stand_in.py` holds it to the real program, command by command.
"""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from .stand_in import Ended
from .typed import Typed

TRIES = 6  # the real program repeats a request whose connection broke, also one that creates something


@dataclass(frozen=True)
class QuickHeroku:
    """The program, asking the API at `url` with `token`."""

    url: str
    token: str
    typed: Typed = field(default_factory=Typed)

    def __call__(self, arguments: list[str], given: str) -> str:
        if arguments[0] == "run":
            self.ask("GET", f"/apps/{arguments[arguments.index('-a') + 1]}")
            return self.typed.answer(" ".join(arguments[arguments.index("--") + 1 :]), given)
        answer = self._said(arguments[0], arguments[1:])
        return answer if isinstance(answer, str) else json.dumps(answer, indent=2)

    def ask(self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None) -> Any:
        address = urlsplit(self.url)
        for attempt in range(TRIES):
            connection = http.client.HTTPConnection(str(address.hostname), address.port, timeout=600)
            try:
                sent = {"Authorization": f"Bearer {self.token}", **(headers or {})}
                data = None if body is None else json.dumps(body)
                connection.request(method, path, data, sent)
                answer = connection.getresponse()
                text = answer.read().decode()
            except (ConnectionError, http.client.HTTPException):
                if attempt == TRIES - 1:
                    raise Ended(1, "socket hang up\nCode: ECONNRESET") from None
                time.sleep(0.01)
                continue
            finally:
                connection.close()
            try:
                content = json.loads(text)
            except ValueError:
                if answer.status >= 400:
                    raise Ended(2, f"HTTP Error {answer.status} for {method} {self.url}{path}\n{text}") from None
                content = text
            if answer.status >= 400:
                raise Ended(2, f"{content.get('message')}\nError ID: {content.get('id')}")
            return content

    def _last_release(self, app: str) -> Any:
        return self.ask("GET", f"/apps/{app}/releases", headers={"Range": "version ..; order=desc,max=1"})[0]

    def _info(self, app: str) -> Any:
        """The real program asks all five at once, and fails after them."""
        answers: dict[str, Any] = {}
        troubles: dict[str, Ended] = {}
        for part in ("", "/addons", "/dynos", "/collaborators", "/pipeline-couplings"):
            try:
                answers[part.strip("/") or "app"] = self.ask("GET", f"/apps/{app}{part}")
            except Ended as ended:
                troubles[part] = ended
        pipeline = troubles.pop("/pipeline-couplings", None)
        if troubles:
            raise next(iter(troubles.values()))
        return {
            "app": answers["app"],
            "addons": answers["addons"],
            "dynos": answers["dynos"],
            "collaborators": answers["collaborators"],
            "pipeline_coupling": None if pipeline else answers["pipeline-couplings"],
        }

    def _add_to_pipeline(self, app: str, pipeline: str, stage: str) -> str:
        found = self.ask("GET", f"/pipelines/{pipeline}")
        self.ask("POST", "/pipeline-couplings", {"app": app, "pipeline": found["id"], "stage": stage})
        return ""

    def _promote(self, source: str, target: str) -> str:
        coupling = self.ask("GET", f"/apps/{source}/pipeline-couplings")
        listed = self.ask("GET", f"/pipelines/{coupling['pipeline']['id']}/pipeline-couplings")
        apps = self.ask("POST", "/filters/apps", {"in": {"id": [one["app"]["id"] for one in listed]}})
        wanted = next((one for one in apps if one["name"] == target), None)
        if wanted is None:
            raise Ended(1, f"Cannot find app {target}")
        body = {"pipeline": {"id": coupling["pipeline"]["id"]}, "source": {"app": {"id": coupling["app"]["id"]}}}
        made = self.ask("POST", "/pipeline-promotions", body | {"targets": [{"app": {"id": wanted["id"]}}]})
        (ended,) = self.ask("GET", f"/pipeline-promotions/{made['id']}/promotion-targets")
        if ended["status"] != "succeeded":
            raise Ended(1, "Warning: Promotion to some apps failed")
        return "Promotion successful"

    def _apps(self, team: str | None) -> Any:
        self.ask("GET", "/account")
        return self.ask("GET", f"/teams/{team}/apps" if team else "/users/~/apps")

    def _addons(self, app: str) -> Any:
        found, attachments = self.ask("GET", f"/apps/{app}/addons"), self.ask("GET", "/addon-attachments")
        known = {one["id"] for one in found}
        others = {one["addon"]["id"]: one["addon"] for one in attachments if one["app"]["name"] == app}
        # Of an add-on that another app pays for, the program knows no more than its attachments tell.
        found += [
            {"addon_service": {}, "app": addon["app"], "name": addon["name"], "plan": {}, "id": id_}
            for id_, addon in others.items()
            if id_ not in known
        ]
        return [one | {"attachments": [a for a in attachments if a["addon"]["id"] == one["id"]]} for one in found]

    def _create(self, name: str, region: str, team: str | None) -> Any:
        body = {"name": name, "region": region} | ({"team": team} if team else {})
        return self.ask("POST", "/teams/apps" if team else "/apps", body)

    def _order(self, app: str, plan: str, attachment: str, name: str) -> str:
        body = {"attachment": {"name": attachment}, "config": {}, "name": name, "plan": {"name": plan}}
        ordered = self.ask("POST", f"/apps/{app}/addons", body)
        return f"{ordered['name']} is being created in the background."

    def _destroy(self, app: str, confirmed: str) -> str:
        self.ask("GET", f"/apps/{app}")
        if confirmed != app:
            raise Ended(1, f"Confirmation {confirmed} did not match {app}. Aborted.")
        self.ask("DELETE", f"/apps/{app}")
        return ""

    def _destroy_addon(self, app: str, name: str, confirmed: str) -> str:
        found = self.ask("POST", "/actions/addons/resolve", {"addon": name, "app": app})
        if not found:
            raise Ended(2, "Couldn't find that add on.")
        if confirmed != app:
            raise Ended(1, f"Confirmation {confirmed} did not match {app}. Aborted.")
        gone = self.ask("DELETE", f"/apps/{found[0]['app']['id']}/addons/{found[0]['id']}", {"force": False})
        if gone["state"] != "deprovisioned":
            raise Ended(1, f"The add-on was unable to be destroyed, with status {gone['state']}.")
        return ""

    def _attach(self, app: str, addon: str, name: str) -> str:
        found = self.ask("GET", f"/addons/{addon}")
        attached = {"addon": {"name": found["name"]}, "app": {"name": app}, "name": name}
        self.ask("POST", "/addon-attachments", attached)
        self._last_release(app)
        return ""

    def _database(self, app: str, name: str) -> str:
        """The real program asks another host, which only Heroku has."""
        self.ask("GET", f"/apps/{app}/config-vars")
        return (
            f"=== DATABASE_URL\n\nPlan:                  Essential 0\nStatus:                Available\n"
            f"Data Size:             8.6 MB / 1 GB (0.86%) (In compliance)\nTables:                12/4000 (In compliance)\n"
            f"Add-on:                {name}"
        )

    def _labs(self, app: str) -> Any:
        user = self.ask("GET", "/account")
        self.ask("GET", "/account/features")
        return {"app": self.ask("GET", f"/apps/{app}/features"), "user": user and []}

    def _enable(self, app: str, feature: str) -> str:
        try:
            self.ask("GET", f"/account/features/{feature}")
        except Ended as ended:
            if "Couldn't find that feature" not in str(ended):
                raise
        self.ask("GET", f"/apps/{app}/features/{feature}")
        self.ask("PATCH", f"/apps/{app}/features/{feature}", {"enabled": True})
        return ""

    def _set_config(self, app: str, *pairs: str) -> str:
        values = dict(pair.split("=", 1) for pair in pairs)
        config = self.ask("PATCH", f"/apps/{app}/config-vars", values)
        self._last_release(app)
        return "\n".join(f"{name}: {value}" for name, value in config.items() if name in values)

    def _schedules(self, app: str) -> str:
        addons = self.ask("GET", f"/apps/{app}/addons")
        found = [one for one in addons if one["addon_service"]["name"] == "heroku-postgresql"]
        if not found:
            raise Ended(1, f"No Heroku Postgres legacy database on {app}")
        rows = self.ask("GET", f"/client/v11/databases/{found[0]['id']}/transfer-schedules")
        lines = [f"{one['name']}: daily at {one['hour']}:00 {one['timezone']}\n" for one in rows]
        return "\n".join(["=== Backup Schedules\n", *lines]) if rows else ""

    def _schedule(self, app: str, database: str, at: str) -> str:
        wanted = {"app": app, "addon_attachment": database, "addon_service": "heroku-postgresql"}
        found = self.ask("POST", "/actions/addon-attachments/resolve", wanted)[0]
        path = f"/client/v11/databases/{found['addon']['id']}"
        self.ask("GET", path)
        hour, _, timezone = at.partition(":00 ")
        body = {"hour": hour, "timezone": timezone, "schedule_name": database}
        self.ask("POST", f"{path}/transfer-schedules", body)
        return ""

    def _scale(self, app: str, *changes: str) -> str:
        if not changes:
            formation = self.ask("GET", f"/apps/{app}/formation")
            self.ask("GET", f"/apps/{app}")
            if not formation:
                raise Ended(1, f"No process types on {app}.\nUpload a Procfile to add process types.")
            return " ".join(sorted(f"{one['type']}={one['quantity']}:{one['size']}" for one in formation))
        updates = []
        for change in changes:
            kind, quantity = change.split("=")
            number, _, size = quantity.partition(":")
            updates.append({"quantity": number, "size": size, "type": kind})
        self.ask("GET", f"/apps/{app}")
        self.ask("PATCH", f"/apps/{app}/formation", {"updates": updates})
        return ""

    def _dynos(self, app: str) -> Any:
        self.ask("GET", "/account")
        self.ask("GET", f"/apps/{app}")
        return self.ask("GET", f"/apps/{app}/dynos")

    def _releases(self, app: str, newest: str) -> Any:
        return self.ask("GET", f"/apps/{app}/releases", headers={"Range": f"version ..; max={newest}, order=desc"})

    def _retry(self, app: str) -> Any:
        latest = self.ask("GET", f"/apps/{app}/releases", headers={"Range": "version ..; max=10, order=desc"})[0]
        self.ask("GET", f"/apps/{app}/formation")
        description = f"Retry of v{latest['version']}: {latest['description']}"
        slug = {"slug": latest["slug"]["id"]} if latest["slug"] else {}
        self.ask("POST", f"/apps/{app}/releases", {"description": description, **slug})
        return ""

    def _maintenance(self, app: str, on: bool) -> str:
        self.ask("PATCH", f"/apps/{app}", {"maintenance": on})
        return ""

    def _buildpacks(self, app: str) -> Any:
        self.ask("GET", f"/apps/{app}")
        return self.ask("GET", f"/apps/{app}/buildpack-installations")

    def _said(self, command: str, rest: list[str]) -> Any:
        left, given = _options(rest)
        app = given.get("-a", "")
        answers = {
            "--version": lambda: "heroku/11.10.0 stand-in",
            "auth:token": lambda: self.token,
            "auth:whoami": lambda: self.ask("GET", "/account")["email"],
            "teams": lambda: self.ask("GET", "/teams"),
            "apps": lambda: self._apps(given.get("--team")),
            "apps:info": lambda: self._info(app),
            "apps:create": lambda: self._create(left[0], given["--region"], given.get("--team")),
            "addons": lambda: self._addons(app),
            "addons:create": lambda: self._order(app, left[0], given["--as"], given["--name"]),
            "apps:destroy": lambda: self._destroy(app, given.get("--confirm", "")),
            "addons:destroy": lambda: self._destroy_addon(app, left[0], given.get("--confirm", "")),
            "pg:info": lambda: self._database(app, left[0]),
            "addons:attach": lambda: self._attach(app, left[0], given["--as"]),
            "labs": lambda: self._labs(app),
            "pipelines": lambda: self.ask("GET", "/pipelines"),
            "pipelines:add": lambda: self._add_to_pipeline(app, left[0], given["-s"]),
            "pipelines:promote": lambda: self._promote(app, given["--to"]),
            "labs:enable": lambda: self._enable(app, left[0]),
            "config": lambda: self.ask("GET", f"/apps/{app}/config-vars"),
            "config:set": lambda: self._set_config(app, *left),
            "releases": lambda: self._releases(app, given["-n"]),
            "releases:retry": lambda: self._retry(app),
            "domains": lambda: self.ask("GET", f"/apps/{app}/domains", headers={"Range": "id ..; max=1000;"}),
            "drains": lambda: self.ask("GET", f"/apps/{app}/log-drains"),
            "buildpacks": lambda: self._buildpacks(app),
            "maintenance:on": lambda: self._maintenance(app, True),
            "maintenance:off": lambda: self._maintenance(app, False),
            "pg:backups:schedules": lambda: self._schedules(app),
            "pg:backups:schedule": lambda: self._schedule(app, left[0], given["--at"]),
            "ps": lambda: self._dynos(app),
            "ps:scale": lambda: self._scale(app, *left),
        }
        return answers[command]()


def _options(arguments: Iterable[str]) -> tuple[list[str], dict[str, Any]]:
    """Flags with a value, flags without, and what is left."""
    left, found = [], {}
    words = iter(arguments)
    for word in words:
        if word in ("--json", "--no-remote", "--wait"):
            found[word] = True
        elif word in ("-a", "-n", "-s", "--region", "--team", "--as", "--name", "--at", "--confirm", "--to"):
            found[word] = next(words)
        else:
            left.append(word)
    return left, found
