"""Scenes of `env push` for the loop over faults: a site that is online gets the variables of a file."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from tests.platforms import fly_scene, heroku_scene, render_scene, upsun_scene
from tests.platforms.faults import Scene, online
from tests.platforms.simulated.world import World

PASSWORD, KEY = "mail-password-of-the-file-5f1", "payment-key-of-the-file-77c"
VALUES = {"MAIL_PASSWORD": PASSWORD, "PAYMENT_KEY": KEY, "EMAIL_HOST": "smtp.example.com"}
FILE = "values.env"  # beside the folder of the world, in which no secret may be left
WORDS = ("env", "push", f"../../{FILE}", "--yes")


def scene(first: Scene) -> Scene:
    """The push after a deployment of another scene."""

    @contextlib.contextmanager
    def made(folder: Path) -> Iterator[tuple[World, Any]]:
        with online(first, folder) as (world, platform):
            text = "".join(f"{name}={value}\n" for name, value in VALUES.items())
            (world.folder.parent / FILE).write_text(text, encoding="utf-8")
            platform.secrets += [PASSWORD, KEY]
            yield world, platform

    return Scene(made, timeout=first.timeout, words=WORDS)


SCENES: dict[str, Callable[[], Scene]] = {
    "Heroku, variables": lambda: scene(heroku_scene.quick()),
    "Render, variables": lambda: scene(render_scene.scene()),
    "Upsun Flex, variables": lambda: scene(upsun_scene.quick()),
    "Fly.io, variables": lambda: scene(fly_scene.scene(deploy_database="sqlite")),
}
