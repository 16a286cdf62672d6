"""Kamal takes every configuration that is rendered: each manager and layout, and each thing that a project can need.

https://kamal-deploy.org/docs/commands/config/: an unknown key, a missing server or a secret without a line is an error.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from deploy_overlay.platforms.kamal.provision.program import PROBLEMS
from tests.platforms.kamal_scene import by_address, on_several
from tests.slow.images.cells import LAYOUTS, MANAGERS
from tests.support.programs import environment, run
from tests.tools import tool

from .needs import NEEDS, made

KAMAL: dict[str, Any] = {
    "deploy_platforms": ["kamal"],
    "deploy_domains": "www.example.com,example.com",
    "kamal_server": "deploy@shop:2222",
}
OWN: dict[str, tuple[list[str], dict[str, Any]]] = {
    "staging": (["whole"], {"kamal_staging": "staging.example.com", "deploy_redis": "platform"}),
    "shared PostgreSQL": ([], {"kamal_postgres_site": "shop"}),
    "registry": ([], {"deploy_registry": "ghcr.io/ada"}),
    "registry without account": ([], {"deploy_registry": "registry.example.com"}),
    "built on the server": ([], {"kamal_builder": "server", "kamal_arch": "arm64"}),
}
ALL = NEEDS | OWN


def taken(template: Path, folder: Path, shape: dict[str, Any], answers: dict[str, Any]) -> list[str]:
    """What Kamal says of each destination of a project."""
    project = made(template, folder, shape, **KAMAL | answers)
    destinations = [[], *([["-d", "staging"]] if "kamal_staging" in answers else [])]
    values = environment(HOME=str(folder))
    return [run([tool("kamal"), "config", *one], project.root, values).stdout for one in destinations]


@pytest.mark.parametrize("need", ["plain", "everything"])
@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("manager", MANAGERS)
def test_of_each_manager_and_layout(manager: str, layout: str, need: str, template: Path, tmp_path: Path) -> None:
    variants, answers = ALL[need]

    (found,) = taken(template, tmp_path, {"manager": manager, "layout": layout, "variants": variants}, answers)

    assert ":absolute_image: localhost:5555/shelf:" in found
    assert ":primary_host: shop" in found


@pytest.mark.parametrize("need", ALL)
def test_of_each_need(need: str, template: Path, tmp_path: Path) -> None:
    variants, answers = ALL[need]

    found = taken(template, tmp_path, {"variants": variants}, answers)

    server = answers.get("deploy_registry", "localhost:5555")
    assert all(f":repository: {server}/shelf\n" in told for told in found)
    assert "shelf-staging" not in found[0]
    assert need != "staging" or "shelf-staging-" in found[1]


def test_several_servers_as_the_page_says(template: Path, tmp_path: Path) -> None:
    """The edits with which the simulated verbs are tested, on what is rendered for this project."""
    answers = {"deploy_name": "site", "kamal_server": "deploy@server.example.com", "kamal_postgres": "18"}
    variants, everything = ALL["everything"]
    project = made(template, tmp_path, {"variants": variants}, **KAMAL | everything | answers)
    for path, edited in (("config/deploy.yml", on_several), (".kamal/secrets", by_address)):
        file = project.root / path
        before = file.read_text(encoding="utf-8")
        file.write_text(edited(before), encoding="utf-8")
        assert file.read_text(encoding="utf-8") != before

    told = run([tool("kamal"), "config"], project.root, environment(HOME=str(tmp_path))).stdout

    for host in ("server", "second", "store"):
        assert f"- {host}.example.com\n" in told


def test_certificates_are_for_one_server(template: Path, tmp_path: Path) -> None:
    project = made(template, tmp_path, {}, **KAMAL)
    file = project.root / "config" / "deploy.yml"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("hosts: [shop]\n    cmd", "hosts: [shop, second]\n    cmd"), encoding="utf-8")

    done = run([tool("kamal"), "config"], project.root, environment(HOME=str(tmp_path)), check=False)

    assert done.returncode != 0
    assert re.search(next(pattern for pattern, cure in PROBLEMS if "load balancer" in cure), done.stdout + done.stderr)
