"""The project's variables: which one is the secret key, and which are parts of DATABASE_URL."""

from __future__ import annotations

import pytest

from deploy_overlay.plan.variables import address_parts, database_parts, secret_key_name


def test_parts_of_a_database_address_are_recognised() -> None:
    names = [
        "POSTGRES_PASSWORD",
        "AZURE_POSTGRESQL_HOST",
        "PGHOST",
        "DB_NAME",
        "DJANGO_DB_USER",
        "DATABASE_PORT",
        "DATABASE_URL",
        "STRIPE_KEY",
        "DB_BACKUP_HOST",
        "POSTGRES_ADDRESS",
        "DATABASES_SERVER",
        "DATABASE_ADDRESS_BOOK",
    ]

    assert database_parts(names) == {
        "POSTGRES_PASSWORD": "password",
        "AZURE_POSTGRESQL_HOST": "host",
        "PGHOST": "host",
        "DB_NAME": "name",
        "DJANGO_DB_USER": "user",
        "DATABASE_PORT": "port",
        "POSTGRES_ADDRESS": "host",
        "DATABASES_SERVER": "host",
    }


def test_an_address_beside_a_port_is_a_host() -> None:
    assert address_parts(["REDIS_ADDRESS", "REDIS_PORT"]) == {"REDIS_ADDRESS": "host", "REDIS_PORT": "port"}
    assert address_parts(["REDIS_ADDRESS", "REDIS_PASSWORD"]) == {"REDIS_ADDRESS": "url", "REDIS_PASSWORD": "password"}
    assert address_parts(["REDIS_URL", "REDIS_HOSTNAME"]) == {"REDIS_URL": "url", "REDIS_HOSTNAME": "host"}


@pytest.mark.parametrize(
    ("required", "name"),
    [
        ([], "SECRET_KEY"),
        (["DJANGO_SECRET_KEY"], "DJANGO_SECRET_KEY"),
        (["AWS_SECRET_ACCESS_KEY", "STRIPE_SECRET_KEY"], "SECRET_KEY"),
        (["DJANGO_SECRET"], "DJANGO_SECRET"),
        (["SECRET"], "SECRET"),
    ],
)
def test_the_projects_own_name_of_the_secret_key_is_used(required: list[str], name: str) -> None:
    assert secret_key_name(required) == name
