"""Scenes for Upsun: a committed project, the simulated API, and the CLI, real or quick."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.platforms.faults import Scene
from tests.platforms.simulated.quick_upsun import QuickUpsun
from tests.platforms.simulated.stand_in import StandIn
from tests.platforms.simulated.upsun import REGIONS, TOKEN, Organisation, Upsun
from tests.platforms.simulated.world import Site, World, linked
from tests.tools import tool

GIVEN = "-h-given-mail-password-8b1f"  # comes from the environment, is a secret, and looks like an option
ARGUMENTS: dict[str, Any] = {"variables": ["MAIL_PASSWORD"], "environ": {"MAIL_PASSWORD": GIVEN}}


@contextlib.contextmanager
def upsun(
    folder: Path, program: Path | None = None, name: str = "shelf", **given: Any
) -> Iterator[tuple[World, Upsun]]:
    """A world and a platform with nothing in it."""
    folder.mkdir(parents=True, exist_ok=True)
    site = Site()
    platform = Upsun(site.url)
    platform.secrets += [GIVEN]
    world = World(folder / name, platform.environ(), name, [folder / "bin"])
    answering = None
    if program is None:
        answer = QuickUpsun(platform.url, TOKEN, world.repository.root, world.environment(), typed=platform.typed)
        answering = StandIn(folder / "bin", "upsun", answer)
    else:
        linked(program, folder / "bin", "upsun")
    try:
        settle(world, platform, **given)
        yield world, platform
    finally:
        if answering is not None:
            answering.close()
        platform.close()
        site.close()


def settle(world: World, platform: Upsun, **given: Any) -> None:
    """The project, and the repositories that git push reaches."""
    answers = {"upsun_flavour": "flex", "upsun_region": "eu-5", "django_source_root": ".", **given}
    world.project({".upsun/config.yaml": "# deploy-overlay\n"}, deploy_platforms=["upsun"], **answers)
    for number in (1, 2, 3):
        id_ = f"project{number}"
        repository = platform.repository(world.folder / f"{id_}.git", id_)
        for region in REGIONS:
            world.redirect(f"{id_}@git.{region}:{id_}.git", repository)


def quick() -> Scene:
    return Scene(upsun, dict(ARGUMENTS))


def fixed() -> Scene:
    """The same with a plan, and an organisation of the kind that has plans."""

    @contextlib.contextmanager
    def made(folder: Path) -> Iterator[tuple[World, Upsun]]:
        with upsun(folder, upsun_flavour="fixed", upsun_plan="standard") as (world, platform):
            platform.organisations = [Organisation("acme", "fixed")]
            yield world, platform

    return Scene(made, dict(ARGUMENTS))


def real() -> Scene:
    program = tool("upsun")
    return Scene(lambda folder: upsun(folder, program), dict(ARGUMENTS), timeout=25)
