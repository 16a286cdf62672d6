"""Upsun, Flex and Fixed: what tests/platforms/upsun_container.py builds from the rendered YAML, as one more site."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from tests.platforms.upsun_container import at_run_time
from tests.platforms.upsun_container import built as container_built
from tests.platforms.upsun_web_server import web_server
from tests.support import Project
from tests.support.serving import free_port

from .site import Given, Process, Site

DOMAIN = "library.example.com"


def built(clone: Project, place: Path, given: Given) -> Site:
    """The site after `upsun push` of this clone. Its secret key is Upsun's own."""
    container = container_built(clone.root, clone.python, place)
    app = container.configuration.app
    owners = {name: value for name, value in {**given.variables, **given.bucket}.items() if name != "SECRET_KEY"}
    environ = at_run_time(
        container, DOMAIN, _endpoint(given.database), _endpoint(given.redis) if given.redis else None, **owners
    )
    # https://docs.upsun.com/create-apps/workers.html: a container of its own, which nobody visits
    inside = {name: value for name, value in environ.items() if name != "PORT"}
    workers = {
        name: Process(container.inside(worker["commands"]["start"], read_only=True, worker=name), inside)
        for name, worker in app.get("workers", {}).items()
    }
    crons = {
        name: Process(container.inside(cron["commands"]["start"], read_only=True), inside)
        for name, cron in app.get("crons", {}).items()
    }
    entrance = free_port()
    return Site(
        python=container.folder / ".venv" / "bin" / "python",
        folder=container.folder,
        environ=environ,
        command=container.inside(app["web"]["commands"]["start"], read_only=True),
        host=DOMAIN,
        headers={"X-Forwarded-Proto": "https", "X-Client-IP": "203.0.113.7", "X-Forwarded-For": "203.0.113.7"},
        log=container.log,
        seconds=40,
        shell=lambda line: container.inside(line, read_only=True),
        release=[container.inside(app["hooks"]["deploy"], read_only=True)],
        beside=workers,
        jobs=crons,
        front=web_server(entrance, int(environ["PORT"]), container.here, app["web"]["locations"]),
        entrance=entrance,
    )


def _endpoint(address: str) -> dict[str, Any]:
    """An address as PLATFORM_RELATIONSHIPS has it."""
    url = urlsplit(address)
    return {
        "username": unquote(url.username or ""), "password": unquote(url.password or ""), "host": url.hostname,
        "port": url.port, "path": url.path.strip("/"),
    }  # fmt: skip
