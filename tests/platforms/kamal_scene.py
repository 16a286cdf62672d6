"""Scenes for Kamal: a committed project with the overlay's files, the simulated program, and a server with nothing on it."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import yaml

from tests.platforms.faults import Scene
from tests.platforms.simulated.kamal import VALUES, Kamal
from tests.platforms.simulated.world import REQUIREMENTS, World

EXAMPLE = Path(__file__).resolve().parents[1] / "examples" / "kamal-whole" / "rendered"
HOST = "www.site.invalid"  # leads nowhere, wherever the test runs
SERVER, SECOND, STORE = "server.example.com", "second.example.com", "store.example.com"
# What the owner has in the shell.
GIVEN = {name: f"given-{name.lower().replace('_', '-')}-8b1f" for name in VALUES}
ARGUMENTS: dict[str, Any] = {"environ": GIVEN}


@contextlib.contextmanager
def kamal(
    folder: Path, name: str = "site", changed: Mapping[str, str] = MappingProxyType({}), **given: Any
) -> Iterator[tuple[World, Kamal]]:
    """`changed` are files of the owner's instead of ours."""
    folder.mkdir(parents=True, exist_ok=True)
    server = Kamal(folder / "server")
    server.secrets += GIVEN.values()
    world = World(folder / name, {}, name, [folder / "server" / "kamal", folder / "server" / "ssh"])
    try:
        world.project(files(*names(given)) | {**changed}, **(answers() | given))
        yield world, server
    finally:
        server.close()


@contextlib.contextmanager
def several(folder: Path, **given: Any) -> Iterator[tuple[World, Kamal]]:
    """The site on two servers, with the worker on the second alone, and its data on a third one."""
    ours = files()
    changed = {
        "config/deploy.yml": on_several(ours["config/deploy.yml"]),
        ".kamal/secrets": by_address(ours[".kamal/secrets"]),
    }
    with kamal(folder, changed=changed, **given) as (world, server):
        server.add(SECOND, STORE)
        yield world, server


def on_several(text: str) -> str:
    """As docs/platforms/kamal.md says."""
    text = text.replace("  ssl: true\n", "  ssl: false\n")
    text = text.replace(f"  web:\n    hosts: [{SERVER}]", f"  web:\n    hosts: [{SERVER}, {SECOND}]")
    text = text.replace(f"  worker:\n    hosts: [{SERVER}]", f"  worker:\n    hosts: [{SECOND}: heavy]")
    text = text.replace('volumes: ["site-data:/data"]\n', "")
    for image, port in (("postgres:18", 5432), ("valkey/valkey:8", 6379)):
        there = f"    image: {image}\n    host: "
        text = text.replace(f"{there}{SERVER}", f'{there}{STORE}\n    port: "10.0.0.3:{port}:{port}"')
    return text


def by_address(text: str) -> str:
    return text.replace("@site-postgres:", "@10.0.0.3:").replace("@site-redis:", "@10.0.0.3:")


def names(given: dict[str, Any]) -> list[str]:
    """Variables that the files name beside those of the example."""
    return [*given.get("django_required_env", ()), *filter(None, given.get("kamal_variables", "").split(","))]


def files(*more: str) -> dict[str, str]:
    """Those that Kamal reads, as they are rendered; `more` are variables that the site gets."""
    paths = [*EXAMPLE.glob("config/*"), *(path for path in EXAMPLE.glob(".kamal/**/*") if path.is_file())]
    paths.append(EXAMPLE / "deploy" / ".gitignore")
    found = {path.relative_to(EXAMPLE).as_posix(): path.read_text(encoding="utf-8") for path in paths}
    found = {path: text.replace("www.example.com", HOST) for path, text in found.items()}
    found["config/deploy.yml"] = re.sub(
        r"(?m)^(  secret: \[.*)\]", lambda line: f"{', '.join([line[1], *more])}]", found["config/deploy.yml"]
    )
    found[".kamal/secrets"] += "".join(f"{name}=${name}\n" for name in more)
    return {**found, "Dockerfile": "FROM scratch\n", "requirements.txt": f"{REQUIREMENTS}boto3>=1.34\n"}


def answers() -> dict[str, Any]:
    stored: dict[str, Any] = yaml.safe_load((EXAMPLE / ".copier-answers.yml").read_text(encoding="utf-8"))
    kept = {name: value for name, value in stored.items() if not name.startswith(("_", "deploy_kept"))}
    return kept | {"deploy_domains": HOST}


def scene(**given: Any) -> Scene:
    return Scene(lambda folder: kamal(folder, **given), dict(ARGUMENTS), timeout=10)
