"""A `fly` program of ours: the commands that the hooks use, as flyctl answers them.

It needs no flyctl, and stands for what the real one cannot do here: reach a private network (`fly postgres attach`).
Arguments, JSON, sentences for empty lists, exit statuses and what a command refuses are those of
https://github.com/superfly/flyctl (internal/command); test_fly_real.py compares the two where a flyctl is there.
A request is one call of the program here.
"""

from __future__ import annotations

import hashlib
import json
import re
import uuid
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from . import fly_secrets
from .fly_api import REGIONS
from .fly_stores import FlyStores
from .server import Answer, Asked, Refused
from .stand_in import Ended

if TYPE_CHECKING:
    from .fly import App, Cluster, Fly

READS = {"version", "whoami", "list", "releases", "status", "plans", "leases"}
FLAGS = (
    "--json",
    "--yes",
    "--stage",
    "--remote-only",
    "--no-tail",
    "--no-replicas",
    "--disable-eviction",
    "--public",
    "--pty",
    "-q",
    "--force",
)  # every other option takes a value


def asked_by(arguments: list[str], given: str) -> Asked:
    """A call of the program as a request."""
    words = [word for word in arguments if not word.startswith("-")]
    reads = (
        words[0] in (*READS, "auth") or (len(words) > 1 and words[1] in READS) or words[1:3] == ["databases", "list"]
    )
    return Asked("GET" if reads else "RUN", " ".join(arguments), {}, {}, {"arguments": arguments, "stdin": given})


TOKENS_EMAIL = "82a47e8c-4de8-50fe-8363-7ffb6a911e16@tokens.fly.io"


class FlyProgram:
    """Each command gets its options, standard input and its arguments; what it returns is the output, text or JSON."""

    def __init__(self, fly: Fly) -> None:
        self.fly = fly
        self._stores = FlyStores(fly)

    def act(self, asked: Asked) -> Answer:
        words, options = _parsed(asked.body["arguments"])
        if not self.fly.logged_in and words[0] != "version":
            raise _refused("no access token available. Please login with 'flyctl auth login'")
        if self.fly.token_of:
            self._check_token(words, options)
        for pattern, action in self._commands().items():
            found = re.fullmatch(pattern, " ".join(words))
            if found:
                output = action(options, asked.body["stdin"], *found.groups())
                return Answer(200, output if isinstance(output, str) else json.dumps(output, indent=4))
        raise _refused(f'unknown command {" ".join(words)!r} for "flyctl"')

    def _commands(self) -> dict[str, Callable[..., Any]]:
        fly = self.fly
        return {
            "version": lambda options, given: fly.version,
            "auth whoami": lambda options, given: TOKENS_EMAIL if fly.token_of else fly.email,
            "orgs list": lambda options, given: fly.orgs,
            "apps list": lambda options, given: [self._app(app) for app in fly.apps.values()],
            "apps create (.+)": self._create,
            "apps destroy (.+)": self._destroy,
            "machine destroy (.+)": self._destroy_machines,
            "mpg destroy (.+)": self._destroy_cluster,
            "secrets list": self._list_secrets,
            "secrets import": self._import,
            "secrets unset (.+)": self._unset,
            "mpg list": self._list_clusters,
            "mpg create": self._create_cluster,
            "mpg attach (.+)": self._attach,
            "mpg databases list (.+)": lambda options, given, id: [{"name": one} for one in fly.cluster(id).databases],
            "mpg databases create (.+)": lambda options, given, id: (
                fly.cluster(id).databases.append(options["--name"]) or ""
            ),
            "postgres list": self._list_postgres,
            "postgres create": self._create_postgres,
            "postgres attach (.+)": self._attach_postgres,
            "volumes list": lambda options, given: self._of(options).volumes,
            "volumes create (.+)": self._create_volume,
            "machine list": lambda options, given: fly.machines_app(options["-a"]).machines,
            "certs list": lambda options, given: [{"hostname": name} for name in self._of(options).domains],
            "machine leases view (.+)": lambda options, given, ids: self._of(options).leases,
            "releases": lambda options, given: self._of(options).releases,
            "status": lambda options, given: self._app(self._of(options)),
            "deploy": self._deploy,
            "scale count (.+)": self._scale,
            "ssh console": self._console,
            **self._stores.commands(),
        }

    def _check_token(self, words: list[str], options: dict[str, str]) -> None:
        """A deploy token sees its app and nothing of its organisation: https://fly.io/docs/security/tokens/

        Not even the list of apps: https://github.com/simonw/datasette-publish-fly/issues/34
        """
        if words[0] not in ("version", "auth") and options.get("-a") != self.fly.token_of:
            raise _refused("Not authorized to access this organization")
        if words[0] in ("storage", "mpg", "postgres"):  # extensions and databases are the organisation's
            raise _refused(f"failed to list {words[0]} (status 403): unauthorized")

    def _console(self, options: dict[str, str], given: str) -> str:
        """A command in a Machine: https://fly.io/docs/flyctl/ssh-console/"""
        app = self._of(options)
        if not app.machines:
            raise _refused(f"app {app.name} has no started VMs.")
        command, _, name = options["-C"].partition(" ")
        if command == "printenv":
            several = "No machine specified, using 1 in region fra\n" if len(app.machines) > 1 else ""
            if name not in app.live:
                raise Ended(1, f"{several}Error: ssh shell: Process exited with status 1")
            return f"{several}{app.secrets[name]}\n"
        return self.fly.typed.answer(options["-C"], given)

    def _app(self, app: App) -> dict[str, Any]:
        """fly.App has no JSON names: https://github.com/superfly/fly-go/blob/main/types.go"""
        return {
            "ID": app.name,
            "Name": app.name,
            "Deployed": bool(app.releases),
            "Hostname": self.fly.hostname,
            "Status": "deployed" if app.machines else "pending",
            "Organization": {"Slug": app.org, "Name": self.fly.orgs.get(app.org, "")},
        }

    def _of(self, options: dict[str, str]) -> App:
        return self.fly.app(options["-a"])

    def _org(self, options: dict[str, str]) -> str:
        return self.fly.organisation(options.get("--org", ""))

    def _create(self, options: dict[str, str], given: str, name: str) -> Any:
        return self._app(self.fly.create_app(name, self._org(options)))

    def _destroy(self, options: dict[str, str], given: str, name: str) -> str:
        _agreed(options)
        self.fly.destroy_app(name)
        return f"Destroyed app {name}"

    def _destroy_machines(self, options: dict[str, str], given: str, names: str) -> str:
        """One that runs only by force."""
        assert "--force" in options
        app = self._of(options)
        for name in names.split():
            self.fly.destroy_machine(app, name)
        return "\n".join(f"{name} has been destroyed" for name in names.split())

    def _destroy_cluster(self, options: dict[str, str], given: str, identity: str) -> str:
        _agreed(options)
        name = self.fly.destroy_cluster(identity).name
        return f"Managed Postgres cluster {name} ({identity}) scheduled to be destroyed (may take some time)"

    def _list_secrets(self, options: dict[str, str], given: str) -> Any:
        name, digest = ("Name", "Digest") if self.fly.capitals else ("name", "digest")
        return [{name: one, digest: "d1"} for one in self.fly.machines_app(options["-a"]).secrets]

    def _import(self, options: dict[str, str], given: str) -> str:
        try:
            secrets = fly_secrets.read(given)
        except ValueError as error:
            raise _refused(str(error)) from None
        if not secrets:
            raise _refused("requires at least one SECRET=VALUE pair")
        app = self._of(options)
        self.fly.set_secrets(app, secrets)
        if "--stage" in options:
            return "Secrets have been staged, but not set on VMs."
        app.live = set(app.secrets)
        return f"Updating existing machines in '{app.name}' with rolling strategy"

    def _unset(self, options: dict[str, str], given: str, names: str) -> str:
        self.fly.set_secrets(self._of(options), dict.fromkeys(names.split()))
        return "Secrets have been staged, but not set on VMs."

    def _list_clusters(self, options: dict[str, str], given: str) -> Any:
        org = self._org(options)
        found = self.fly.listed_clusters(org)
        return [_shown(one) for one in found] or f"No managed postgres clusters found in organization {org}"

    def _create_cluster(self, options: dict[str, str], given: str) -> str:
        if options["--region"] not in REGIONS:
            regions = f"Available regions: [{' '.join(sorted(REGIONS))}]"
            raise _refused(f"region {options['--region']} is not available for Managed Postgres. {regions}")
        made = self.fly.create_cluster(options["--name"], self._org(options), options["--region"], options["--plan"])
        return f"Managed Postgres cluster created successfully!\n  Connection string: {made.url()}"

    def _attach(self, options: dict[str, str], given: str, identity: str) -> str:
        app, cluster = self._of(options), self.fly.cluster(identity)
        if app.org != cluster.org:
            place, other = self.fly.raw(app.org), self.fly.raw(cluster.org)
            told = f"app {app.name} is in organization {place}, but cluster {identity} is in organization {other}"
            raise _refused(f"{told}. They must be in the same organization to attach")
        if "DATABASE_URL" in app.secrets:
            cure = "Use 'fly secrets unset DATABASE_URL' to remove it first"
            raise _refused(f"app {app.name} already has DATABASE_URL set. {cure}")
        cluster.attached.append(app.name)
        return self._connect(app, cluster.url(options.get("--database", "fly-db")))

    def _connect(self, app: App, url: str) -> str:
        self.fly.set_secrets(app, {"DATABASE_URL": url})
        return f"The following secret was added to {app.name}:\n  DATABASE_URL={url}"

    def _list_postgres(self, options: dict[str, str], given: str) -> Any:
        return [self._app(app) for app in self.fly.apps.values() if app.postgres] or "No postgres clusters found"

    def _create_postgres(self, options: dict[str, str], given: str) -> str:
        app = self.fly.create_app(options["--name"], self._org(options), postgres=True)
        guest = {"cpu_kind": "shared", "cpus": 1, "memory_mb": 256}
        self.fly.create_machine(app, options["--region"], {"metadata": {}, "guest": guest})
        self.fly.create_volume(app, "pg_data", options["--region"])
        self.fly.secrets.append(uuid.uuid4().hex)
        return f"Postgres cluster {app.name} created\n  Username: postgres\n  Password: {self.fly.secrets[-1]}"

    def _attach_postgres(self, options: dict[str, str], given: str, name: str) -> str:
        app, database, user = self._of(options), self.fly.app(name), options["--database-user"]
        if not database.machines:
            raise _refused("no active machines found")
        if "DATABASE_URL" in app.secrets:
            raise _refused(f'consumer app "{app.name}" already contains a secret named DATABASE_URL')
        if user in database.users:
            cure = "Please specify a new database user via --database-user"
            raise _refused(f'database user "{user}" already exists. {cure}')
        database.users.append(user)
        self.fly.secrets.append(uuid.uuid4().hex)
        return self._connect(app, f"postgres://{user}:{self.fly.secrets[-1]}@{name}.flycast:5432/shelf?sslmode=disable")

    def _create_volume(self, options: dict[str, str], given: str, name: str) -> Any:
        return self.fly.create_volume(self._of(options), name, options["--region"])

    def _deploy(self, options: dict[str, str], given: str) -> str:
        spare, configuration = options.get("--ha") != "false", options.get("--config", "fly.toml")
        memory = int(options.get("--vm-memory", "256"))
        app, label = self._of(options), options.get("--image-label", "")
        if "--image" in options:
            image = self.fly.image(app, options["--image"])
        else:
            image = f"registry.fly.io/{app.name}:{label}@sha256:{hashlib.sha256(label.encode()).hexdigest()}"
        self.fly.deploy(app, image, spare, configuration, memory)
        return "Visit your newly deployed app"

    def _scale(self, options: dict[str, str], given: str, count: str) -> str:
        """Of one process group; a number alone is for the group `app`, never for all of them."""
        app = self._of(options)
        if not app.releases:
            raise _refused("this app has no complete releases. Run `fly deploy` to create one and rerun this command")
        name, _, number = count.rpartition("=")
        name = name or options.get("--process-group", "app")
        if name not in app.groups:
            raise _refused(f"unknown process group names: [{name}]. Configured process groups are: {app.groups}")
        there = app.of(name)
        if len(there) == int(number):
            return "App already scaled to desired state. No need for changes"
        for machine in there[int(number) :]:
            app.machines.remove(machine)
        while len(app.of(name)) < int(number):
            made = self.fly.create_machine(app, options["--region"], group=name)
            made["config"]["guest"] = dict((there or app.machines)[0]["config"]["guest"])
        return "Executing scale plan"


def _agreed(options: dict[str, str]) -> None:
    if "--yes" not in options:
        raise _refused("yes flag must be specified when not running interactively")


def _refused(text: str) -> Refused:
    return Refused(422, {"error": text})


def _parsed(arguments: list[str]) -> tuple[list[str], dict[str, str]]:
    """Words and options."""
    words, options = [], {}
    rest = iter(arguments)
    for word in rest:
        if "=" in word and word.startswith("--"):
            name, _, value = word.partition("=")
            options[name] = value
        elif word in FLAGS:
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
        "status": cluster.status,
        "plan": cluster.plan,
        "disk": cluster.disk,
        "attached_apps": [{"name": name, "id": 1} for name in cluster.attached],
    }
