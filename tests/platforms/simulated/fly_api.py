"""Fly.io's interfaces as the real flyctl asks them: GraphQL, Machines and Managed Postgres.

Shapes are those of https://github.com/superfly/fly-go (GraphQL and flaps/) and of flyctl's internal/uiex; where the real
program refuses an answer of this, this is wrong.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from .fly_add_ons import FlyAddOns
from .fly_deploying import FlyDeploying
from .server import Answer, Asked, Refused, now

if TYPE_CHECKING:
    from .fly import App, Cluster, Fly

_LOCATION = b"https://api.fly.io/v1"
# Managed Postgres takes macaroons only, so flyctl looks whether the token is one: MessagePack of nonce, location, caveats
# and signature, https://github.com/superfly/macaroon/blob/main/macaroon.go
_MACAROON = (
    b"\x94\x93\xc4\x01k\xc4\x10" + b"r" * 16 + b"\xc2" + bytes([0xA0 | len(_LOCATION)]) + _LOCATION + b"\x90\xc4\x20"
)
TOKEN = "fm2_" + base64.b64encode(_MACAROON + b"t" * 32).decode()
REGIONS = {"ams", "fra", "iad", "lhr", "nrt", "sin", "syd"}
USER = {
    "__typename": "User",
    "agreedToProviderTos": False,
    "id": "u1",
    "email": "ada@example.com",
    "name": "Ada",
    "enablePaidHobby": False,
}


def named(asked: Asked) -> Asked:
    """A GraphQL request under the name of its first field, a query of it as something that only reads."""
    if asked.path != "/graphql":
        return asked
    query = str(asked.body["query"]).strip()
    field = re.search(r"\{\s*(?:\w+\s*:\s*)?(\w+)", query)
    assert field, query
    return replace(asked, method="POST" if query.startswith("mutation") else "GET", path=f"/graphql {field[1]}")


class FlyApi:
    """Each action gets the request and what its pattern caught; a path without an action is a mistake of this."""

    def __init__(self, fly: Fly) -> None:
        self.fly = fly
        self._deploying = FlyDeploying(fly)
        self._add_ons = FlyAddOns(fly)

    def act(self, asked: Asked) -> Answer:
        known = self.fly.any_token or TOKEN in asked.headers.get("authorization", "")
        if not (self.fly.logged_in and known):
            raise Refused(401, {"error": "You must be authenticated to view this."})
        for pattern, action in self._actions().items():
            found = re.fullmatch(pattern, f"{asked.method} {asked.path}")
            if found:
                answer = action(asked, *found.groups())
                return answer if isinstance(answer, Answer) else Answer(200, answer)
        raise AssertionError(f"nothing answers {asked}: {asked.body}")

    def _actions(self) -> dict[str, Callable[..., Any]]:
        app, cluster = r"/v1/apps/([\w-]+)", r"/api/v1/postgres(?:v2)?/(\w+)"
        clusters = r"/api/v1/organizations/([\w-]+)/postgres"
        return {
            **self._deploying.actions(),
            r"\w+ /graphql (\w+)": self._graphql,
            "POST /v1/apps": self._create_app,
            f"GET {app}": lambda asked, name: self._flat(self.fly.machines_app(name)),
            f"DELETE {app}": self._delete_app,
            f"GET {app}/secrets": lambda asked, name: self._secrets(self.fly.machines_app(name)),
            f"POST {app}/secrets": self._set_secrets,
            f"GET {app}/volumes": lambda asked, name: self.fly.machines_app(name).volumes,
            f"POST {app}/volumes": self._create_volume,
            f"GET {app}/certificates": lambda asked, name: {
                "certificates": [{"hostname": one} for one in self.fly.machines_app(name).domains]
            },
            f"GET {app}/machines": lambda asked, name: self.fly.machines_app(name).machines,
            f"POST {app}/machines": self._launch,
            rf"(\w+) {app}/machines/(\w+)(?:/(lease))?": self._machine,
            f"GET {clusters}": self._clusters,
            f"GET {clusters}v2/regions": lambda asked, org: {"data": self._regions("available")},
            f"POST {clusters}v2": self._create_cluster,
            f"GET {cluster}": self._cluster,
            f"GET {cluster}/databases": lambda asked, id: {
                "data": [{"name": name} for name in self.fly.cluster(id).databases]
            },
            f"POST {cluster}/databases": self._create_database,
            r"DELETE /api/v1/organizations/[\w-]+/postgres(?:v2)?/(\w+)": self._destroy_cluster,
            f"POST {cluster}/attachments": self._attach,
            r"GET /api/v1/organizations/([\w-]+)": lambda asked, slug: {
                "organization": {"id": slug, "slug": slug, "raw_slug": self.fly.raw(slug), "billing_status": "CURRENT"}
            },
            r"POST /api/v1/builds(?:/finish)?": lambda asked: {},
            r"POST /api/v1/metrics.*": lambda asked: {},
        }

    # GraphQL

    def _graphql(self, asked: Asked, field: str) -> Any:
        values = asked.body.get("variables") or {}
        answers: dict[str, Callable[[], Any]] = {
            **self._add_ons.answers(values),
            "viewer": lambda: USER,
            "platform": lambda: {"requestRegion": "fra", "regions": self._regions("gatewayAvailable")},
            "organizations": lambda: {"nodes": [self._org(slug) for slug in self.fly.orgs]},
            "organization": lambda: self._org(
                self.fly.organisation(values.get("slug") or values["orgSlug"]), values.get("addOnType", "")
            ),
            "apps": lambda: self._apps(values.get("role")),
            "app": lambda: self._app_with_image(
                self.fly.app(values.get("appName") or values["name"]), values.get("imageRef")
            ),
            "latestImageTag": lambda: "flyio/postgres-flex:17.2@sha256:1",
            "allocateIpAddress": lambda: {"ipAddress": {"id": "ip1", "address": "fdaa::3", "type": "private_v6"}},
            "issueCertificate": lambda: {"certificate": "certificate", "key": ""},
            "enablePostgresConsul": lambda: {"consulUrl": "https://consul.example.com"},
        }
        assert field in answers, asked.body
        try:
            answer = answers[field]()
        except Refused as refused:
            return {"data": {}, "errors": [{"message": refused.answer.body["error"]}]}
        names = re.findall(rf"(\w+)\s*:\s*{field}\b", asked.body["query"]) or [field]
        return {"data": dict.fromkeys(names, answer)}

    def _regions(self, flag: str) -> list[dict[str, Any]]:
        return [{"code": code, "name": code.upper(), flag: True} for code in sorted(REGIONS)]

    def _org(self, slug: str, add_ons: str = "") -> dict[str, Any]:
        kind = "PERSONAL" if slug == "personal" else "SHARED"
        told = {"id": f"o-{slug}", "slug": slug, "rawSlug": self.fly.raw(slug), "name": self.fly.orgs[slug]}
        given = {"paidPlan": True, "billable": True, "internalNumericId": "7"}
        return {**told, "type": kind, **given, "addOns": self._add_ons.of_organisation(slug, add_ons)}

    def _apps(self, role: str | None) -> dict[str, Any]:
        found = [app for app in self.fly.apps.values() if app.postgres or role is None]
        return {"pageInfo": {"hasNextPage": False, "endCursor": ""}, "nodes": [self._app(app) for app in found]}

    def _app(self, app: App) -> dict[str, Any]:
        """With the fields of every query for one app: fly-go takes what it asked for."""
        releases = [
            {
                **{name[0].lower() + name[1:]: value for name, value in one.items()},
                "user": {**USER, "email": one["User"]["Email"]},
            }
            for one in reversed(app.releases)
        ]
        return {
            "id": app.name,
            "internalNumericId": 1,
            "name": app.name,
            "deployed": bool(app.releases),
            "hostname": self.fly.hostname,
            "platformVersion": "machines",
            "status": "deployed" if app.machines else "pending",
            "organization": self._org(app.org),
            "postgresAppRole": {"name": "postgres_cluster" if app.postgres else ""},
            "releases": {"nodes": releases},
            "currentReleaseUnprocessed": {"configDefinition": {"app": app.name}},
            "ipAddresses": {"nodes": []},
            "secrets": [{"name": name} for name in app.secrets],
            "addOns": self._add_ons.of_app(app),
        }

    def _app_with_image(self, app: App, reference: str | None) -> dict[str, Any]:
        """What `fly deploy --image` asks for: ResolveImageForApp in fly-go's resource_apps.go."""
        if reference is None:
            return self._app(app)
        found = self.fly.image(app, reference)
        image = {
            "id": "img1",
            "digest": found.partition("@")[2],
            "ref": found,
            "compressedSize": "1000",
            "manifest": None,
        }
        return {**self._app(app), "image": image}

    # Machines

    def _flat(self, app: App) -> dict[str, Any]:
        org = {"name": self.fly.orgs[app.org], "slug": app.org, "internal_numeric_id": 7}
        return {"id": app.name, "name": app.name, "status": "pending", "network": "default", "organization": org}

    def _create_app(self, asked: Asked) -> Answer:
        body = asked.body
        made = self.fly.create_app(body["name"], body["org_slug"], body["app_role_id"] == "postgres_cluster")
        return Answer(201, self._flat(made))

    def _delete_app(self, asked: Asked, name: str) -> Answer:
        self.fly.destroy_app(self.fly.machines_app(name).name)
        return Answer(202, {})

    def _secrets(self, app: App) -> dict[str, Any]:
        return {"secrets": [{"name": name, "digest": "d1", "created_at": now()} for name in app.secrets]}

    def _set_secrets(self, asked: Asked, name: str) -> dict[str, Any]:
        app = self.fly.machines_app(name)
        self.fly.set_secrets(app, asked.body["values"])
        return {**self._secrets(app), "version": app.version}

    def _create_volume(self, asked: Asked, name: str) -> Any:
        body = asked.body
        return self.fly.create_volume(self.fly.machines_app(name), body["name"], body["region"], body["size_gb"])

    def _launch(self, asked: Asked, name: str) -> Any:
        region = asked.body.get("region") or "fra"  # without one the platform chooses
        app = self.fly.machines_app(name)
        made = self.fly.create_machine(app, region, asked.body["config"])
        held = {mount["volume"] for mount in asked.body["config"].get("mounts") or []}
        for volume in app.volumes:
            volume |= {"attached_machine_id": made["id"]} if volume["id"] in held else {}
        return made

    def _machine(self, asked: Asked, method: str, name: str, identity: str, about: str | None) -> Any:
        app = self.fly.machines_app(name)
        machine = next((one for one in app.machines if one["id"] == identity), None)
        if machine is None:
            raise Refused(404, {"error": "machine not found"})
        if about == "lease" and method == "GET":
            if identity not in app.leases:
                raise Refused(404, {"error": f"machine {identity} lease not found"})
            return app.leases[identity]
        if about == "lease":
            return {"status": "success", "data": {"nonce": "n1", "expires_at": 4102444800, "owner": "ada@example.com"}}
        if method == "DELETE":
            self.fly.destroy_machine(app, identity)
        if method == "POST":
            machine["config"] = asked.body["config"]
        return {"ok": True} if method == "DELETE" else machine

    # Managed Postgres

    def _clusters(self, asked: Asked, slug: str) -> dict[str, Any]:
        org = self.fly.organisation(slug)
        return {"data": [self._shown(one) for one in self.fly.listed_clusters(org)]}

    def _destroy_cluster(self, asked: Asked, identity: str) -> Answer:
        self.fly.destroy_cluster(identity)
        return Answer(202, {})

    def _create_cluster(self, asked: Asked, slug: str) -> Answer:
        body = asked.body
        if not self.fly.card:
            raise Refused(403, {"errors": {"detail": self.fly.error(402)["error"]}})
        made = self.fly.create_cluster(body["name"], slug, body["region"], body["plan"])
        return Answer(201, {"ok": True, "data": {**self._shown(made), "disk": body["storage_in_gb"]}})

    def _cluster(self, asked: Asked, identity: str) -> dict[str, Any]:
        cluster = self.fly.cluster(identity)
        given = {"status": "ready", "user": "fly-user", "password": cluster.password, "dbname": "fly-db"}
        return {"data": self._shown(cluster), "credentials": {**given, "pgbouncer_uri": cluster.url()}}

    def _create_database(self, asked: Asked, identity: str) -> Answer:
        self.fly.cluster(identity).databases.append(asked.body["name"])
        return Answer(201, {"data": asked.body})

    def _attach(self, asked: Asked, identity: str) -> Answer:
        self.fly.cluster(identity).attached.append(asked.body["app_name"])
        return Answer(201, {"data": {"id": 1, "app_id": 1, "managed_service_id": 1, "attached_at": now()}})

    def _shown(self, cluster: Cluster) -> dict[str, Any]:
        cluster.looks -= 1
        org = self._org(cluster.org)
        return {
            "id": cluster.id,
            "mpgd_cluster_id": f"mpgd-{cluster.id}",
            "version": 2,
            "name": cluster.name,
            "region": cluster.region,
            "status": cluster.status,
            "plan": cluster.plan,
            "disk": cluster.disk,
            "replicas": 1,
            # Here it is the organisation's own slug: `fly mpg attach` compares it with rawSlug.
            "organization": {"id": org["id"], "name": org["name"], "slug": org["rawSlug"]},
            "attached_apps": [{"name": name, "id": 1} for name in cluster.attached],
        }
