"""Kamal takes every configuration that is rendered: each manager and layout, and each thing that a project can need.

https://kamal-deploy.org/docs/commands/config/: an unknown key, a missing server or a secret without a line is an error.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.slow.images.cells import LAYOUTS, MANAGERS
from tests.support import applied, commit, make_project
from tests.support.programs import environment, run
from tests.tools import tool

SERVER = {"deploy_domains": "www.example.com,example.com", "kamal_server": "deploy@shop:2222"}
NEEDS: dict[str, tuple[list[str], dict[str, Any]]] = {
    "plain": ([], {}),
    "SQLite": ([], {"deploy_database": "sqlite"}),
    "everything": (
        ["whole"],
        {
            "deploy_runs": ["worker", "scheduler", "cron"],
            "deploy_redis": "platform",
            "deploy_uploads": "volume",
            "deploy_backups": "bucket",
        },
    ),
    "bucket": (["whole"], {"deploy_uploads": "bucket"}),
    "own Dockerfile": (["own-dockerfile"], {}),
    "staging": (["whole"], {"kamal_staging": "staging.example.com", "deploy_redis": "platform"}),
    "shared PostgreSQL": ([], {"kamal_postgres_site": "shop"}),
    "registry": ([], {"deploy_registry": "ghcr.io/ada"}),
    "registry without account": ([], {"deploy_registry": "registry.example.com"}),
    "built on the server": ([], {"kamal_builder": "server", "kamal_arch": "arm64"}),
    "database elsewhere": ([], {"deploy_database": "external"}),
}


def taken(template: Path, folder: Path, shape: dict[str, Any], answers: dict[str, Any]) -> list[str]:
    """What Kamal says of each destination of a project."""
    project = make_project(folder / "library", **shape)
    applied(project, template, deploy_platforms=["kamal"], deploy_name="shelf", **SERVER, **answers)
    commit(project, "Add the deployment overlay")
    destinations = [[], *([["-d", "staging"]] if "kamal_staging" in answers else [])]
    values = environment(HOME=str(folder))
    return [run([tool("kamal"), "config", *one], project.root, values).stdout for one in destinations]


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("manager", MANAGERS)
def test_of_each_manager_and_layout(manager: str, layout: str, template: Path, tmp_path: Path) -> None:
    (found,) = taken(template, tmp_path, {"manager": manager, "layout": layout}, {})

    assert ":absolute_image: localhost:5555/shelf:" in found
    assert ":primary_host: shop" in found


@pytest.mark.parametrize("need", NEEDS)
def test_of_each_need(need: str, template: Path, tmp_path: Path) -> None:
    variants, answers = NEEDS[need]

    found = taken(template, tmp_path, {"variants": variants}, answers)

    server = answers.get("deploy_registry", "localhost:5555")
    assert all(f":repository: {server}/shelf\n" in told for told in found)
    assert "shelf-staging" not in found[0]
    assert need != "staging" or "shelf-staging-" in found[1]
