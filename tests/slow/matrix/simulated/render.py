"""Render from render.yaml and the Dockerfile that it builds: https://render.com/docs/blueprint-spec

Each service is a container of its own, of the same image. Only the web service has a disk, and nothing has it before a
deploy. Commands are split into words, and no shell reads them: https://render.com/docs/docker#dockerfile-vs-docker-command
"""

from __future__ import annotations

import secrets
import shlex
from pathlib import Path
from typing import Any

import yaml

from tests.support import Project
from tests.support.serving import free_port

from .fly import container, with_own_disk
from .site import BuildFailed, Given, Process, Site


def built(clone: Project, place: Path, services: Given) -> Site:
    """The site after a deploy of this clone; raises BuildFailed where Render would give up."""
    blueprint = yaml.safe_load((clone.root / "render.yaml").read_text(encoding="utf-8"))
    by_type: dict[str, list[dict[str, Any]]] = {}
    for one in blueprint["services"]:
        by_type.setdefault(one["type"], []).append(one)
    (web,) = by_type["web"]
    if {one["runtime"] for one in blueprint["services"] if one["type"] != "keyvalue"} != {"docker"}:
        raise BuildFailed("nothing but an image is built here")
    log = place / "render.log"
    made = container(clone, web.get("dockerfilePath", "./Dockerfile"), place, log)
    data = made.image.places["/data"]
    given = variables(web, blueprint, {}, services)
    own = {one["name"]: variables(one, blueprint, given, services) for one in blueprint["services"]}

    def apart(service: dict[str, Any], line: str, what: str) -> Process:
        """In a container without the disk."""
        command = made.command(words(line))
        if not service.get("disk") or what == "before":
            command = with_own_disk(command, data, place / "containers" / f"{service['name']}-{what}")
        return Process(command, made.environ | platforms | own[service["name"]])

    host = f"{web['name']}.onrender.com"
    platforms = {"RENDER": "true", "RENDER_EXTERNAL_HOSTNAME": host, "RENDER_EXTERNAL_URL": f"https://{host}"}
    before = [apart(web, web["preDeployCommand"], "before").command] if "preDeployCommand" in web else []
    return Site(
        python=made.venv / "bin" / "python",
        folder=Path(made.image.here(made.stage.folder)),
        environ=made.environ | platforms | given | {"PORT": str(free_port())},
        command=made.command(words(web["dockerCommand"]) if "dockerCommand" in web else made.stage.command),
        host=host,
        # https://render.com/docs/web-services#port-binding, behind Cloudflare
        headers={"X-Forwarded-Proto": "https", "X-Forwarded-For": "203.0.113.7, 10.0.0.9"},
        log=log,
        seconds=float(web.get("maxShutdownDelaySeconds", 30)),
        release=before,
        # https://render.com/docs/health-checks: the Host is that of the service
        probe=(web["healthCheckPath"], host),
        beside={one["name"]: apart(one, one["dockerCommand"], "") for one in by_type.get("worker", [])},
        jobs={one["name"]: apart(one, one["dockerCommand"], "") for one in by_type.get("cron", [])},
    )


def words(line: str) -> list[str]:
    """Render documents no shell and no quotes."""
    if set(line) & set("'\"\\$|&;<>()`"):
        raise BuildFailed(f"a shell would have to read this: {line}")
    return shlex.split(line)


def variables(
    service: dict[str, Any], blueprint: dict[str, Any], of_web: dict[str, str], services: Given
) -> dict[str, str]:
    """What a service gets; owners enter what has `sync: false`, and set on each whatever else their site needs."""
    found = {**services.variables, **services.bucket}
    for one in service.get("envVars", []):
        key = one["key"]
        if "value" in one:
            found[key] = str(one["value"])
        elif one.get("generateValue"):
            found.setdefault(key, secrets.token_hex(32))
        elif source := one.get("fromDatabase"):
            if source["name"] not in [each["name"] for each in blueprint.get("databases", [])]:
                raise BuildFailed(f"no database {source['name']}")
            found[key] = services.database
        elif source := one.get("fromService"):
            named = next((each for each in blueprint["services"] if each["name"] == source["name"]), None)
            if named is None or named["type"] != source["type"]:
                raise BuildFailed(f"no service {source['name']} of the type {source['type']}")
            found[key] = services.redis if named["type"] == "keyvalue" else of_web[source["envVarKey"]]
        elif one.get("sync") is not False:
            raise BuildFailed(f"{key} has no value")
    return found
