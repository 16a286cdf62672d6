"""What a free plan cannot have, and what the user's render.yaml lacks: https://render.com/docs/blueprint-spec"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ...base.message import Failure
from ...base.platform import Values
from ...plan import Plan, plan
from ...plan.runs import uploads
from ..own_dockerfile import dockerfile_gaps
from ..own_files import Unreadable, table, text_of, yaml_of
from ..own_processes import not_started
from . import PLATFORM
from .commands import is_free
from .there import FILE


def check(root: Path, answers: Values) -> None:
    """Raise Failure for a free site that needs a disk."""
    if not is_free(answers):
        return
    sqlite = answers.get("deploy_database") == "sqlite"
    if sqlite or uploads(answers) == "volume":
        other = "deploy_database=postgres" if sqlite else "deploy_uploads=bucket"
        raise Failure(
            f"A free service on Render has no disk for {'SQLite' if sqlite else 'uploaded files'} "
            f"(https://render.com/docs/free): choose -d {other}, or -d render_plan=starter.",
            anchor="render-free-disk",
        )


def gaps(root: Path, answers: Values) -> list[tuple[str, str]]:
    """What the user's own render.yaml lacks, and the Dockerfile that it names."""
    if FILE not in answers["deploy_kept_files"] or answers.get("deploy_beside"):
        return []
    try:
        content = yaml_of(text_of(root, FILE, PLATFORM.name))
    except Unreadable as why:
        return [(FILE, str(why))]
    services, databases = _listed(content, "services"), _listed(content, "databases")
    planned, name = plan(answers, PLATFORM), answers.get("deploy_name")
    web = next((one for one in services if one.get("type") == "web" and one.get("name") == name), None)
    if web is None:
        ours = f"write `name: {name}` there, or choose its name with -d deploy_name"
        return [(FILE, f"has no web service {name}: {ours if services else 'add one with `type: web`'}")]
    lacks = (
        *_web(web, answers, planned),
        *_beside(services, str(name), planned),
        *_stores(web, services, databases, planned),
    )
    return [*((FILE, text) for text in lacks), *_build(web, root, answers, planned)]


def _web(web: Mapping[str, Any], answers: Values, planned: Plan) -> Iterator[str]:
    if planned.resource("volume") and table(web, "disk").get("mountPath", "").rstrip("/") != "/data":
        yield "has no disk for the site's data: add `disk: {name: data, mountPath: /data, sizeGB: 1}` to the web service"
    if (
        "release" in planned.own["commands"]
        and "migrate" not in f"{web.get('preDeployCommand')} {web.get('dockerCommand')}"
    ):
        line = planned.own["commands"]["release"]
        yield f"runs no migrations: add `preDeployCommand: {line}` to the web service"
    if not web.get("healthCheckPath"):
        yield "has no health check, so a broken release would get traffic: add `healthCheckPath: /healthz`"


def _beside(services: list[dict[str, Any]], site: str, planned: Plan) -> Iterator[str]:
    started = {
        str(one.get("name", "")).removeprefix(f"{site}-"): one.get("dockerCommand") or one.get("startCommand") or ""
        for one in services
    }
    for process in not_started((*planned.beside, *planned.jobs), started):
        line, kind = planned.own["commands"][process.name], "cron" if process.kind == "cron" else "worker"
        when = f' and `schedule: "{process.schedule}"`' if kind == "cron" else ""
        yield f"does not start {process.name}: add a service with `type: {kind}`, `dockerCommand: {line}`{when}"


def _stores(
    web: Mapping[str, Any], services: list[dict[str, Any]], databases: list[dict[str, Any]], planned: Plan
) -> Iterator[str]:
    given = {str(one.get("key")) for one in _listed(web, "envVars")}
    group = any("fromGroup" in one for one in _listed(web, "envVars"))
    if planned.resource("postgres") and not databases:
        yield "has no PostgreSQL: add `databases:` with one entry"
    if planned.resource("postgres") and "DATABASE_URL" not in given and not group:
        name = databases[0].get("name", "NAME") if databases else "NAME"
        line = f"fromDatabase: {{name: {name}, property: connectionString}}"
        yield f"does not give the site its database's address: add DATABASE_URL with `{line}` to its envVars"
    redis = planned.resource("redis")
    if redis and redis.how == "declared" and not any(one.get("type") in ("keyvalue", "redis") for one in services):
        yield "has no Redis: add a service with `type: keyvalue`"


def _build(web: Mapping[str, Any], root: Path, answers: Values, planned: Plan) -> list[tuple[str, str]]:
    """The overlay's Dockerfile is in its folder if the user has one."""
    ours = f"{planned.folder}/Dockerfile" if planned.own_dockerfile else "Dockerfile"
    runtime = web.get("runtime") or web.get("env")
    if runtime != "docker":
        return [
            (
                FILE,
                f"builds with {runtime or 'nothing'} and not the image: write `runtime: docker` with `dockerfilePath: ./{ours}`",
            )
        ]
    named = str(web.get("dockerfilePath") or "Dockerfile").removeprefix("./")
    if named == ours:
        return []
    told = f"builds {named} and not the image of {planned.folder}/: write `dockerfilePath: ./{ours}`, or change {named}"
    lacks = dockerfile_gaps(root, named, answers, port=True)
    return [(FILE, told), *((named, text) for text in lacks)] if lacks else []


def _listed(content: object, name: str) -> list[dict[str, Any]]:
    """The services, including those in projects and `ungrouped`."""
    if not isinstance(content, dict):
        return []
    found = [one for one in content.get(name) or [] if isinstance(one, dict)]
    for project in [one for one in content.get("projects") or [] if isinstance(one, dict)]:
        for environment in project.get("environments") or []:
            found += _listed(environment, name)
    return found + _listed(content.get("ungrouped"), name)
