"""Upsun, Flex and Fixed: what tests/platforms/upsun_container.py builds from the rendered YAML, as one more site."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import unquote, urlsplit

from tests.platforms.upsun_container import at_run_time
from tests.platforms.upsun_container import built as container_built
from tests.support import Project

from .site import Site

DOMAIN = "library.example.com"


def built(clone: Project, place: Path, database: str, secrets: dict[str, str]) -> Site:
    """The site after `upsun push` of this clone. Its secret key is Upsun's own: `secrets` are not given to it."""
    url = urlsplit(database)
    endpoint = {
        "username": unquote(url.username or ""), "password": unquote(url.password or ""), "host": url.hostname,
        "port": url.port, "path": url.path.strip("/"),
    }  # fmt: skip
    container = container_built(clone.root, clone.python, place)
    hooks, web = container.configuration.app["hooks"], container.configuration.app["web"]
    return Site(
        python=container.folder / ".venv" / "bin" / "python",
        folder=container.folder,
        environ=at_run_time(container, DOMAIN, endpoint),
        command=container.inside(web["commands"]["start"], read_only=True),
        host=DOMAIN,
        headers={"X-Forwarded-Proto": "https", "X-Client-IP": "203.0.113.7", "X-Forwarded-For": "203.0.113.7"},
        log=container.log,
        seconds=40,
        shell=lambda line: container.inside(line, read_only=True),
        release=[container.inside(hooks["deploy"], read_only=True)],
    )
