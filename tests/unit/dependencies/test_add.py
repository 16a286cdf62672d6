"""What is missing, compared with what the project declares."""

from pathlib import Path
from typing import Any

import pytest

from deploy_overlay.base.answers import Answers
from deploy_overlay.base.requirements import parse
from deploy_overlay.dependencies.add import Present, compared
from deploy_overlay.dependencies.manifests.declared import Declared
from deploy_overlay.dependencies.manifests.declared import declared as declared_by
from deploy_overlay.plan.packages import companions, wanted
from tests.support.hook import answers


def declared(production: list[str], elsewhere: list[str] | None = None) -> Declared:
    found = [item for text in production if (item := parse(text))]
    limits = [item for text in elsewhere or [] if (item := parse(text))]
    return declared_by(found, "3.13", limits)


def needs(**values: Any) -> list[str]:
    return [item.split(">")[0] for item in wanted(Answers(Path(), "x", answers("pip", **values)))]


def test_a_plain_project_with_postgresql() -> None:
    assert needs() == ["gunicorn", "whitenoise", "dj-database-url", "psycopg[binary]"]


@pytest.mark.parametrize(
    ("database", "engine", "driver"),
    [
        ("postgres", "sqlite", True),
        ("external", "postgresql", True),
        ("external", "mysql", False),
        ("sqlite", "sqlite", False),
    ],
)
def test_a_driver_where_postgresql_is_used(database: str, engine: str, driver: bool) -> None:
    assert ("psycopg[binary]" in needs(deploy_database=database, django_database=engine)) is driver


@pytest.mark.parametrize(
    "values", [{"django_services": ["channels"]}, {"django_wsgi": "", "django_asgi": "config.asgi:application"}]
)
def test_an_asgi_server_where_needed(values: dict[str, Any]) -> None:
    assert needs(**values)[-2:] == ["uvicorn[standard]", "uvicorn-worker"]


@pytest.mark.parametrize("driver", ["psycopg2==2.9", "psycopg2_binary", "Psycopg[c]", "psycopg-binary"])
def test_any_driver_will_do(driver: str) -> None:
    assert compared(["psycopg[binary]>=3.2"], declared([driver])) == ([], (Present(driver, ""),))


def test_pins_and_extras_stay() -> None:
    missing, present = compared(["gunicorn>=23.0", "whitenoise>=6.7"], declared(["Gunicorn[gevent]==20.1"]))
    assert missing == ["whitenoise>=6.7"]
    assert present == (Present("Gunicorn[gevent]==20.1", "23.0"),)


@pytest.mark.parametrize(
    ("written", "needed"),
    [
        ("gunicorn==20.1", "23.0"),
        ("gunicorn~=20.1", "23.0"),
        ("gunicorn>=20,<22", "23.0"),
        ("gunicorn==20.*", "23.0"),
        ("gunicorn==24.1", ""),
        ("gunicorn>=20", ""),
        ("gunicorn>=20,<30", ""),
        ("gunicorn", ""),
        ("gunicorn @ https://example.com/g.zip", ""),
    ],
)
def test_an_older_version_is_named(written: str, needed: str) -> None:
    assert compared(["gunicorn>=23.0"], declared([written]))[1] == (Present(written, needed),)


def test_development_only_counts_as_missing_in_its_own_version() -> None:
    assert compared(["gunicorn>=23.0"], declared([], ["gunicorn == 21.2"]))[0] == ["gunicorn==21.2"]
    assert compared(["psycopg[binary]>=3.2"], declared([], ["psycopg~=3.1"]))[0] == ["psycopg[binary]~=3.1"]
    assert compared(["gunicorn>=23.0"], declared([], ["gunicorn"]))[0] == ["gunicorn>=23.0"]


def test_a_driver_for_windows_only_counts_as_missing() -> None:
    found = declared(["psycopg2; sys_platform == 'win32'"])
    assert compared(["psycopg[binary]>=3.2"], found)[0] == ["psycopg[binary]>=3.2"]


@pytest.mark.parametrize(
    ("production", "added"),
    [
        (["uvicorn"], ["websockets>=13.0"]),
        (["uvicorn[standard]"], []),
        (["uvicorn", "wsproto"], []),
        (["daphne"], []),
    ],
)
def test_websockets_where_channels_needs_them(production: list[str], added: list[str]) -> None:
    given = Answers(Path(), "x", answers("pip", django_services=["channels"]))
    assert companions(given, declared(production).production) == added


@pytest.mark.parametrize(
    ("production", "role", "manager", "added"),
    [
        (["celery", "redis"], "queue", "pip", ["packaging>=24"]),
        (["celery==5.4.0", "redis==5.0.7"], "queue", "pip", ["packaging>=24"]),
        (["celery[redis]", "redis"], "queue", "pip", []),
        (["celery", "redis", "packaging"], "queue", "pip", []),
        (["celery", "redis", "kombu==5.3.7"], "queue", "pip", []),
        (["celery", "redis"], "cache", "pip", []),
        (["celery", "redis"], "queue", "uv", []),
        (["redis"], "queue", "pip", []),
    ],
)
def test_what_celery_needs_for_redis(production: list[str], role: str, manager: str, added: list[str]) -> None:
    stores = [{"kind": "redis", "roles": [role], "variables": ["REDIS_URL"], "fixed": []}]
    given = Answers(Path(), "x", answers(manager, django_services=["celery", "redis"], django_stores=stores))
    assert companions(given, declared(production).production) == added
