"""Upsun, Flex and Fixed: what it tells a site is understood.

That its files are valid, and that a site is built and runs from them, is in tests/slow/platforms.
"""

from __future__ import annotations

import base64
import importlib.util
import json
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tests.support.template import REPOSITORY


def runtime() -> ModuleType:
    """deploy/platforms/upsun.py as a project has it."""
    path = REPOSITORY / "template" / "project" / "{{ deploy_folder }}" / "platforms" / "upsun.py"
    spec = importlib.util.spec_from_file_location("rendered_upsun", path)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def upsun_environ(**values: object) -> dict[str, str]:
    """Variables that hold objects, as Upsun writes them, in an app that is called `app`."""
    named = {name: base64.b64encode(json.dumps(value).encode()).decode() for name, value in values.items()}
    return {"PLATFORM_APPLICATION_NAME": "app", **named}


def route(upstream: str = "app", **more: object) -> dict[str, object]:
    return {"type": "upstream", "upstream": upstream, "primary": False, **more}


def test_hosts_are_those_of_the_apps_own_routes_with_the_primary_one_first() -> None:
    routes = {
        "https://shop.example.com/": route(),
        "https://example.com/": route("app:http", primary=True),
        "https://www.example.com/": {"type": "redirect", "to": "https://example.com/"},
        "http://example.com/": {"type": "redirect", "to": "https://example.com/"},
        "https://api.example.com/": route("api"),
        "https://old.example.com/": {"type": "redirect", "to": "https://elsewhere.example.net/"},
        "https://*.members.example.com/": route(),
    }

    hosts = runtime().hosts(upsun_environ(PLATFORM_ROUTES=routes))

    assert hosts == ["example.com", "shop.example.com", ".members.example.com", "www.example.com"]


def test_during_the_build_there_is_neither_host_nor_database() -> None:
    environ = upsun_environ()

    assert runtime().running(environ)
    assert runtime().hosts(environ) == []
    assert runtime().database_url(environ) is None
    assert runtime().provided(environ) == {}


ENDPOINT = {
    "scheme": "pgsql", "username": "main", "password": "p@ss/word", "host": "database.internal", "port": 5432,
    "path": "main", "query": {"is_master": True},
}  # fmt: skip

REPLICA = ENDPOINT | {"host": "replica.internal", "query": {"is_master": False}}

ADDRESS = "postgres://main:p%40ss%2Fword@database.internal:5432/main"


@pytest.mark.parametrize(
    ("relationships", "address"),
    [
        ({"database": [ENDPOINT]}, ADDRESS),
        ({"database": [REPLICA, ENDPOINT]}, ADDRESS),
        ({"other": [REPLICA], "database": [ENDPOINT]}, ADDRESS),
        ({"db": [ENDPOINT], "cache": [{"scheme": "redis", "host": "redis.internal"}]}, ADDRESS),
        ({"db": [ENDPOINT | {"scheme": "mysql", "port": 3306}]}, ADDRESS.replace("postgres", "mysql").replace("5432", "3306")),
        ({"one": [ENDPOINT], "two": [REPLICA]}, "postgres://elsewhere/db"),
        ({}, "postgres://elsewhere/db"),
    ],
)  # fmt: skip
def test_the_database_is_the_relationship(relationships: dict[str, Any], address: str) -> None:
    environ = upsun_environ(PLATFORM_RELATIONSHIPS=relationships) | {"DATABASE_URL": "postgres://elsewhere/db"}

    assert runtime().database_url(environ) == address


@pytest.mark.parametrize(
    ("endpoint", "address"),
    [
        ({"scheme": "valkey", "host": "redis.internal", "port": 6379, "password": None}, "redis://redis.internal:6379"),
        ({"scheme": "redis", "host": "r.internal", "port": 6380, "password": "a/b"}, "redis://:a%2Fb@r.internal:6380"),
    ],
)
def test_redis_is_the_relationship_that_speaks_its_protocol(endpoint: dict[str, Any], address: str) -> None:
    environ = upsun_environ(PLATFORM_RELATIONSHIPS={"database": [ENDPOINT], "redis": [endpoint]})

    assert runtime().provided(environ)["REDIS_URL"] == address
    assert "REDIS_URL" not in runtime().provided(upsun_environ(PLATFORM_RELATIONSHIPS={"database": [ENDPOINT]}))


def test_what_is_provided_includes_the_mount_only_where_it_is(tmp_path: Path) -> None:
    environ = upsun_environ(PLATFORM_RELATIONSHIPS={"database": [ENDPOINT]})
    environ |= {"PLATFORM_PROJECT_ENTROPY": "e" * 56, "PLATFORM_APP_DIR": str(tmp_path)}

    without = runtime().provided(environ)
    (tmp_path / "deploy-data").mkdir()
    with_mount = runtime().provided(environ)

    assert without == {"SECRET_KEY": "e" * 56, "DATABASE_URL": ADDRESS}
    data = str(tmp_path / "deploy-data")
    assert with_mount == without | {"DEPLOY_DATA": data, "MEDIA_ROOT": str(tmp_path / "deploy-data" / "media")}
