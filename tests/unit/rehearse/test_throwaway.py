"""The address of --postgres is taken as libpq understands it."""

import pytest

from deploy_overlay.rehearse.throwaway import address_of, server_address


@pytest.mark.parametrize(
    ("given", "understood"),
    [
        ("postgresql://u:p@db.example.com:5433/x", "postgres://u:p@db.example.com:5433/x?sslmode=prefer"),
        ("postgres://u:p@postgres", "postgres://u:p@postgres/postgres?sslmode=prefer"),
        ("postgres://u:p@h/x?connect_timeout=3", "postgres://u:p@h/x?connect_timeout=3&sslmode=prefer"),
        ("postgres://u:p@h/x?sslmode=verify-full", "postgres://u:p@h/x?sslmode=verify-full"),
    ],
)
def test_a_server_without_tls_will_do_where_its_address_demands_none(given: str, understood: str) -> None:
    """Settings of a platform demand TLS of every address that does not say otherwise."""
    assert server_address(given) == understood
    query = understood.partition("?")[2]
    assert address_of(server_address(given), "other").endswith(f"/other?{query}")
