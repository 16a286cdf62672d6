"""Render's API on loopback, with what its Dashboard and a push do: https://api-docs.render.com/

Lists have pages of two entries and no order that could be relied on. A deploy goes on with each look at it.
"""

from __future__ import annotations

import itertools
import re
import secrets
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from tests.platforms.blueprint import problems

from .server import Answer, Asked, Refused, Simulated
from .world import bare

KEY = "rnd_simulated-key-of-the-owner-7c1d"
REPOSITORY = "https://github.com/acme/shelf"
PAGE = 2
TYPES = {"web": "web_service", "worker": "background_worker", "cron": "cron_job"}
STAGES = ("created", "build_in_progress", "pre_deploy_in_progress", "update_in_progress", "live")
PUSHED = """
import json, sys, urllib.request
for line in sys.stdin:
    old, commit, name = line.split()
    body = json.dumps({"commit": commit, "branch": name.removeprefix("refs/heads/")}).encode()
    urllib.request.urlopen(urllib.request.Request(PUSH, body, {"Content-Type": "application/json"}))
"""


@dataclass
class Service:
    told: dict[str, Any]
    variables: dict[str, str] = field(default_factory=dict)
    deploys: list[dict[str, Any]] = field(default_factory=list)  # the oldest first
    domains: list[str] = field(default_factory=list)

    @property
    def live(self) -> str:
        """The commit that is online; empty for none."""
        return next((one["commit"]["id"] for one in self.deploys if one["status"] == "live"), "")


class Render(Simulated):
    """`head` says which commit a branch has; `address` is where sites claim to be."""

    def __init__(self, address: str) -> None:
        super().__init__()
        self.address = address
        self.services: dict[str, Service] = {}
        self.databases: dict[str, dict[str, Any]] = {}
        self.key_values: dict[str, dict[str, Any]] = {}
        self.blueprints: dict[str, dict[str, Any]] = {}
        self.owners = {"tea-1": "Acme"}
        self.branches: dict[str, str] = {}
        self.secrets: list[str] = [KEY]
        self.fails: dict[str, str] = {}  # by a service's name: how its next deploy ends
        self.allowed: list[list[str]] = []  # every access list that a database got
        self.server = ""  # address of a real database in place of the site's, as anybody outside reaches it
        self.servers: dict[str, str] = {}  # the same for each of several, by its name
        self.migrate: Callable[[], None] = lambda: None  # what a site does before it is released
        self.folder: Path | None = None
        self._numbers = itertools.count(1)

    # What happens outside of the API

    def environ(self) -> dict[str, str]:
        return {"RENDER_HOST": f"{self.url}/v1", "RENDER_API_KEY": KEY}

    def repository(self, folder: Path) -> Path:
        """A bare repository whose pushes Render hears of."""
        self.folder = folder
        return bare(folder, f"PUSH = {f'{self.url}/simulated/push'!r}\n{PUSHED}")

    def named(self, name: str) -> Service:
        return next(one for one in self.services.values() if one.told["name"] == name)

    def apply(
        self,
        text: str,
        commit: str,
        owner: str = "tea-1",
        repo: str = REPOSITORY,
        path: str = "render.yaml",
        branch: str = "main",
    ) -> None:
        """The owner makes a Blueprint in the Dashboard, which makes what it declares and deploys it."""
        with self._lock:
            identity = self._id("exs")
            told = {
                "id": identity,
                "name": "site",
                "status": "in_sync",
                "autoSync": True,
                "repo": repo,
                "branch": branch,
            }
            self.branches[branch] = commit
            self.blueprints[identity] = {**told, "path": path, "resources": [], "syncs": [], "owner": owner}
            self._sync(self.blueprints[identity], text, commit)

    def _sync(self, blueprint: dict[str, Any], text: str, commit: str) -> None:
        content = yaml.safe_load(text)
        assert problems(content) == [], problems(content)
        owner = blueprint["owner"]
        for one in content.get("databases", []):
            self._make_store(self.databases, blueprint, one, owner)
        for one in content["services"]:
            if one["type"] == "keyvalue":
                self._make_store(self.key_values, blueprint, one, owner)
        for one in [one for one in content["services"] if one["type"] != "keyvalue"]:
            self._make_service(blueprint, one, owner, commit)
        blueprint["syncs"].append({"id": self._id("exe"), "commit": {"id": commit}, "state": "success"})

    def _make_store(self, stores: dict[str, Any], blueprint: dict[str, Any], one: dict[str, Any], owner: str) -> None:
        if any(each["name"] == one["name"] and each["owner"]["id"] == owner for each in stores.values()):
            return
        postgres = stores is self.databases
        identity = self._id("dpg" if postgres else "red")
        plan = one.get("plan", "basic-256mb" if postgres else "starter").replace("-", "_")
        told = {
            "id": identity, "name": one["name"], "plan": plan, "region": one["region"], "status": "available",
            "owner": {"id": owner, "name": self.owners[owner], "email": "ada@example.com", "type": "team"},
            "ipAllowList": [{"cidrBlock": each["source"], "description": ""} for each in one["ipAllowList"]],
            "dashboardUrl": f"https://dashboard.render.com/d/{identity}", "suspended": "not_suspended",
        }  # fmt: skip
        if postgres:
            told |= {"diskSizeGB": 1 if plan == "free" else 15, "version": "18", "databaseName": "shelf"}
        stores[identity] = told
        kind = "postgres" if postgres else "key_value"
        blueprint["resources"].append({"id": identity, "name": one["name"], "type": kind})

    def _make_service(self, blueprint: dict[str, Any], one: dict[str, Any], owner: str, commit: str) -> None:
        there = (
            each for each in self.services.values() if (each.told["name"], each.told["ownerId"]) == (one["name"], owner)
        )
        service = next(there, None)
        if service is None:
            identity = self._id("crn" if one["type"] == "cron" else "srv")
            details: dict[str, Any] = {
                "plan": one.get("plan", "starter"), "region": one["region"], "runtime": "docker", "env": "docker",
                "numInstances": 1, "url": self.address,
            }  # fmt: skip
            if one["type"] == "cron":
                details |= {"schedule": one["schedule"]}
            else:
                details |= {"sshAddress": f"{identity}@ssh.{one['region']}.render.com"}
            details |= {"disk": {"id": self._id("dsk"), **one["disk"]}} if one.get("disk") else {}
            service = Service({
                "id": identity, "name": one["name"], "type": TYPES[one["type"]], "ownerId": owner, "repo": blueprint["repo"],
                "branch": blueprint["branch"], "suspended": "not_suspended", "serviceDetails": details, "slug": one["name"],
                "autoDeploy": "yes", "dashboardUrl": f"https://dashboard.render.com/web/{identity}",
            })  # fmt: skip
            self.services[identity] = service
            blueprint["resources"].append({"id": identity, "name": one["name"], "type": TYPES[one["type"]]})
            self._deploy(service, commit, "blueprint_sync")
        for variable in one["envVars"]:
            self._set(service, variable, owner)

    def _set(self, service: Service, variable: dict[str, Any], owner: str) -> None:
        key = variable["key"]
        if variable.get("generateValue"):
            service.variables.setdefault(key, self._secret())
        elif source := variable.get("fromDatabase"):
            service.variables[key] = self._internal(self._store(self.databases, source["name"], owner))
        elif (source := variable.get("fromService")) and source["type"] == "keyvalue":
            service.variables[key] = self._internal(self._store(self.key_values, source["name"], owner))
        elif source:
            found = self.named(source["name"]).variables.get(source["envVarKey"])
            service.variables |= {key: found} if found else {}

    def _store(self, stores: dict[str, Any], name: str, owner: str) -> dict[str, Any]:
        return next(one for one in stores.values() if (one["name"], one["owner"]["id"]) == (name, owner))

    def _internal(self, store: dict[str, Any]) -> str:
        if store["id"].startswith("red"):
            return f"redis://{store['id']}:6379"
        if "password" not in store:
            store["password"] = self._secret()
        return f"postgresql://shelf:{store['password']}@{store['id']}-a/shelf"

    def _secret(self) -> str:
        self.secrets.append(secrets.token_hex(20))
        return self.secrets[-1]

    def _id(self, kind: str) -> str:
        return f"{kind}-{next(self._numbers):020d}"

    def _deploy(self, service: Service, commit: str, trigger: str) -> dict[str, Any]:
        number = next(self._numbers)
        for one in service.deploys:  # a newer one takes the place of what is under way
            if one["status"] not in ("live", "deactivated") and not one["status"].endswith("failed"):
                one["status"] = "canceled"
        deploy = {
            "id": f"dep-{number:020d}", "commit": {"id": commit, "message": "News\n\nMore"}, "status": "created",
            "trigger": trigger,
            "createdAt": f"2026-11-29T09:{number // 60 % 60:02d}:{number % 60:02d}Z", "variables": dict(service.variables),
        }  # fmt: skip
        service.deploys.append(deploy)
        return deploy

    def finish(self) -> None:
        """Every deploy that is under way comes to its end."""
        for service in self.services.values():
            for _ in STAGES:
                self._go_on(service)

    def _go_on(self, service: Service) -> None:
        newest = service.deploys[-1] if service.deploys else {"status": "live"}
        if newest["status"] not in STAGES[:-1]:
            return
        following = STAGES[STAGES.index(newest["status"]) + 1]
        if following == "pre_deploy_in_progress" and service.told["type"] == "web_service":
            self.migrate()
        if following == "live":
            following = self.fails.pop(service.told["name"], "live")
        if following == "live":
            for one in service.deploys:
                one["status"] = "deactivated" if one["status"] == "live" else one["status"]
        newest["status"] = following

    def final(self) -> dict[str, Any]:
        """Names, what is online of each, with how many deploys, and the variables that are there."""
        self.finish()
        services = {
            one.told["name"]: (
                one.told["type"],
                one.live,
                [each["status"] for each in one.deploys],
                sorted(one.variables),
            )
            for one in self.services.values()
        }
        stores = sorted(one["name"] for one in (*self.databases.values(), *self.key_values.values()))
        opened = sorted(str(one["ipAllowList"]) for one in self.databases.values())
        return {"services": services, "stores": stores, "opened": opened, "blueprints": len(self.blueprints)}

    def confidential(self) -> list[str]:
        return list(self.secrets)

    # The API

    def error(self, status: int) -> Any:
        return {"id": "simulated", "message": f"made to fail with {status}"}

    def act(self, asked: Asked) -> Answer:
        if asked.path == "/simulated/push":
            return self._pushed(asked.body)
        if asked.headers.get("authorization") != f"Bearer {KEY}":
            raise Refused(401, {"message": "Unauthorized"})
        for method, pattern, action in self._routes():
            found = re.fullmatch(f"/v1{pattern}", asked.path)
            if found and method == asked.method:
                status, body = action(asked, *found.groups())
                return Answer(status, "" if body is None else body)
        raise Refused(404, {"message": f"not found: {asked}"})

    def _pushed(self, body: dict[str, Any]) -> Answer:
        self.branches[body["branch"]] = body["commit"]
        return Answer(200, {})

    def _list_syncs(self, asked: Asked, identity: str) -> tuple[int, Any]:
        """After a push, Render reads the Blueprint again; that takes some time."""
        found = self.blueprints[identity]
        commit = self.branches[found["branch"]]
        if found["autoSync"] and "cursor" not in asked.query:
            if found["syncs"][-1]["state"] == "running":
                found["syncs"].pop()
                self._sync(found, self._file(commit, found["path"]), commit)
            elif found["syncs"][-1]["commit"]["id"] != commit:
                found["syncs"].append({"id": self._id("exe"), "commit": {"id": commit}, "state": "running"})
        return self._list(asked, "sync", found["syncs"])

    def _file(self, commit: str, path: str) -> str:
        command = ["git", "-C", str(self.folder), "show", f"{commit}:{path}"]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout

    def _routes(self) -> list[tuple[str, str, Callable[..., tuple[int, Any]]]]:
        service = "/services/([^/]+)"
        return [
            ("GET", "/users", lambda asked: (200, {"email": "ada@example.com", "name": "Ada"})),
            ("GET", "/owners", lambda asked: self._list(asked, "owner", [
                {"id": one, "name": name, "email": "ada@example.com", "type": "team"} for one, name in self.owners.items()])),
            ("GET", "/services", lambda asked: self._list(asked, "service", [one.told for one in self.services.values()])),
            ("DELETE", service, self._delete_service),
            ("GET", f"{service}/env-vars", lambda asked, one: self._list(asked, "envVar", [
                {"key": key, "value": value} for key, value in self._service(one).variables.items()])),
            ("PUT", f"{service}/env-vars/([^/]+)", self._put_variable),
            ("GET", f"{service}/deploys", self._list_deploys),
            ("POST", f"{service}/deploys", self._create_deploy),
            ("POST", f"{service}/rollback", self._rollback),
            ("GET", f"{service}/instances", self._instances),
            ("GET", f"{service}/custom-domains", lambda asked, one: self._list(asked, "customDomain", [
                {"id": f"cdm-{name}", "name": name} for name in self._service(one).domains])),
            ("GET", "/postgres", lambda asked: self._list(asked, "postgres", list(self.databases.values()))),
            ("GET", "/postgres/([^/]+)/connection-info", self._connection),
            ("PATCH", "/postgres/([^/]+)", self._allow),
            ("DELETE", "/postgres/([^/]+)", lambda asked, one: self._delete(self.databases, one)),
            ("GET", "/key-value", lambda asked: self._list(asked, "keyValue", list(self.key_values.values()))),
            ("GET", "/key-value/([^/]+)/connection-info", self._key_value),
            ("DELETE", "/key-value/([^/]+)", lambda asked, one: self._delete(self.key_values, one)),
            ("GET", "/blueprints", lambda asked: self._list(asked, "blueprint", [
                {name: value for name, value in one.items() if name not in ("resources", "syncs", "owner")}
                for one in self.blueprints.values()])),
            ("GET", "/blueprints/([^/]+)", self._blueprint),
            ("GET", "/blueprints/([^/]+)/syncs", self._list_syncs),
            ("DELETE", "/blueprints/([^/]+)", lambda asked, one: self._delete(self.blueprints, one)),
        ]  # fmt: skip

    def _list(self, asked: Asked, name: str, entries: list[Any]) -> tuple[int, Any]:
        """One page: https://api-docs.render.com/reference/pagination"""
        size = min(PAGE, int(asked.query.get("limit", ["20"])[0]))
        start = int(asked.query["cursor"][0]) if "cursor" in asked.query else 0
        page = entries[start : start + size]
        told = [{key: value for key, value in one.items() if key not in ("password", "variables")} for one in page]
        return 200, [{name: one, "cursor": str(start + number + 1)} for number, one in enumerate(told)]

    def _service(self, identity: str) -> Service:
        if identity not in self.services:
            raise Refused(404, {"message": f"not found: {identity}"})
        return self.services[identity]

    def _delete_service(self, asked: Asked, identity: str) -> tuple[int, Any]:
        self._service(identity)
        del self.services[identity]
        return 204, None

    def _delete(self, things: dict[str, Any], identity: str) -> tuple[int, Any]:
        if identity not in things:
            raise Refused(404, {"message": f"not found: {identity}"})
        del things[identity]
        return 204, None

    def _put_variable(self, asked: Asked, identity: str, key: str) -> tuple[int, Any]:
        self._service(identity).variables[key] = str(asked.body["value"])
        return 200, {"key": key, "value": asked.body["value"]}

    def _list_deploys(self, asked: Asked, identity: str) -> tuple[int, Any]:
        service = self._service(identity)
        if "cursor" not in asked.query:
            self._go_on(service)
        return self._list(asked, "deploy", service.deploys)

    def _create_deploy(self, asked: Asked, identity: str) -> tuple[int, Any]:
        service, body = self._service(identity), asked.body or {}
        if body.get("deployMode") == "deploy_only":
            return 201, self._shown(self._deploy(service, service.live, "api"))
        if "commitId" in body and service.told["type"] == "cron_job":
            raise Refused(400, {"message": "commitId is not supported for cron jobs"})
        commit = body.get("commitId") or self.branches[service.told["branch"]]
        if commit not in self._commits():
            raise Refused(400, {"message": f"commit {commit} not found"})
        busy = any(one["status"] in STAGES[:-1] for one in service.deploys)
        deploy = self._shown(self._deploy(service, commit, "api"))
        return (202, None) if busy else (201, deploy)

    def _commits(self) -> set[str]:
        listed = subprocess.run(
            ["git", "-C", str(self.folder), "rev-list", "--all"], check=True, capture_output=True, text=True
        )
        return {*self.branches.values(), *listed.stdout.split()}

    def _shown(self, deploy: dict[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in deploy.items() if name != "variables"}

    def _rollback(self, asked: Asked, identity: str) -> tuple[int, Any]:
        service = self._service(identity)
        old = next((one for one in service.deploys if one["id"] == asked.body["deployId"]), None)
        if old is None or old["status"] not in ("live", "deactivated"):
            raise Refused(400, {"message": "not a deploy to roll back to"})
        return 201, self._shown(self._deploy(service, old["commit"]["id"], "rollback"))

    def _instances(self, asked: Asked, identity: str) -> tuple[int, Any]:
        service = self._service(identity)
        there = range(service.told["serviceDetails"]["numInstances"]) if service.live else ()
        return 200, [{"id": f"{identity}-{one}", "createdAt": "2026-11-29T09:30:00Z"} for one in there]

    def _connection(self, asked: Asked, identity: str) -> tuple[int, Any]:
        internal = self._internal(self.databases[identity])
        real = self.servers.get(self.databases[identity]["name"], self.server)
        external = real or internal.replace("-a/", "-a.oregon-postgres.render.com/")
        return 200, {
            "password": self.databases[identity]["password"],
            "internalConnectionString": internal,
            "externalConnectionString": external,
            "psqlCommand": f"psql {external}",
        }

    def _key_value(self, asked: Asked, identity: str) -> tuple[int, Any]:
        internal = self._internal(self.key_values[identity])
        return 200, {
            "internalConnectionString": internal,
            "externalConnectionString": internal,
            "cliCommand": "redis-cli",
        }

    def _allow(self, asked: Asked, identity: str) -> tuple[int, Any]:
        self.databases[identity]["ipAllowList"] = asked.body["ipAllowList"]
        self.allowed.append([one["cidrBlock"] for one in asked.body["ipAllowList"]])
        return 200, {key: value for key, value in self.databases[identity].items() if key != "password"}

    def _blueprint(self, asked: Asked, identity: str) -> tuple[int, Any]:
        if identity not in self.blueprints:
            raise Refused(404, {"message": f"not found: {identity}"})
        return 200, {name: value for name, value in self.blueprints[identity].items() if name not in ("syncs", "owner")}
