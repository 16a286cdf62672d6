"""Scenes for Fly.io: a committed project, the simulated platform, and the CLI, real or our own."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from tests.platforms.faults import Scene
from tests.platforms.simulated.docker import Docker
from tests.platforms.simulated.fly import Fly
from tests.platforms.simulated.stand_in import StandIn
from tests.platforms.simulated.world import REQUIREMENTS, Site, World
from tests.tools import tool

GIVEN = "given mail 'password' # 8b1f"  # comes from the environment and is a secret that is hard to hand over
ARGUMENTS = {"variables": ["MAIL_PASSWORD"], "environ": {"MAIL_PASSWORD": GIVEN}}


# Reaching a private network is beyond loopback: that command is answered by our own program. `fly deploy` is the real one,
# with a builder of ours in the place of Fly.io's, and without the half minute that it waits for DNS and for crashes.
# Arguments are kept in the world's folder, where every test looks for secrets.
REAL = """#!/usr/bin/env bash
printf '%s\\n' "$*" >> '{folder}/arguments'
case "$1 $2" in
    "postgres attach") exec '{ours}' "$@" ;;
    "deploy "*) exec '{real}' "${{@/--remote-only/--local-only}}" --dns-checks=false --smoke-checks=false ;;
    *) exec '{real}' "$@" ;;
esac
"""
# Everything that the platform starts, creates and keeps beside the site.
WHOLE: dict[str, Any] = {
    "django_workers": [
        {"service": "celery", "name": "worker", "command": "celery -A shelf worker"},
        {"service": "celery", "name": "beat", "command": "celery -A shelf beat"},
    ],
    "django_schedule": [
        {"name": "nightly", "command": "python -m django nightly", "schedule": "0 3 * * *", "source": "project"}
    ],
    "django_stores": [{"kind": "redis", "roles": ["queue"], "variables": ["CELERY_BROKER_URL"], "fixed": []}],
    "django_uploads": {"store": "disk", "access": "private", "path": "/media/"},
    "deploy_runs": ["worker", "scheduler", "cron"],
    "deploy_redis": "platform",
    "deploy_uploads": "bucket",
}
PROCESSES = """
[processes]
  app = "gunicorn shelf.wsgi"
  worker = "celery -A shelf worker"
  beat = "celery -A shelf beat"
  clock = "python -m deploy.schedule"
"""
MOUNTS = """
[mounts]
  source = "data"
  destination = "/data"
"""
CONFIGURATION = """app = "{name}"
primary_region = "fra"
[deploy]
  release_command = "python -m django migrate"
[http_service]
  internal_port = 8000
  [[http_service.checks]]
    path = "/healthz"
"""


@contextlib.contextmanager
def fly(folder: Path, program: Path | None = None, name: str = "shelf", **given: Any) -> Iterator[tuple[World, Fly]]:
    """A world and a platform with nothing in it; `program` is a real flyctl."""
    folder.mkdir(parents=True, exist_ok=True)
    site = Site(tls=True)
    platform = Fly(site.address, folder / name / name)
    platform.secrets += [GIVEN]
    answering = StandIn(folder / "bin", "fly", platform)
    platform.calls, platform.files, platform.at = answering.calls, answering.files, answering.at
    docker = None
    world = World(folder / name, {"SSL_CERT_FILE": str(site.certificate)}, name, [folder / "bin"])
    try:
        settle(world, **given)
        if program is not None:
            docker = platform.builder = Docker(succeeds=True)
            world.environ["DOCKER_HOST"] = docker.url.replace("http", "tcp")
            platform.looks = 0  # the real one sleeps for five seconds between two looks
            world.environ |= platform.environ()
            # flyctl writes every request of its last ten commands there, bodies and all; docs/platforms/fly.md says so.
            world.apart.append(world.home / ".fly" / "logs")
            world.programs.insert(0, _real(world.folder, program, folder / "bin" / "fly"))
        yield world, platform
    finally:
        if docker is not None:
            docker.close()
        answering.close()
        platform.close()
        site.close()


def _real(folder: Path, real: Path, ours: Path) -> Path:
    """A folder for PATH with a `fly` that is the real one wherever it can be."""
    place = folder / "real"
    place.mkdir()
    (place / "fly").write_text(REAL.format(folder=folder, real=real, ours=ours), encoding="utf-8")
    (place / "fly").chmod(0o755)
    return place


def settle(world: World, **given: Any) -> None:
    answers = {"fly_region": "fra", "fly_org": "", "fly_postgres": "managed", "fly_machines": 1, **given}
    files = {"fly.toml": configuration(world.name, answers), "Dockerfile": "FROM scratch\n"}
    if answers.get("deploy_uploads") == "bucket":
        files["requirements.txt"] = f"{REQUIREMENTS}django-storages[s3]>=1.14.3\n"
    world.project(files, deploy_platforms=["fly"], **answers)


def configuration(name: str, answers: Mapping[str, Any]) -> str:
    """A fly.toml of the shape that a project with these answers gets."""
    text = CONFIGURATION.format(name=name)
    if answers.get("deploy_runs"):
        text = text.replace("[http_service]\n", '[http_service]\n  processes = ["app"]\n') + PROCESSES
    held = answers.get("deploy_uploads") == "volume" or answers.get("deploy_database") == "sqlite"
    return text + MOUNTS if held else text


def scene(**given: Any) -> Scene:
    return Scene(lambda folder: fly(folder, **given), dict(ARGUMENTS))


def real(**given: Any) -> Scene:
    program = tool("flyctl")
    return Scene(lambda folder: fly(folder, program, **given), dict(ARGUMENTS), timeout=10)
