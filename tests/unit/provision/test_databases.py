"""How an address reaches the programs of PostgreSQL, and what is an address."""

import pytest

from deploy_overlay.base.message import Failure
from deploy_overlay.provision.databases import libpq_environment


def test_parts_of_an_address_are_variables_of_libpq(monkeypatch: pytest.MonkeyPatch) -> None:
    """And nothing of the shell's own stands beside them."""
    monkeypatch.setenv("PGHOST", "development")
    monkeypatch.setenv("PGSERVICE", "development")
    monkeypatch.setenv("PGOPTIONS", "-c search_path=development")

    found, where = libpq_environment(
        "postgres://a%40b:p%2F%3A@db.example.com:6432/the%20site?sslmode=verify-full&conn_max_age=9"
    )

    assert {name: value for name, value in found.items() if name in ("PGHOST", "PGPORT", "PGUSER", "PGPASSWORD")} == {
        "PGHOST": "db.example.com",
        "PGPORT": "6432",
        "PGUSER": "a@b",
        "PGPASSWORD": "p/:",
    }
    assert (found["PGDATABASE"], found["PGSSLMODE"], where) == ("the site", "verify-full", "db.example.com:6432")
    assert "PGSERVICE" not in found
    assert "PGOPTIONS" not in found


@pytest.mark.parametrize(
    "url", ["", "mysql://a:b@c/d", "postgres://", "postgres://a:b@c:port/d", "sqlite:///db.sqlite3"]
)
def test_what_is_no_address_is_refused_without_being_shown(url: str) -> None:
    with pytest.raises(Failure) as failure:
        libpq_environment(url)

    assert "a:b" not in str(failure.value)


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgis", "postgresql+psycopg"])
def test_every_scheme_that_django_projects_use(scheme: str) -> None:
    assert libpq_environment(f"{scheme}://a:b@c/d")[1] == "c:5432"
