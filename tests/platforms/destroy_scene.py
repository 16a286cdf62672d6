"""Scenes in which a site that is online is destroyed, with things of others beside it."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from tests.platforms import fly_scene, heroku_scene, kamal_scene, kubernetes_scene, render_scene, upsun_scene
from tests.platforms.faults import Scene
from tests.platforms.simulated.fly import Fly
from tests.platforms.simulated.heroku import Addon, App, Heroku
from tests.platforms.simulated.kamal import Kamal
from tests.platforms.simulated.render import Render
from tests.platforms.simulated.upsun import Upsun
from tests.platforms.simulated.world import World

MARK = "DEPLOY_OVERLAY_PROJECT"
DESTROY = ("destroy", "--confirm", "shelf")


def beside_on_fly(platform: Fly) -> None:
    """Another site, and stores whose names are like this one's."""
    other = platform.create_app("other", "personal")
    platform.set_secrets(other, {f"{MARK}_0123456789AB": "1", "SECRET_KEY": "key-of-the-other"})
    platform.create_machine(other, "fra")
    platform.create_volume(other, "data", "fra")
    platform.create_bucket("shelf-uploads-0123456789ab", other, False)
    platform.create_redis("shelf-redis-0123456789ab", "personal", "fra", "Fixed 250MB", False)
    platform.create_cluster("other-db", "personal", "fra", "basic").attached.append("other")


def beside_on_heroku(platform: Heroku) -> None:
    other = platform.apps["other"] = App("other", "eu", config={MARK: "0123456789ab"})
    platform.addons["other-db"] = Addon(
        "other-db", other, "heroku-postgresql:essential-0", "of-the-other-5a", ["DATABASE"]
    )


def beside_on_upsun(platform: Upsun) -> None:
    """Another repository's project of the same title."""
    other = platform.made("shelf", variables={}, active=True, head="0" * 40)
    other.variables[MARK] = {
        "id": MARK,
        "name": MARK,
        "value": "0123456789ab",
        "is_sensitive": False,
        "visible_build": False,
    }


def beside_on_render(platform: Render) -> None:
    """Another site in the same workspace."""
    platform.apply(render_scene.blueprint("other"), "0" * 40, repo="https://github.com/acme/other")
    platform.finish()


def beside_on_kamal(platform: Kamal) -> None:
    """Another site on the same server."""
    platform.start(f"other-web-{'e' * 40}", "service=other,role=web,destination=,x=1", "other", ["other-data"])


def kamal() -> Scene:
    scene = destroyed(kamal_scene.scene(), beside_on_kamal, ("destroy", "--confirm", "site"))
    return dataclasses.replace(scene, environ=kamal_scene.GIVEN)


def destroyed(scene: Scene, beside: Callable[[Any], None], words: tuple[str, ...] = DESTROY) -> Scene:
    """The scene after its own run: what is recorded and disturbed is the destruction."""

    @contextlib.contextmanager
    def made(folder: Path) -> Iterator[tuple[World, Any]]:
        with scene.make(folder) as (world, platform):
            ended = scene.run(world, {})
            assert ended.status == 0, ended.output
            beside(platform)
            platform.secrets += platform.confidential()  # also of what will be gone
            yield world, platform

    return Scene(made, timeout=scene.timeout, words=words)


def fly(**given: Any) -> Scene:
    return destroyed(fly_scene.scene(**given), beside_on_fly)


def heroku(**given: Any) -> Scene:
    return destroyed(heroku_scene.quick(**given), beside_on_heroku)


def upsun() -> Scene:
    return destroyed(upsun_scene.quick(), beside_on_upsun)


SCENES: dict[str, Callable[[], Scene]] = {
    "fly": lambda: fly(**fly_scene.WHOLE),
    "fly, unmanaged": lambda: fly(fly_postgres="unmanaged"),
    "fly, SQLite": lambda: fly(deploy_database="sqlite"),
    "heroku": lambda: heroku(**heroku_scene.WHOLE),
    "kubernetes": lambda: destroyed(kubernetes_scene.scene(name="shelf"), kubernetes_scene.beside),
    "render": lambda: destroyed(render_scene.scene(**render_scene.WHOLE), beside_on_render),
    "upsun": upsun,
}
