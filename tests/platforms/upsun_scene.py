"""Scenes for Upsun: a committed project, the simulated API, and the CLI."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from tests.platforms.simulated.upsun import REGIONS, Upsun
from tests.platforms.simulated.world import World, linked
from tests.tools import tool

GIVEN = "given-mail-password-8b1f"  # comes from the environment and is a secret
ARGUMENTS: dict[str, Any] = {"variables": ["MAIL_PASSWORD"], "environ": {"MAIL_PASSWORD": GIVEN}}


class _Answers(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()

    def log_message(self, format: str, *arguments: object) -> None:
        """Nothing."""


@contextlib.contextmanager
def upsun(folder: Path, name: str = "shelf", **given: Any) -> Iterator[tuple[World, Upsun]]:
    """A world with the real CLI, and a platform with nothing in it."""
    program = tool("upsun")
    folder.mkdir(parents=True, exist_ok=True)
    site = ThreadingHTTPServer(("127.0.0.1", 0), _Answers)
    threading.Thread(target=site.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    platform = Upsun(f"http://127.0.0.1:{site.server_port}")
    platform.secrets += [GIVEN]
    world = World(folder / name, platform.environ(), name, [linked(program, folder / "bin", "upsun")])
    try:
        settle(world, platform, **given)
        yield world, platform
    finally:
        platform.close()
        site.shutdown()
        site.server_close()


def settle(world: World, platform: Upsun, **given: Any) -> None:
    """The project, and the repositories that git push reaches."""
    answers = {"upsun_flavour": "flex", "upsun_region": "eu-5", "django_source_root": ".", **given}
    world.project({".upsun/config.yaml": "# deploy-overlay\n"}, deploy_platforms=["upsun"], **answers)
    for number in (1, 2):
        id_ = f"project{number}"
        repository = platform.repository(world.folder / f"{id_}.git", id_)
        for region in REGIONS:
            world.redirect(f"{id_}@git.{region}:{id_}.git", repository)
