"""Docker Compose: what its files say. That they run is in tests/slow/server."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.platforms.simulated.world import World
from tests.support.anchors import shows

DOMAINS = "www.example.com,example.com"
Rendered = Callable[..., dict[str, Any]]


@pytest.fixture(scope="session")
def project(project_with: Callable[..., Path]) -> Callable[..., Path]:
    return functools.partial(project_with, deploy_platforms=["compose"], deploy_domains=DOMAINS)


@pytest.fixture
def rendered(project: Callable[..., Path]) -> Rendered:
    """compose.yaml as a project gets it, read."""

    def read(**answers: Any) -> dict[str, Any]:
        found: dict[str, Any] = yaml.safe_load(
            (project(**answers) / "deploy" / "compose.yaml").read_text(encoding="utf-8")
        )
        return found

    return read


def test_nothing_is_published_and_nothing_of_the_machine_is_mounted(rendered: Rendered) -> None:
    services = rendered()["services"]

    assert set(services) == {"web", "release", "postgres"}
    assert all("ports" not in service for service in services.values())
    mounted = [volume for service in services.values() for volume in service.get("volumes", [])]
    assert mounted == ["postgres:/var/lib/postgresql"]


def test_a_container_of_the_site_can_change_nothing_and_has_no_rights(rendered: Rendered) -> None:
    web = rendered()["services"]["web"]

    assert web["read_only"] is True
    assert web["user"] == "10001:10001"
    assert web["cap_drop"] == ["ALL"]


def test_the_release_is_done_before_the_site_starts_and_after_the_database_answers(rendered: Rendered) -> None:
    services = rendered()["services"]

    assert services["web"]["depends_on"]["release"] == {"condition": "service_completed_successfully"}
    assert services["release"]["depends_on"]["postgres"] == {"condition": "service_healthy"}
    assert "migrate" in services["release"]["command"]
    assert services["release"]["restart"] == "no"


def test_one_service_builds_the_image_of_all(rendered: Rendered) -> None:
    """Docker refuses images of the same name that are built at once."""
    services = rendered()["services"]

    assert [name for name, service in services.items() if "build" in service] == ["release"]
    assert services["web"]["image"] == services["release"]["image"]


def test_sqlite_is_on_a_volume_that_the_site_and_its_release_share(rendered: Rendered) -> None:
    found = rendered(deploy_database="sqlite")

    assert set(found["services"]) == {"web", "release"}
    assert all(service["volumes"] == ["data:/data"] for service in found["services"].values())
    assert "start.sh" not in found["services"]["web"]["command"]


def test_an_older_postgresql_keeps_its_files_where_its_image_looks(rendered: Rendered) -> None:
    postgres = rendered(compose_postgres="17")["services"]["postgres"]

    assert postgres["image"] == "postgres:17"
    assert postgres["volumes"] == ["postgres:/var/lib/postgresql/data"]


@pytest.mark.parametrize(
    ("services", "image"),
    [
        (["pgvector"], "pgvector/pgvector:pg18-trixie"),
        (["postgis"], "postgis/postgis:18-3.6"),
        (["celery"], "postgres:18"),
    ],
)
def test_postgresql_has_the_extensions_that_migrations_create(
    services: list[str], image: str, rendered: Rendered
) -> None:
    assert rendered(django_services=services)["services"]["postgres"]["image"] == image


@pytest.mark.parametrize("name", ["compose.server.yaml", "proxy.yaml", "rollout.sh", ".gitignore"])
def test_the_files_of_a_server_are_in_the_folder_of_the_overlay(name: str, project: Callable[..., Path]) -> None:
    text = (project() / "deploy" / name).read_text(encoding="utf-8")

    assert "deploy-overlay" in text
    if name == "rollout.sh":
        assert "www.example.com, example.com {" in text


@shows("platform-without-provisioning")
@pytest.mark.parametrize("verb", ["deploy", "plan", "status", "rollback", "backup", "destroy"])
def test_who_deploys_it_is_said_with_the_commands(verb: str, tmp_path: Path) -> None:
    world = World(tmp_path, name="library")
    world.project({}, deploy_platforms=["compose"], deploy_package="ops")

    ended = world.command(verb)

    assert ended.status == 1
    words = " ".join(ended.output.split())
    assert "to deploy, run `git pull` and `sh ops/rollout.sh` on your server, or `git push`" in words
    assert "ops/README.md has the commands for everything else." in words
