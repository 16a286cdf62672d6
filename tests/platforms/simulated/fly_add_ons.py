"""Redis and buckets as the real flyctl asks for them by GraphQL: https://github.com/superfly/flyctl/blob/master/gql/genqclient.graphql"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from .fly_stores import PLANS, TERMS, Bucket, Redis
from .server import Refused

if TYPE_CHECKING:
    from .fly import App, Fly

REDIS, TIGRIS = "upstash_redis", "tigris"


class FlyAddOns:
    def __init__(self, fly: Fly) -> None:
        self.fly = fly

    def answers(self, values: Mapping[str, Any]) -> dict[str, Callable[[], Any]]:
        """By the first field of a request with these variables."""
        given: Mapping[str, Any] = values.get("input") or {}
        return {
            "addOnPlans": lambda: {"nodes": [self._plan(name) for name in PLANS]},
            "addOnProvider": lambda: self._provider(values["name"]),
            "addOn": lambda: self._shown(self._found(values["name"], values["provider"])),
            "createAddOn": lambda: {"addOn": self._create(given)},
            "deleteAddOn": lambda: self._delete(values["name"], values["provider"]),
            "setSecrets": lambda: self._set_secrets(given),
        }

    def of_organisation(self, org: str, kind: str) -> dict[str, Any]:
        kept: list[Any] = [*self.fly.redis] if kind == REDIS else [*self.fly.buckets] if kind == TIGRIS else []
        found = [one for one in kept if one.org == org]
        return {"nodes": [self._shown(one) for one in found]}

    def of_app(self, app: App) -> dict[str, Any]:
        return {"nodes": [self._shown(one) for one in self.fly.buckets if one.app == app.name]}

    def _plan(self, name: str) -> dict[str, Any]:
        size, price = PLANS[name]
        return {"id": f"plan-{name}", "displayName": name, "maxDataSize": size, "pricePerMonth": 100 * price}

    def _provider(self, name: str) -> dict[str, Any]:
        told = {
            "id": name,
            "name": name,
            "displayName": name.capitalize(),
            "resourceName": "bucket",
            "selectName": True,
        }
        return {
            **told,
            "tosAgreement": TERMS,
            "provisioningInstructions": "fly storage dashboard",
            "excludedRegions": [],
        }

    def _found(self, name: str, provider: str) -> Redis | Bucket:
        kept: list[Any] = [*self.fly.redis] if provider == REDIS else [*self.fly.buckets]
        found = next((one for one in kept if one.name == name), None)
        if found is None:
            raise Refused(404, {"error": f"Could not find add-on {name}"})
        made: Redis | Bucket = found
        return made

    def _shown(self, one: Redis | Bucket) -> dict[str, Any]:
        told = {"id": f"addon-{one.name}", "name": one.name, "status": "ready", "readRegions": []}
        if isinstance(one, Bucket):
            return {**told, "options": {"public": one.public}, "addOnProvider": self._provider(TIGRIS)}
        redis = {"publicUrl": one.address, "primaryRegion": one.region, "options": {"eviction": one.eviction}}
        return {**told, **redis, "addOnPlan": self._plan(one.plan), "addOnProvider": self._provider(REDIS)}

    def _create(self, given: Mapping[str, Any]) -> dict[str, Any]:
        if not self.fly.card:
            raise Refused(402, self.fly.error(402))
        options: Mapping[str, Any] = given.get("options") or {}
        if given["type"] == REDIS:
            org, plan = given["organizationId"].removeprefix("o-"), given["planId"].removeprefix("plan-")
            made = self.fly.create_redis(
                given["name"], org, given["primaryRegion"], plan, bool(options.get("eviction"))
            )
            return self._shown(made)
        bucket = self.fly.create_bucket(given["name"], self.fly.app(given["appId"]), bool(options.get("public")))
        return {**self._shown(bucket), "environment": bucket.secrets()}

    def _delete(self, name: str, provider: str) -> dict[str, Any]:
        found = self._found(name, provider)
        kept: list[Any] = self.fly.redis if provider == REDIS else self.fly.buckets
        kept.remove(found)
        return {"deletedAddOnName": name}

    def _set_secrets(self, given: Mapping[str, Any]) -> dict[str, Any]:
        app = self.fly.app(given["appId"])
        self.fly.set_secrets(app, {one["key"]: one["value"] for one in given["secrets"]})
        return {"release": None}
