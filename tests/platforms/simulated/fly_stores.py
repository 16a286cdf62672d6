"""What the `fly` program of ours answers about Redis and buckets.

Options that the real one would ask for are demanded here, and lists are tables for people:
https://github.com/superfly/flyctl/tree/master/internal/command/redis and .../extensions/tigris
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .server import Refused

if TYPE_CHECKING:
    from .fly import App, Fly

PLANS = {"Pay-as-you-go": ("", 0), "Fixed 250MB": ("250 MB", 10), "Fixed 1GB": ("1 GB", 20)}
TERMS = "This creates a bucket of Tigris. Its terms of service apply."


@dataclass
class Redis:
    name: str
    org: str
    region: str
    plan: str
    eviction: bool
    password: str = field(default_factory=lambda: uuid.uuid4().hex)

    @property
    def address(self) -> str:
        return f"redis://default:{self.password}@fly-{self.name}.upstash.io:6379"


@dataclass
class Bucket:
    name: str
    app: str
    public: bool
    org: str = "personal"
    key: str = field(default_factory=lambda: f"tid_{uuid.uuid4().hex[:12]}")
    secret: str = field(default_factory=lambda: f"tsec_{uuid.uuid4().hex}")

    def secrets(self) -> dict[str, str]:
        return {
            "AWS_ACCESS_KEY_ID": self.key,
            "AWS_ENDPOINT_URL_S3": "https://fly.storage.tigris.dev",
            "AWS_REGION": "auto",
            "AWS_SECRET_ACCESS_KEY": self.secret,
            "BUCKET_NAME": self.name,
        }


class FlyStores:
    def __init__(self, fly: Fly) -> None:
        self.fly = fly

    def commands(self) -> dict[str, Callable[..., Any]]:
        return {
            "redis plans": lambda options, given: _table(
                ["Name", "Max Data Size", "Price"],
                [[name, size, f"${price}/mo" if price else "Free"] for name, (size, price) in PLANS.items()],
            ),
            "redis list": self._list_redis,
            "redis status (.+)": self._redis_status,
            "redis create": self._create_redis,
            "redis destroy (.+)": self._destroy_redis,
            "storage list": lambda options, given: _table(
                ["Name", "Org"], [[one.name, one.org] for one in self._listed(options)]
            ),
            "storage status": self._storage_status,
            "storage create": self._create_bucket,
            "storage keys": self._set_keys,
            "storage destroy (.+)": self._destroy_bucket,
        }

    def _list_redis(self, options: dict[str, str], given: str) -> str:
        org = self.fly.organisation(options["--org"])
        rows = [
            [one.name, org, one.plan, "Enabled" if one.eviction else "Disabled", one.region, ""]
            for one in self.fly.redis
            if one.org == org
        ]
        return _table(["Name", "Org", "Plan", "Eviction", "Primary Region", "Read Regions"], rows)

    def _redis(self, name: str) -> Redis:
        found = next((one for one in self.fly.redis if one.name == name), None)
        if found is None:
            raise Refused(404, {"error": f"Could not find add-on {name}"})
        return found

    def _redis_status(self, options: dict[str, str], given: str, name: str) -> str:
        one = self._redis(name)
        rows = {
            "ID": "x7M0",
            "Name": one.name,
            "Plan": one.plan,
            "Primary Region": one.region,
            "Private URL": one.address,
        }
        return _vertical("Redis", rows)

    def _create_redis(self, options: dict[str, str], given: str) -> str:
        answers = (
            ("--no-replicas", "--replica-regions"),
            ("--enable-eviction", "--disable-eviction"),
            ("--enable-prodpack",),
        )
        fixed = (("--enable-auto-upgrade",),) if options.get("--plan", "").startswith("Fixed") else ()
        for choices in (*answers, *fixed, ("--name",), ("--region",)):
            if not {*choices} & {*options}:
                raise Refused(422, {"error": "prompt: non interactive"})
        plan = options.get("--plan", "Pay-as-you-go")
        if plan not in PLANS:
            raise Refused(422, {"error": f'plan "{plan}" not found'})
        org = self.fly.organisation(options.get("--org", ""))
        made = self.fly.create_redis(options["--name"], org, options["--region"], plan, "--enable-eviction" in options)
        return f"Your database {made.name} is ready. Apps in the {org} org can connect to Redis at {made.address}"

    def _destroy_redis(self, options: dict[str, str], given: str, name: str) -> str:
        if "--yes" not in options:
            raise Refused(422, {"error": "yes flag must be specified when not running interactively"})
        self.fly.redis.remove(self._redis(name))
        return f"Your Redis database {name} was destroyed"

    def _of(self, app: App) -> Bucket | None:
        return next((one for one in self.fly.buckets if one.app == app.name), None)

    def _listed(self, options: dict[str, str]) -> list[Bucket]:
        org = self.fly.organisation(options["--org"])
        return [one for one in self.fly.buckets if one.org == org]

    def _storage_status(self, options: dict[str, str], given: str) -> str:
        found = self._of(self.fly.app(options["-a"]))
        if found is None:
            raise Refused(404, {"error": "No project found. Provision one with 'flyctl ext tigris create'."})
        rows = {"Name": found.name, "Status": "ready", "Public": str(found.public), "App": found.app}
        return _vertical("Status", rows)

    def _create_bucket(self, options: dict[str, str], given: str) -> str:
        if "--yes" not in options:
            raise Refused(422, {"error": "To agree, the --yes flag must be specified when not running interactively"})
        app = self.fly.app(options["-a"])
        if (there := self._of(app)) is not None:
            raise Refused(422, {"error": f"A Tigris bucket named {there.name} already exists for app {app.name}"})
        name = options["--name"]
        self.fly.create_bucket(name, app, "--public" in options)
        return f"{TERMS}\nYour Tigris bucket ({name}) is ready."

    def _set_keys(self, options: dict[str, str], given: str) -> str:
        """What the program does of itself after it has created a bucket, in a request of its own."""
        app = self.fly.app(options["-a"])
        made = self._of(app)
        assert made is not None
        if {*made.secrets()} & {*app.secrets}:
            shown = "Set the following secrets on your target app."
        else:
            self.fly.set_secrets(app, dict(made.secrets()))
            app.live |= {*made.secrets()} if app.machines else set()
            shown = f"Setting the following secrets on {app.name}:"
        return "\n".join([shown, *(f"{name}: {value}" for name, value in made.secrets().items())])

    def _destroy_bucket(self, options: dict[str, str], given: str, name: str) -> str:
        found = next((one for one in self.fly.buckets if one.name == name), None)
        if found is None:
            raise Refused(404, {"error": "input:3: addOn Could not find AddOn"})
        self.fly.buckets.remove(found)
        return f"Your Tigris object storage bucket {name} was destroyed"


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """As flyctl's renderer pads it: https://github.com/superfly/flyctl/blob/master/internal/render/render.go"""
    lines = [[head.upper() for head in heads], *rows]
    widths = [max(len(line[column]) for line in lines) for column in range(len(heads))]
    return "\n".join(
        " " + " │ ".join(f"{cell:<{width}}" for cell, width in zip(line, widths, strict=True)) for line in lines
    )


def _vertical(title: str, rows: dict[str, str]) -> str:
    width = max(map(len, rows))
    return "\n".join([title, *(f" {name:<{width}} │ {value}" for name, value in rows.items())])
