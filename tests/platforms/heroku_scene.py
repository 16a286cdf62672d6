"""Scenes for Heroku: a committed project, the simulated Platform API, and the CLI, real or quick."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.platforms.faults import Scene
from tests.platforms.simulated.heroku import TOKEN, Heroku
from tests.platforms.simulated.quick_heroku import QuickHeroku
from tests.platforms.simulated.stand_in import StandIn
from tests.platforms.simulated.world import REQUIREMENTS, Site, World, linked
from tests.tools import tool

GIVEN = "given-mail-password-8b1f"  # comes from the environment and is a secret
ARGUMENTS = {"variables": ["MAIL_PASSWORD"], "environ": {"MAIL_PASSWORD": GIVEN}}
PROCFILE = "web: gunicorn shelf.wsgi\nrelease: python -m django migrate\nworker: celery -A shelf worker\n"
CLOCK = "clock: python -m deploy.schedule\n"
# A project with everything that can be started and created, and its owner's choice of all of it.
WHOLE: dict[str, Any] = {
    "django_workers": [{"service": "celery", "name": "worker", "command": "celery -A shelf worker"}],
    "django_schedule": [
        {"name": "nightly", "command": "python -m django nightly", "schedule": "17 3 * * *", "source": "project"}
    ],
    "django_stores": [{"kind": "redis", "roles": ["queue"], "variables": ["CELERY_BROKER_URL"], "fixed": []}],
    "django_services": ["celery", "redis", "media"],
    "django_uploads": {"store": "disk", "access": "private", "path": "/media/"},
    "deploy_runs": ["worker", "cron"],
    "deploy_redis": "platform",
    "deploy_uploads": "bucket",
}


@contextlib.contextmanager
def heroku(
    folder: Path, program: Path | None = None, name: str = "shelf", **given: Any
) -> Iterator[tuple[World, Heroku]]:
    """A world and a platform with nothing in it."""
    folder.mkdir(parents=True, exist_ok=True)
    site = Site()
    platform = Heroku(site.url)
    platform.secrets += [GIVEN]
    answering = (
        StandIn(folder / "bin", "heroku", QuickHeroku(platform.url, TOKEN, platform.typed)) if program is None else None
    )
    where = linked(program, folder / "bin", "heroku") if program else folder / "bin"
    world = World(folder / name, platform.environ(), name, [where])
    try:
        settle(world, platform, **given)
        yield world, platform
    finally:
        if answering is not None:
            answering.close()
        platform.close()
        site.close()


def settle(world: World, platform: Heroku, **given: Any) -> None:
    """The project, and the repositories that git push reaches: of production, and of `staging` beside it."""
    name = given.get("deploy_name", world.name)
    answers = {"heroku_region": "eu", "heroku_dyno": "basic", "heroku_postgres": "essential-0", **given}
    files = {"Procfile": PROCFILE}
    if "cron" in given.get("deploy_runs", ()):
        files["Procfile"] += CLOCK
    if given.get("deploy_uploads") == "bucket":
        files["requirements.txt"] = f"{REQUIREMENTS}django-storages[s3]>=1.14.3\n"
    world.project(files, deploy_platforms=["heroku"], **answers)
    for app, folder in ((name, "heroku.git"), (f"{name}-staging", "heroku-staging.git")):
        world.redirect(f"https://git.heroku.com/{app}.git", platform.repository(world.folder / folder, app))


def quick(**given: Any) -> Scene:
    return Scene(lambda folder: heroku(folder, **given), dict(ARGUMENTS))


def real(**given: Any) -> Scene:
    program = tool("heroku")
    return Scene(lambda folder: heroku(folder, program, **given), dict(ARGUMENTS), timeout=25)
