"""Public projects are tried with values that their variables can have."""

import pytest

from tests.public import made_up


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SENTRY_DSN", "https://key@example.com/1"),
        ("SITE_URL", "https://example.com/"),
        ("EMAIL_PORT", "5000"),
        ("ADMIN_EMAIL", "someone@example.com"),
        ("API_TIMEOUT", "5"),
        ("STRIPE_KEY", "made-up-value-of-stripe_key-0123456789"),
    ],
)
def test_a_variable_gets_a_value_of_the_form_that_its_name_speaks_of(name: str, value: str) -> None:
    assert made_up(name) == value
