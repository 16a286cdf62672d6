"""Scenes for Render: a committed project with its Blueprint, a repository to push to, and the simulated API."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from deploy_overlay.plan import plan
from deploy_overlay.platforms import platform
from tests.platforms.faults import Scene, online
from tests.platforms.heroku_scene import GIVEN
from tests.platforms.heroku_scene import WHOLE as EVERYTHING
from tests.platforms.simulated.render import REPOSITORY, Render
from tests.platforms.simulated.world import Site, World

ARGUMENTS = {"variables": ["MAIL_PASSWORD"], "environ": {"MAIL_PASSWORD": GIVEN}}
WHOLE: dict[str, Any] = {**EVERYTHING, "deploy_uploads": "none"}


@contextlib.contextmanager
def render(folder: Path, *, applied: bool = True, remote: bool = True, **given: Any) -> Iterator[tuple[World, Render]]:
    """A world and a platform; with `applied` its owner has made the Blueprint there already."""
    folder.mkdir(parents=True, exist_ok=True)
    site = Site()
    platform_ = Render(site.url)
    platform_.secrets += [GIVEN]
    world = World(folder / "shelf", platform_.environ(), "shelf")
    try:
        world.project({"render.yaml": blueprint(**given)}, deploy_platforms=["render"], **given)
        where = platform_.repository(world.folder / "origin.git")
        world.redirect(f"{REPOSITORY}.git", where)
        if remote:
            world.repository.git("remote", "add", "origin", f"{REPOSITORY}.git")
        if applied:
            apply(world, platform_, **given)
            platform_.begin()
        yield world, platform_
    finally:
        platform_.close()
        site.close()


def blueprint(name: str = "shelf", **given: Any) -> str:
    """A Blueprint for these answers, as the template would render it: what the simulation needs of it."""
    found = plan({"deploy_name": name, "deploy_package": "deploy", **given}, platform("render"))
    redis = found.resource("redis")
    redis_is_made = redis is not None and redis.how == "declared"
    free = {"plan": "free"} if given.get("render_plan") == "free" else {}

    def service(process: str, kind: str, **more: Any) -> dict[str, Any]:
        own = kind == "web"
        key = (
            {"generateValue": True}
            if own
            else {"fromService": {"type": "web", "name": name, "envVarKey": "SECRET_KEY"}}
        )
        variables = [{"key": "SECRET_KEY", **key}]
        if found.resource("postgres"):
            variables += [
                {"key": "DATABASE_URL", "fromDatabase": {"name": f"{name}-db", "property": "connectionString"}}
            ]
        if redis_is_made:
            source = {"type": "keyvalue", "name": f"{name}-redis", "property": "connectionString"}
            variables += [{"key": "REDIS_URL", "fromService": source}]
        base = {"type": kind, "name": name if own else f"{name}-{process}", "runtime": "docker", "region": "oregon"}
        return {**base, **(free if own else {}), **more, "envVars": variables}

    disk = {"disk": {"name": "data", "mountPath": "/data", "sizeGB": 1}} if found.resource("volume") else {}
    services = [service("web", "web", healthCheckPath="/healthz", **disk)]
    services += [service(one.name, "worker", dockerCommand="celery") for one in found.beside]
    services += [service(one.name, "cron", schedule=one.schedule, dockerCommand="nightly") for one in found.jobs]
    store = {"region": "oregon", "ipAllowList": [], **free}
    if redis_is_made:
        services += [{"type": "keyvalue", "name": f"{name}-redis", "maxmemoryPolicy": "noeviction", **store}]
    databases = {"databases": [{"name": f"{name}-db", **store}]} if found.resource("postgres") else {}
    text = yaml.safe_dump({"services": services, **databases}, sort_keys=False)
    return re.sub(r"\bname: ([\w-]+)$", r'name: "\1"', text, flags=re.MULTILINE)  # as the template does


def apply(world: World, platform_: Render, name: str = "shelf", owner: str = "tea-1", **given: Any) -> None:
    """Its owner pushes, and makes the Blueprint in the Dashboard."""
    world.repository.git("push", "--quiet", str(world.folder / "origin.git"), "HEAD:refs/heads/main")
    platform_.apply(blueprint(name, **given), world.repository.git("rev-parse", "HEAD").strip(), owner)
    platform_.finish()


def staging() -> Scene:
    """Production is online, and its owner has made a Blueprint for staging, on a branch of that name."""

    @contextlib.contextmanager
    def made(folder: Path) -> Iterator[tuple[World, Render]]:
        with online(scene(), folder) as (world, platform_):
            head = world.repository.git("rev-parse", "HEAD").strip()
            world.repository.git("push", "--quiet", str(world.folder / "origin.git"), "HEAD:refs/heads/staging")
            platform_.apply(blueprint("shelf-staging"), head, path="render.staging.yaml", branch="staging")
            platform_.finish()
            yield world, platform_

    return Scene(made, ARGUMENTS | {"environment": "staging"})


def scene(**given: Any) -> Scene:
    return Scene(lambda folder: render(folder, **given), dict(ARGUMENTS))
