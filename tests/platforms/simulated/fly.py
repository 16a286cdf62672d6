"""Fly.io with its state: asked by the real flyctl over HTTP, or by calls of a `fly` program of ours.

What a request or a call does to the state is here, the two ways to ask are in `fly_api.py` and `fly_program.py`.
"""

from __future__ import annotations

import subprocess
import tomllib
import uuid
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from .docker import Docker
from .fly_api import TOKEN, FlyApi, named
from .fly_program import FlyProgram, asked_by
from .fly_stores import Bucket, Redis
from .server import PAGE, Answer, Asked, Refused, Simulated, now
from .stand_in import Ended

PERSONAL = "ada-1815"  # the personal organisation's own slug; people and the CLI call it `personal`


@dataclass
class App:
    name: str
    org: str
    secrets: dict[str, str] = field(default_factory=dict)
    releases: list[dict[str, Any]] = field(default_factory=list)
    machines: list[dict[str, Any]] = field(default_factory=list)
    volumes: list[dict[str, Any]] = field(default_factory=list)
    users: list[str] = field(default_factory=list)  # of an unmanaged database
    addresses: list[dict[str, Any]] = field(default_factory=list)
    postgres: bool = False
    version: int = 0  # of its secrets
    live: set[str] = field(default_factory=set)  # names of the secrets that its Machines have
    domains: list[str] = field(default_factory=list)  # that have a certificate
    leases: dict[str, dict[str, Any]] = field(default_factory=dict)  # of Machines that a deployment is at work on
    groups: list[str] = field(default_factory=lambda: ["app"])  # process groups of the newest release

    def of(self, group: str) -> list[dict[str, Any]]:
        """The Machines of a process group."""
        return [one for one in self.machines if _group(one) == group]


@dataclass
class Cluster:
    id: str
    name: str
    org: str
    region: str
    plan: str
    password: str
    attached: list[str] = field(default_factory=list)
    databases: list[str] = field(default_factory=lambda: ["fly-db"])
    looks: int = 2  # at it until it is ready
    disk: int = 10  # GB
    address: str = ""  # of a real server that plays it
    going: int = 0  # looks at it until it is gone, once it is destroyed

    @property
    def status(self) -> str:
        if self.going:
            return "destroying"
        return "ready" if self.looks < 0 else "creating"

    def url(self, database: str = "fly-db") -> str:
        if self.address:  # through a tunnel
            parts = urlsplit(self.address)
            user = parts.netloc.rpartition("@")[0]
            return parts._replace(netloc=f"{user}@pgbouncer.{self.id}.flympg.net").geturl()
        return f"postgresql://fly-user:{self.password}@pgbouncer.{self.id}.flympg.net/{database}"


class Fly(Simulated):
    """`hostname` is where every app is said to be; `project` the folder that `fly deploy` builds."""

    def __init__(self, hostname: str, project: Path) -> None:
        super().__init__()
        self.hostname = hostname
        self.project = project
        self.clones: list[Path] = []  # other clones, whose commits may be deployed too
        self.orgs = {"personal": "Ada"}
        self.apps: dict[str, App] = {}
        self.clusters: list[Cluster] = []
        self.redis: list[Redis] = []
        self.buckets: list[Bucket] = []
        self.taken: set[str] = set()  # names of other customers' apps
        self.card = True
        self.logged_in = True
        self.email = "ada@example.com"
        self.any_token = False  # whether tokens of every kind are taken
        self.token_of = ""  # the app whose deploy token is used instead of a login
        self.version = "fly v0.4.87 linux/amd64 Commit: ad0172fa BuildDate: 2026-08-21T14:11:32Z"
        self.capitals = False  # whether keys of JSON begin with capitals, as in older versions
        self.pruned: set[str] = set()  # images that the registry no longer has
        self.release_command = 0  # its exit status, with the real flyctl
        self.secrets: list[str] = []
        self.calls: list[list[str]] = []  # the arguments of every call
        self.files: list[list[str]] = []  # the files where each was started
        self.at: Any = None  # whose `folder` is where the call that is answered was started
        self.builder: Docker | None = None  # what the real flyctl builds with
        self.looks = 2  # at a new cluster until it is ready
        self.server = ""  # address of a real PostgreSQL that plays every new cluster
        self.migrate: Callable[[], None] = lambda: None  # what the release command does
        self._program = FlyProgram(self)
        self._api = FlyApi(self)

    def environ(self) -> dict[str, str]:
        """What leads the real flyctl here: internal/config/config.go, internal/uiex/client.go and fly-go's flaps."""
        addresses = dict.fromkeys(("FLY_API_BASE_URL", "FLY_FLAPS_BASE_URL", "FLY_UIEX_BASE_URL"), self.url)
        return {**addresses, "FLY_METRICS_BASE_URL": self.url, "FLY_API_TOKEN": TOKEN}

    def __call__(self, arguments: list[str], given: str) -> str:
        """For `StandIn`: faults hit whole calls, but that of a bucket makes it and sets its keys in two requests."""
        output = self._called(arguments, given)
        if arguments[:2] == ["storage", "create"]:
            output += "\n" + self._called(["storage", "keys", "-a", arguments[arguments.index("-a") + 1]], "")
        return output

    def _called(self, arguments: list[str], given: str) -> str:
        answer = self.answer(asked_by(arguments, given))
        if answer is None:
            raise Ended(1, "Post https://api.fly.io/graphql: read tcp: connection reset by peer")
        if answer is PAGE:
            raise Ended(1, "decoding response: invalid character '<' looking for beginning of value")
        if answer.status >= 400:
            raise Ended(1, str(answer.body["error"]))
        return str(answer.body)

    def answer(self, asked: Asked) -> Answer | None:
        return super().answer(named(asked))

    def act(self, asked: Asked) -> Answer:
        return self._api.act(asked) if asked.path.startswith("/") else self._program.act(asked)

    def error(self, status: int) -> Any:
        texts = {
            401: "You must be authenticated to view this.",
            402: "We need your payment information to continue! Add a credit card",
            403: "Not authorized to access this app",
            404: "Could not find App",
            422: "unprocessable request",
            429: "too many requests",
        }
        return {"error": texts.get(status, "server returned a non-200 status code: 500")}

    def confidential(self) -> list[str]:
        made = [each for app in self.apps.values() for each in app.secrets.items()]
        return [*self.secrets, *(value for name, value in made if name == "SECRET_KEY" or name.endswith("_PASSWORD"))]

    def final(self) -> dict[str, Any]:
        return {
            "apps": {
                name: {
                    "org": app.org,
                    "secrets": sorted(app.secrets),
                    "machines": len(app.machines),
                    "groups": dict(Counter(map(_group, app.machines))),
                    "volumes": [(volume["name"], volume["region"]) for volume in app.volumes],
                    "deployed": sorted({one["ImageRef"] for one in app.releases if one["Status"] == "complete"}),
                }
                for name, app in sorted(self.apps.items())
            },
            "redis": [(one.name, one.org, one.region, one.plan, one.eviction, self.readers(one)) for one in self.redis],
            "buckets": [(one.name, one.app, one.public, self.holds_keys(one)) for one in self.buckets],
            "clusters": [(one.name, one.org, one.region, one.plan, self.users(one)) for one in self.clusters],
        }

    def users(self, cluster: Cluster) -> list[str]:
        """The apps that know its address: the platform's own list, `attached`, is written afterwards and may lack one."""
        known = {name: app.secrets.get("DATABASE_URL", "") for name, app in self.apps.items()}
        return [name for name, address in known.items() if cluster.id in address]

    def readers(self, redis: Redis) -> list[str]:
        return [name for name, app in self.apps.items() if app.secrets.get("REDIS_URL") == redis.address]

    def holds_keys(self, bucket: Bucket) -> bool:
        """Whether its app reads it, by the name that Django's storage has for a bucket."""
        wanted = bucket.secrets() | {"AWS_STORAGE_BUCKET_NAME": bucket.name}
        app = self.apps.get(bucket.app)
        return app is not None and wanted.items() <= app.secrets.items()

    def app(self, name: str) -> App:
        if name not in self.apps:
            raise Refused(404, {"error": f'Could not find App "{name}"'})
        return self.apps[name]

    def machines_app(self, name: str) -> App:
        """As the Machines interface finds it, which has other words."""
        if name not in self.apps:
            raise Refused(404, {"error": "app not found"})
        return self.apps[name]

    def raw(self, org: str) -> str:
        """An organisation's own slug."""
        return PERSONAL if org == "personal" else org

    def organisation(self, slug: str) -> str:
        """The slug that the CLI shows, of either."""
        org = "personal" if slug == PERSONAL else slug
        if org not in self.orgs:
            raise Refused(404, {"error": f"organization {slug} not found"})
        return org

    def create_app(self, name: str, org: str, postgres: bool = False) -> App:
        if name in self.apps or name in self.taken:
            raise Refused(422, {"error": "Validation failed: Name has already been taken", "status": "name_taken"})
        if not self.card:
            raise Refused(402, self.error(402))
        self.apps[name] = App(name, self.organisation(org), postgres=postgres)
        return self.apps[name]

    def set_secrets(self, app: App, values: dict[str, str | None]) -> None:
        app.version += 1
        for name, value in values.items():
            if value is None:
                app.secrets.pop(name, None)
            else:
                app.secrets[name] = value

    def create_cluster(self, name: str, org: str, region: str, plan: str) -> Cluster:
        self.secrets.append(uuid.uuid4().hex)
        made = Cluster(
            uuid.uuid4().hex[:12], name, self.organisation(org), region, plan, self.secrets[-1], looks=self.looks,
            address=self.server,
        )  # fmt: skip
        self.clusters.append(made)
        return made

    def cluster(self, identity: str) -> Cluster:
        found = next((one for one in self.clusters if one.id == identity), None)
        if found is None:
            raise Refused(404, {"error": "not found"})
        return found

    def destroy_app(self, name: str) -> None:
        """With its Machines, volumes and secrets; what others manage stays: https://fly.io/docs/about/cost-management/"""
        del self.apps[self.app(name).name]
        for bucket in self.buckets:
            bucket.app = "" if bucket.app == name else bucket.app
        for cluster in self.clusters:
            cluster.attached = [one for one in cluster.attached if one != name]

    def destroy_machine(self, app: App, identity: str) -> None:
        machine = next((one for one in app.machines if one["id"] == identity), None)
        if machine is None:
            raise Refused(404, {"error": "machine not found"})
        app.machines.remove(machine)
        for volume in app.volumes:
            if volume.get("attached_machine_id") == identity:
                volume["attached_machine_id"] = None

    def destroy_cluster(self, identity: str) -> Cluster:
        """It is in the list for some time still."""
        found = self.cluster(identity)
        found.going = 2
        return found

    def listed_clusters(self, org: str) -> list[Cluster]:
        """Those of an organisation, each look at which brings them nearer to what they become."""
        for one in [one for one in self.clusters if one.org == org and one.going]:
            one.going -= 1
            if not one.going:
                self.clusters.remove(one)
        return [one for one in self.clusters if one.org == org]

    def create_redis(self, name: str, org: str, region: str, plan: str, eviction: bool) -> Redis:
        """Nothing says that names are unique, so a second one of a name is a second one."""
        if not self.card:
            raise Refused(402, self.error(402))
        self.redis.append(Redis(name, org, region, plan, eviction))
        self.secrets.append(self.redis[-1].password)
        return self.redis[-1]

    def create_bucket(self, name: str, app: App, public: bool) -> Bucket:
        if name in {one.name for one in self.buckets} or len(name) > 63:
            raise Refused(422, {"error": "Validation failed: Name has already been taken"})
        self.buckets.append(Bucket(name, app.name, public, app.org))
        self.secrets += [self.buckets[-1].key, self.buckets[-1].secret]
        return self.buckets[-1]

    def create_volume(self, app: App, name: str, region: str, size: int = 1) -> dict[str, Any]:
        volume = {"id": f"vol_{uuid.uuid4().hex[:12]}", "name": name, "region": region, "size_gb": size}
        app.volumes.append({**volume, "state": "created", "encrypted": True, "created_at": now(), "host_status": "ok"})
        return app.volumes[-1]

    def create_machine(
        self, app: App, region: str, config: dict[str, Any] | None = None, group: str = "app"
    ) -> dict[str, Any]:
        metadata = {"fly_process_group": group, "fly_platform_version": "v2"}
        serving = {"metadata": metadata, "image": "registry.fly.io/a"}
        guest = {"cpu_kind": "shared", "cpus": 1, "memory_mb": 512}
        machine = {"id": uuid.uuid4().hex[:14], "name": "m", "state": "started", "region": region}
        machine |= {"host_status": "ok", "created_at": now(), "instance_id": uuid.uuid4().hex, "private_ip": "fdaa::2"}
        machine["checks"] = [{"name": "servicecheck-00-http-8000", "status": "passing", "updated_at": now()}]
        app.machines.append({**machine, "config": config or {**serving, "guest": guest}})
        return app.machines[-1]

    def deploy(self, app: App, image: str, spare: bool, configuration: str, memory: int) -> None:
        """As `fly deploy` ends, with an image that it has built or one that is there.

        It reads the configuration where it is started; another app's fly.toml and another commit are mistakes of the hooks.

        The Machines of a process group that the configuration has no more are destroyed, and each new group gets one; with
        `spare` a second one that serves, or one that stands by. `[[vm]]` sets the size of every Machine. Without it, those
        that are there keep theirs and new ones have `memory` MB. https://fly.io/docs/launch/processes/#deployment
        """
        document = tomllib.loads((self.at.folder / configuration).read_text(encoding="utf-8"))
        groups = list(document.get("processes", {})) or ["app"]
        service = document.get("http_service", {}).get("processes", [])
        if ("processes" in document and not service) or not {*service} <= {*groups}:
            raise Refused(422, {"error": "App configuration is not valid: Service has no processes set"})
        mounts = document.get("mounts", {})
        holding = (mounts.get("processes") or [min(groups, key=lambda name: name != "app")]) if mounts else []
        self._volumes_fit(app, holding, mounts.get("source", ""))
        self.release(app, document["app"], image, "complete")
        app.groups = groups
        app.machines = [one for name in groups for one in app.of(name)]
        for name in groups:
            for number in range(0 if app.of(name) else 2 if spare and name not in holding else 1):
                made = self.create_machine(app, "fra", group=name)
                made["config"]["guest"] = _guest("shared-cpu-1x", memory)
                if number and name not in service:
                    made["config"]["standbys"] = [app.of(name)[0]["id"]]
        for one in (one for name in holding for one in app.of(name)):
            free = next((each for each in app.volumes if each.get("attached_machine_id") in (None, one["id"])), None)
            free = free or self.create_volume(app, mounts["source"], one["region"])
            free["attached_machine_id"] = one["id"]
            one["config"]["mounts"] = [{"volume": free["id"], "name": free["name"], "path": mounts["destination"]}]
        app.live = set(app.secrets)
        for asked in document.get("vm", [])[:1]:
            for machine in app.machines:
                machine["config"]["guest"] = _guest(asked["size"], int(asked["memory"].removesuffix("mb")))

    def image(self, app: App, reference: str) -> str:
        """The image of an earlier release, as the registry finds it by name and hash."""
        found = next((one["ImageRef"] for one in app.releases if one["ImageRef"] == reference), "")
        if not found or reference in self.pruned:
            raise Refused(404, {"error": f'Could not find image "{reference}"'})
        return str(found)

    def _volumes_fit(self, app: App, holding: list[str], source: str) -> None:
        """As flyctl checks it before anything is done: validateVolumeConfig in internal/command/deploy/machines.go."""
        for machine in app.machines:
            if machine["config"].get("mounts") and _group(machine) not in holding:
                raise Refused(422, {"error": "yes flag must be specified when not running interactively"})
        waiting = [one["region"] for name in holding for one in app.of(name) if not one["config"].get("mounts")]
        free = [one["region"] for one in app.volumes if one["name"] == source and not one.get("attached_machine_id")]
        for region in {*waiting}:
            if waiting.count(region) > free.count(region):
                text = f"Process group 'app' needs volumes with name '{source}' to fulfill mounts defined in fly.toml"
                raise Refused(422, {"error": text})

    def release(self, app: App, told: str, image: str, status: str) -> dict[str, Any]:
        """`told` is the app in the configuration: the option -a comes before it, for an environment of the same site."""
        assert app.name == told or app.name.startswith(f"{told}-"), f"the configuration is of {told}, not of {app.name}"
        heads = [_git(folder, "rev-parse", "HEAD")[:12] for folder in (self.project, *self.clones)]
        known = image in {one["ImageRef"] for one in app.releases}
        assert known or image.split("@")[0] in [f"registry.fly.io/{app.name}:commit-{commit}" for commit in heads], (
            image
        )
        self.migrate()
        number = len(app.releases) + 1
        made = {"ID": f"{app.name}-r{number}", "Version": number, "Status": status, "ImageRef": image}
        app.releases.append({**made, "Description": "Release", "User": {"Email": self.email}, "CreatedAt": now()})
        return app.releases[-1]


def _group(machine: dict[str, Any]) -> str:
    return str(machine["config"].get("metadata", {}).get("fly_process_group", "app"))


def _git(folder: Path, *argv: str) -> str:
    done = subprocess.run(["git", *argv], cwd=folder, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def _guest(size: str, memory: int) -> dict[str, Any]:
    kind, _, cpus = size.partition("-cpu-")
    return {"cpu_kind": kind, "cpus": int(cpus.removesuffix("x")), "memory_mb": memory}
