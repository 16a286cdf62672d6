"""What Render would say of a Blueprint: unknown fields, wrong values, missing references, words for a shell.

Its JSON schema, https://render.com/schema/render.yaml.json, is in no package, so the fields are those of the reference,
https://render.com/docs/blueprint-spec, as of 2026-08-18. By the schema itself, all kinds of Blueprints that are rendered were
valid on 2026-11-29.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

REGIONS = ("oregon", "ohio", "virginia", "frankfurt", "singapore")
PLANS = ("free", "starter", "standard", "pro", "pro plus", "pro max", "pro ultra")
DATABASE_PLANS = ("free", "basic-256mb", "basic-1gb", "basic-4gb", "pro-4gb", "pro-8gb", "pro-16gb")
KEY_VALUE_PLANS = ("free", "starter", "standard", "pro", "pro plus")
POLICIES = ("allkeys-lru", "volatile-lru", "allkeys-random", "volatile-random", "volatile-ttl", "noeviction")
TRIGGERS = ("commit", "checksPass", "off")
_ANY = {"name", "type", "region", "plan"}
_BUILT = _ANY | {
    "runtime", "repo", "branch", "rootDir", "autoDeployTrigger", "envVars", "dockerfilePath", "dockerContext", "dockerCommand",
    "buildFilter", "registryCredential",
}  # fmt: skip
_RUNNING = _BUILT | {"preDeployCommand", "maxShutdownDelaySeconds", "numInstances", "scaling", "disk", "previews"}
FIELDS = {
    "web": _RUNNING | {"healthCheckPath", "domains"},
    "worker": _RUNNING,
    "cron": _BUILT | {"schedule"},
    "keyvalue": _ANY | {"maxmemoryPolicy", "ipAllowList", "previewPlan"},
}
DATABASE = {"name", "region", "plan", "ipAllowList", "diskSizeGB", "postgresMajorVersion", "databaseName", "user"}
SOURCES = ("value", "generateValue", "sync", "fromDatabase", "fromService")
_CRON = re.compile(r"[\d*,/-]+( [\d*,/A-Za-z-]+){4}")


def problems(content: Mapping[str, Any]) -> list[str]:
    """Sentences; none for a Blueprint that Render would take."""
    return list(_problems(content))


def _problems(content: Mapping[str, Any]) -> Iterator[str]:
    yield from (f"unknown: {name}" for name in content.keys() - {"services", "databases"})
    services, databases = content.get("services", []), content.get("databases", [])
    names = [one["name"] for one in services]
    yield from (f"twice: {name}" for name in names if names.count(name) > 1)
    for one in services:
        yield from (f"{one['name']}: {text}" for text in _service(one))
        for variable in one.get("envVars", []):
            yield from (f"{one['name']}: {text}" for text in _variable(variable, services, databases))
    for one in databases:
        yield from (f"{one['name']}: unknown: {name}" for name in one.keys() - DATABASE)
        yield from _choice(one, "plan", DATABASE_PLANS)
        yield from _choice(one, "region", REGIONS)


def _service(one: Mapping[str, Any]) -> Iterator[str]:
    kind = one.get("type", "")
    if kind not in FIELDS:
        yield f"type {kind}"
        return
    yield from (f"unknown: {name}" for name in one.keys() - FIELDS[kind])
    yield from _choice(one, "plan", KEY_VALUE_PLANS if kind == "keyvalue" else PLANS)
    yield from _choice(one, "region", REGIONS)
    yield from _choice(one, "autoDeployTrigger", TRIGGERS)
    yield from _choice(one, "maxmemoryPolicy", POLICIES)
    if kind == "keyvalue":
        if "ipAllowList" not in one:
            yield "has no ipAllowList"
        return
    if one.get("runtime") != "docker":
        yield f"runtime {one.get('runtime')}"
    free = one.get("plan") == "free"
    if free and (kind != "web" or "preDeployCommand" in one or "disk" in one):
        yield "is free and cannot have all that"
    if kind == "cron" and not _CRON.fullmatch(str(one.get("schedule"))):
        yield f"schedule {one.get('schedule')}"
    if not 1 <= one.get("maxShutdownDelaySeconds", 30) <= 300:
        yield "maxShutdownDelaySeconds"
    disk = one.get("disk")
    if disk and not (
        disk.keys() <= {"name", "mountPath", "sizeGB"} and disk["mountPath"].startswith("/") and disk["name"]
    ):
        yield f"disk {disk}"
    for name in ("dockerCommand", "preDeployCommand"):
        if re.search(r"[&|;<>$'\"\\]", one.get(name, "")):
            yield f"{name} has to be read by a shell, and none does"


def _variable(one: Mapping[str, Any], services: list[Any], databases: list[Any]) -> Iterator[str]:
    key = one.get("key", "")
    if not re.fullmatch(r"[A-Za-z_]\w*", key) or len([name for name in SOURCES if name in one]) != 1:
        yield f"variable {one}"
    if (source := one.get("fromDatabase")) and source["name"] not in [each["name"] for each in databases]:
        yield f"{key}: no database {source['name']}"
    if source := one.get("fromService"):
        found = next(
            (each for each in services if (each["name"], each["type"]) == (source["name"], source["type"])), None
        )
        if found is None:
            yield f"{key}: no {source['type']} {source['name']}"
        elif "envVarKey" in source and source["envVarKey"] not in [each["key"] for each in found["envVars"]]:
            yield f"{key}: {source['name']} has no {source['envVarKey']}"
    if "value" in one and not isinstance(one["value"], str | int | float):
        yield f"{key}: no text"


def _choice(one: Mapping[str, Any], name: str, known: tuple[str, ...]) -> Iterator[str]:
    if name in one and one[name] not in known:
        yield f"{one['name']}: {name} {one[name]}"
