"""An address at this end of a tunnel."""

import pytest

from deploy_overlay.adapter.tunnel import through


@pytest.mark.parametrize(
    ("url", "here"),
    [
        ("postgres://a:b%2F@pgbouncer.x1.flympg.net/site", "postgres://a:b%2F@127.0.0.1:9/site"),
        ("postgres://a:b@db.flycast:5432/s?sslmode=disable", "postgres://a:b@127.0.0.1:9/s?sslmode=disable"),
        ("postgres://a:b@db.internal/s?sslmode=verify-full", "postgres://a:b@127.0.0.1:9/s?sslmode=require"),
        ("postgres://db.internal/s", "postgres://127.0.0.1:9/s"),
    ],
)
def test_it_is_this_machine_and_the_certificate_has_another_name(url: str, here: str) -> None:
    assert through(url, 9) == here
