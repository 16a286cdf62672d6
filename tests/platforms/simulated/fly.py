"""A `fly` program of ours with its state: the commands that the hooks use, as flyctl v0.4.87 answers them.

flyctl itself is to be had as a Go module only, and not everywhere; so this is a fake, written from its source at
https://github.com/superfly/flyctl (internal/command): arguments, JSON fields, sentences for empty lists, exit statuses,
and what a command refuses. A request is one call of the program here.
"""

from __future__ import annotations

import json
import re
import subprocess
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hooks.provisioning.platforms.fly.resources import _read_back  # flyctl's parser of secrets, in Python

from .server import Answer, Asked, Refused, Simulated
from .stand_in import Ended

EMAIL = "ada@example.com"
REGIONS = {"ams", "fra", "iad", "lhr", "nrt", "sin", "syd"}
READS = {"version", "whoami", "list", "releases", "status"}


@dataclass
class App:
    name: str
    org: str
    secrets: dict[str, str] = field(default_factory=dict)
    releases: list[dict[str, Any]] = field(default_factory=list)
    machines: int = 0
    volumes: list[dict[str, Any]] = field(default_factory=list)
    users: list[str] = field(default_factory=list)  # of an unmanaged database
    postgres: bool = False


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


class Fly(Simulated):
    """`hostname` is where every app is said to be; `project` the folder that `fly deploy` builds."""

    def __init__(self, hostname: str, project: Path) -> None:
        super().__init__()
        self.hostname = hostname
        self.project = project
        self.orgs = {"personal": "Ada"}
        self.apps: dict[str, App] = {}
        self.clusters: list[Cluster] = []
        self.taken: set[str] = set()  # names of other customers' apps
        self.card = True
        self.logged_in = True
        self.version = "fly v0.4.87 linux/amd64 Commit: ad0172fa BuildDate: 2026-08-21T14:11:32Z"
        self.secrets: list[str] = []
        self.calls: list[list[str]] = []  # the arguments of every call

    def __call__(self, arguments: list[str], given: str) -> str:
        """For `StandIn`: faults hit whole calls."""
        words = [word for word in arguments if not word.startswith("-")]
        reads = words[-1:] and (words[0] in READS or (len(words) > 1 and words[1] in READS) or words[:1] == ["auth"])
        if words[:3] == ["mpg", "databases", "list"]:
            reads = ["list"]
        asked = Asked("GET" if reads else "RUN", " ".join(arguments), {}, {}, {"arguments": arguments, "stdin": given})
        answer = self.answer(asked)
        if answer is None:
            raise Ended(1, "Post https://api.fly.io/graphql: read tcp: connection reset by peer")
        if answer.status >= 400:
            raise Ended(1, str(answer.body))
        return answer.body if isinstance(answer.body, str) else json.dumps(answer.body, indent=4)

    def error(self, status: int) -> Any:
        texts = {402: "We need your payment information to continue! Add a credit card", 422: "unprocessable request"}
        return texts.get(status, "server returned a non-200 status code: 500")

    def confidential(self) -> list[str]:
        return [
            *self.secrets,
            *(app.secrets["SECRET_KEY"] for app in self.apps.values() if "SECRET_KEY" in app.secrets),
        ]

    def final(self) -> dict[str, Any]:
        return {
            "apps": {
                name: {
                    "org": app.org,
                    "secrets": sorted(app.secrets),
                    "machines": app.machines,
                    "volumes": [(volume["name"], volume["region"]) for volume in app.volumes],
                    "deployed": sorted({one["ImageRef"] for one in app.releases if one["Status"] == "complete"}),
                }
                for name, app in sorted(self.apps.items())
            },
            "clusters": [(one.name, one.org, one.region, one.plan, one.attached) for one in self.clusters],
        }

    def act(self, asked: Asked) -> Answer:
        words, options = _parsed(asked.body["arguments"])
        if not self.logged_in and words[0] != "version":
            raise Refused(401, "No access token available. Please login with 'flyctl auth login'")
        for pattern, action in self._commands().items():
            found = re.fullmatch(pattern, " ".join(words))
            if found:
                return Answer(200, action(options, asked.body["stdin"], *found.groups()))
        raise Refused(400, f'unknown command {" ".join(words)!r} for "flyctl"')

    def _commands(self) -> dict[str, Callable[..., Any]]:
        return {
            "version": lambda options, given: self.version,
            "auth whoami": lambda options, given: EMAIL,
            "orgs list": lambda options, given: self.orgs,
            "apps list": lambda options, given: [self._app(app) for app in self.apps.values()],
            "apps create (.+)": self._create,
            "apps destroy (.+)": self._destroy,
            "secrets list": self._list_secrets,
            "secrets import": self._import,
            "mpg list": self._list_clusters,
            "mpg create": self._create_cluster,
            "mpg attach (.+)": self._attach,
            "mpg databases list (.+)": lambda options, given, id: [
                {"name": one} for one in self._cluster(id).databases
            ],
            "mpg databases create (.+)": lambda options, given, id: (
                self._cluster(id).databases.append(options["--name"]) or ""
            ),
            "postgres list": self._list_postgres,
            "postgres create": self._create_postgres,
            "postgres attach (.+)": self._attach_postgres,
            "volumes list": lambda options, given: self._of(options).volumes,
            "volumes create (.+)": self._create_volume,
            "machine list": lambda options, given: [_machine()] * self._of(options).machines,
            "releases": lambda options, given: self._of(options).releases,
            "deploy": self._deploy,
            "scale count (.+)": self._scale,
        }

    def _app(self, app: App) -> dict[str, Any]:
        """fly.App has no JSON names: https://github.com/superfly/fly-go/blob/main/types.go"""
        return {
            "ID": app.name,
            "Name": app.name,
            "Deployed": bool(app.releases),
            "Hostname": self.hostname,
            "Status": "deployed" if app.machines else "pending",
            "Organization": {"Slug": app.org, "Name": self.orgs.get(app.org, "")},
        }

    def _of(self, options: dict[str, str]) -> App:
        name = options["-a"]
        if name not in self.apps:
            raise Refused(404, f'Could not find App "{name}"')
        return self.apps[name]

    def _org(self, options: dict[str, str]) -> str:
        if options.get("--org") not in self.orgs:
            raise Refused(404, f"organization {options.get('--org')} not found")
        return options["--org"]

    def _create(self, options: dict[str, str], given: str, name: str) -> Any:
        org = self._org(options)
        if name in self.apps or name in self.taken:
            raise Refused(422, "Validation failed: Name has already been taken")
        if not self.card:
            raise Refused(402, self.error(402))
        self.apps[name] = App(name, org)
        return self._app(self.apps[name])

    def _destroy(self, options: dict[str, str], given: str, name: str) -> str:
        del self.apps[name]
        return f"Destroyed app {name}"

    def _list_secrets(self, options: dict[str, str], given: str) -> Any:
        return [{"name": name, "digest": "d", "status": "Staged"} for name in self._of(options).secrets]

    def _import(self, options: dict[str, str], given: str) -> str:
        pairs = dict(line.partition("=")[::2] for line in given.splitlines() if line.strip())
        if not pairs:
            raise Refused(400, "requires at least one SECRET=VALUE pair")
        self._of(options).secrets |= {name: str(_read_back(value)) for name, value in pairs.items()}
        return "Secrets have been staged, but not set on VMs."

    def _list_clusters(self, options: dict[str, str], given: str) -> Any:
        org = self._org(options)
        found = [one for one in self.clusters if one.org == org]
        return [_shown(one) for one in found] or f"No managed postgres clusters found in organization {org}"

    def _create_cluster(self, options: dict[str, str], given: str) -> str:
        if options["--region"] not in REGIONS:
            raise Refused(
                422, f"region {options['--region']} is not available for Managed Postgres. Available regions: ..."
            )
        password = uuid.uuid4().hex
        self.secrets.append(password)
        name = options["--name"]
        made = Cluster(
            uuid.uuid4().hex[:12], name, self._org(options), options["--region"], options["--plan"], password
        )
        self.clusters.append(made)
        return f"Managed Postgres cluster created successfully!\n  Connection string: {_url(made)}"

    def _cluster(self, identity: str) -> Cluster:
        return next(one for one in self.clusters if one.id == identity)

    def _attach(self, options: dict[str, str], given: str, identity: str) -> str:
        app, cluster = self._of(options), self._cluster(identity)
        if app.org != cluster.org:
            raise Refused(
                422, f"app {app.name} is in organization {app.org}, but cluster is in organization {cluster.org}"
            )
        return self._connect(app, _url(cluster, options.get("--database", "fly-db")), cluster)

    def _connect(self, app: App, url: str, cluster: Cluster | None = None) -> str:
        if "DATABASE_URL" in app.secrets:
            raise Refused(
                422, f"app {app.name} already has DATABASE_URL set. Use 'fly secrets unset' to remove it first"
            )
        app.secrets["DATABASE_URL"] = url
        if cluster is not None:
            cluster.attached.append(app.name)
        return f"The following secret was added to {app.name}:\n  DATABASE_URL={url}"

    def _list_postgres(self, options: dict[str, str], given: str) -> Any:
        return [self._app(app) for app in self.apps.values() if app.postgres] or "No postgres clusters found"

    def _create_postgres(self, options: dict[str, str], given: str) -> str:
        name = options["--name"]
        self._create({"--org": options["--org"]}, "", name)
        app = self.apps[name]
        app.postgres, app.machines = True, 1
        self.secrets.append(uuid.uuid4().hex)
        return f"Postgres cluster {name} created\n  Username: postgres\n  Password: {self.secrets[-1]}"

    def _attach_postgres(self, options: dict[str, str], given: str, name: str) -> str:
        database, user = self.apps[name], options["--database-user"]
        if not database.machines:
            raise Refused(422, "no active machines found")
        if user in database.users:
            raise Refused(422, f'database user "{user}" already exists. Please specify a new database user')
        self.secrets.append(uuid.uuid4().hex)
        url = f"postgres://{user}:{self.secrets[-1]}@{name}.flycast:5432/shelf?sslmode=disable"
        connected = self._connect(self._of(options), url)
        database.users.append(user)
        return connected

    def _create_volume(self, options: dict[str, str], given: str, name: str) -> Any:
        volume = {"id": uuid.uuid4().hex, "name": name, "region": options["--region"], "size_gb": 1}
        self._of(options).volumes.append(volume)
        return volume

    def _deploy(self, options: dict[str, str], given: str) -> str:
        app = self._of(options)
        assert not _git(self.project, "status", "--porcelain"), "what is built is not what is committed"
        head = _git(self.project, "rev-parse", "HEAD")
        assert options["--image-label"] == f"commit-{head[:12]}"
        image = f"registry.fly.io/{app.name}:{options['--image-label']}@sha256:{'0' * 64}"
        app.releases.append({"Version": len(app.releases) + 1, "Status": "complete", "ImageRef": image})
        app.machines = app.machines or (1 if options.get("--ha") == "false" else 2)
        return "Visit your newly deployed app"

    def _scale(self, options: dict[str, str], given: str, count: str) -> str:
        self._of(options).machines = int(count)
        return "Executing scale plan"


def _parsed(arguments: list[str]) -> tuple[list[str], dict[str, str]]:
    """Words and options; every option but these few takes a value."""
    words, options = [], {}
    rest = iter(arguments)
    for word in rest:
        if "=" in word and word.startswith("--"):
            name, _, value = word.partition("=")
            options[name] = value
        elif word in ("--json", "--yes", "--stage", "--remote-only", "--no-tail"):
            options[word] = ""
        elif word.startswith("-"):
            options[word] = next(rest)
        else:
            words.append(word)
    return words, options


def _shown(cluster: Cluster) -> dict[str, Any]:
    cluster.looks -= 1
    return {
        "id": cluster.id,
        "name": cluster.name,
        "region": cluster.region,
        "status": "ready" if cluster.looks < 0 else "creating",
        "plan": cluster.plan,
        "attached_apps": [{"name": name, "id": 1} for name in cluster.attached],
    }


def _url(cluster: Cluster, database: str = "fly-db") -> str:
    return f"postgresql://fly-user:{cluster.password}@pgbouncer.{cluster.id}.flympg.net/{database}"


def _machine() -> dict[str, Any]:
    return {"id": "m", "state": "started", "config": {"metadata": {"fly_process_group": "app"}}}


def _git(folder: Path, *argv: str) -> str:
    done = subprocess.run(["git", *argv], cwd=folder, capture_output=True, text=True, check=True)
    return done.stdout.strip()
