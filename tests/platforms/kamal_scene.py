"""Scenes for Kamal: a committed project with the overlay's files, the simulated program, and a server with nothing on it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from tests.platforms.faults import Scene
from tests.platforms.simulated.kamal import VALUES, Kamal
from tests.platforms.simulated.world import REQUIREMENTS, World

EXAMPLE = Path(__file__).resolve().parents[1] / "examples" / "kamal-whole" / "rendered"
HOST = "www.site.invalid"  # leads nowhere, wherever the test runs
SERVER = "server.example.com"
# What the owner has in the shell.
GIVEN = {name: f"given-{name.lower().replace('_', '-')}-8b1f" for name in VALUES}
ARGUMENTS: dict[str, Any] = {"environ": GIVEN}


@contextlib.contextmanager
def kamal(folder: Path, name: str = "site", **given: Any) -> Iterator[tuple[World, Kamal]]:
    folder.mkdir(parents=True, exist_ok=True)
    server = Kamal(folder / "server")
    server.secrets += GIVEN.values()
    world = World(folder / name, {}, name, [folder / "server" / "kamal", folder / "server" / "ssh"])
    try:
        world.project(files(), **(answers() | given))
        yield world, server
    finally:
        server.close()


def files() -> dict[str, str]:
    """Those that Kamal reads, as they are rendered."""
    paths = [*EXAMPLE.glob("config/*"), *(path for path in EXAMPLE.glob(".kamal/**/*") if path.is_file())]
    found = {path.relative_to(EXAMPLE).as_posix(): path.read_text(encoding="utf-8") for path in paths}
    found = {path: text.replace("www.example.com", HOST) for path, text in found.items()}
    return {**found, "Dockerfile": "FROM scratch\n", "requirements.txt": f"{REQUIREMENTS}boto3>=1.34\n"}


def answers() -> dict[str, Any]:
    stored: dict[str, Any] = yaml.safe_load((EXAMPLE / ".copier-answers.yml").read_text(encoding="utf-8"))
    kept = {name: value for name, value in stored.items() if not name.startswith(("_", "deploy_kept"))}
    return kept | {"deploy_domains": HOST}


def scene(**given: Any) -> Scene:
    return Scene(lambda folder: kamal(folder, **given), dict(ARGUMENTS), timeout=10)
