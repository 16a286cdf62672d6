"""Docker Compose takes every file that is rendered: each manager and layout, and each thing that a project can need.

https://docs.docker.com/reference/cli/docker/compose/config/: an unknown key or a variable without a value is an error. It
needs no engine.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.slow.images.cells import LAYOUTS, MANAGERS
from tests.support.programs import environment, run
from tests.support.whole import OWN_VARIABLE
from tests.tools import tool

from .needs import NEEDS, made

DOMAINS = "www.example.com,example.com"
OWN: dict[str, tuple[list[str], dict[str, Any]]] = {
    "older PostgreSQL": ([], {"compose_postgres": "17"}),
}
ALL = NEEDS | OWN
# Values that a file of variables can spoil.
VALUES = {
    "SECRET_KEY": "a$b 'c'",
    "POSTGRES_PASSWORD": "5f2c",
    OWN_VARIABLE: "a-token",
    "DATABASE_URL": "postgres://a:b@c/d",
}
VALUES |= dict.fromkeys(("AWS_STORAGE_BUCKET_NAME", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"), "x")
VALUES |= {f"BACKUP_{name}": "x" for name in ("BUCKET", "ACCESS_KEY_ID", "SECRET_ACCESS_KEY")}


def taken(template: Path, folder: Path, shape: dict[str, Any], answers: dict[str, Any]) -> dict[str, Any]:
    """The services by name as Compose has them on a server without a panel."""
    project = made(template, folder, shape, deploy_platforms=["compose"], deploy_domains=DOMAINS, **answers)
    values = environment(HOME=str(folder), **VALUES)
    place = next(project.root.rglob("compose.server.yaml")).parent
    for files in (["compose.yaml"], ["proxy.yaml"], ["compose.yaml", "compose.server.yaml"]):
        options = [part for file in files for part in ("-f", str(place / file))]
        done = run([tool("docker-compose"), *options, "config", "--format", "json"], project.root, values)
    found: dict[str, Any] = json.loads(done.stdout)["services"]
    return found


@pytest.mark.parametrize("need", ["plain", "everything"])
@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("manager", MANAGERS)
def test_of_each_manager_and_layout(manager: str, layout: str, need: str, template: Path, tmp_path: Path) -> None:
    variants, answers = ALL[need]

    found = taken(template, tmp_path, {"manager": manager, "layout": layout, "variants": variants}, answers)

    assert {"web", "release", "postgres"} <= set(found)
    # One build for all: Docker refuses images of the same name that are built at once.
    assert {name: one["build"]["context"] for name, one in found.items() if "build" in one} == {
        "release": str(tmp_path / "library")
    }
    assert {one["image"] for name, one in found.items() if name not in ("postgres", "redis")} == {"shelf"}


@pytest.mark.parametrize("need", ALL)
def test_of_each_need(need: str, template: Path, tmp_path: Path) -> None:
    variants, answers = ALL[need]

    found = taken(template, tmp_path, {"variants": variants}, answers)

    assert found["web"]["read_only"] is True and "ports" not in found["web"]
    # Compose writes a dollar sign twice, so that its output is a file of Compose too.
    assert found["web"]["environment"]["SECRET_KEY"].replace("$$", "$") == VALUES["SECRET_KEY"]
    assert all(one["healthcheck"] for name, one in found.items() if name in ("web", "postgres", "redis"))
