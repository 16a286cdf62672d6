"""PostgreSQL in a container of our files: its image has the extensions that the project's migrations create."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..base.answers import text, texts
from ..base.platform import Platform

# By the service of `django_services`. All are built on PostgreSQL's own image and keep its folders and variables.
IMAGES = {
    "postgis": "postgis/postgis:{version}-3.6",  # https://hub.docker.com/r/postgis/postgis
    "pgvector": "pgvector/pgvector:pg{version}-trixie",  # https://github.com/pgvector/pgvector#docker
}
PLAIN = "postgres:{version}"


def postgres_image(answers: Mapping[str, Any], platform: Platform | None) -> str:
    """The image of the database on this platform; "" where it is not a container of our files."""
    if platform is None or not platform.postgres_version:
        return ""
    version = text(answers, platform.postgres_version)
    image = next((IMAGES[kind] for kind in _extensions(answers)), PLAIN)
    return image.format(version=version)


def lacks_pgvector(answers: Mapping[str, Any], platform: Platform) -> bool:
    """Whether the project needs two extensions that no public image has together."""
    in_container = platform.postgres_version and text(answers, "deploy_database", "postgres") == "postgres"
    return bool(in_container) and len(_extensions(answers)) > 1


def _extensions(answers: Mapping[str, Any]) -> list[str]:
    services = texts(answers, "django_services")
    return [kind for kind in IMAGES if kind in services]
