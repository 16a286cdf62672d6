"""Scenes for Fly.io: a committed project and our own `fly`, which keeps the state."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.platforms.faults import Scene
from tests.platforms.simulated.fly import Fly
from tests.platforms.simulated.stand_in import StandIn
from tests.platforms.simulated.world import Site, World

GIVEN = "given mail 'password' # 8b1f"  # comes from the environment and is a secret that is hard to hand over
ARGUMENTS = {"variables": ["MAIL_PASSWORD"], "environ": {"MAIL_PASSWORD": GIVEN}}


@contextlib.contextmanager
def fly(folder: Path, name: str = "shelf", **given: Any) -> Iterator[tuple[World, Fly]]:
    """A world and a platform with nothing in it."""
    folder.mkdir(parents=True, exist_ok=True)
    site = Site(tls=True)
    platform = Fly(site.address, folder / name / name)
    platform.secrets += [GIVEN]
    answering = StandIn(folder / "bin", "fly", platform)
    platform.calls = answering.calls
    world = World(folder / name, {"SSL_CERT_FILE": str(site.certificate)}, name, [folder / "bin"])
    try:
        settle(world, **given)
        yield world, platform
    finally:
        answering.close()
        platform.close()
        site.close()


def settle(world: World, **given: Any) -> None:
    answers = {"fly_region": "fra", "fly_org": "", "fly_postgres": "managed", "fly_machines": 1, **given}
    world.project({"fly.toml": f'app = "{world.name}"\n'}, deploy_platforms=["fly"], **answers)


def scene(**given: Any) -> Scene:
    return Scene(lambda folder: fly(folder, **given), dict(ARGUMENTS))
