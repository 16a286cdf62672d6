"""Secrets do not reach the screen or a log."""

import pytest

from deploy_overlay.base.scrub import environment_secrets, hide, scrubbed


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("https://me:s3cret@example.com/simple", "https://***@example.com/simple"),
        ("git+https://tok3n@github.com/x", "git+https://***@github.com/x"),
        ("postgres://u:p%40ss@db:5432/x failed", "postgres://***@db:5432/x failed"),
        ("SECRET_KEY=abc def", "SECRET_KEY=*** def"),
        ('DJANGO_SECRET_KEY = "a b c" # x', "DJANGO_SECRET_KEY = *** # x"),
        ('{"api_token": "abc"}', '{"api_token": ***}'),
        ("Authorization: Bearer abcdefgh1234", "Authorization: Bearer ***"),
        ("FlyV1 fm2_lJPECAAAAA,fm2_abc", "FlyV1 ***"),
        ("ghp_0123456789abcdef", "***"),
        ("gunicorn==23.0 in /home/me", "gunicorn==23.0 in /home/me"),
        ("https://example.com/a@b", "https://example.com/a@b"),
        ("`upsun auth:info email` failed", "`upsun auth:info email` failed"),
        ("give postgres://USER:PASSWORD@HOST:5432/x", "give postgres://USER:PASSWORD@HOST:5432/x"),
        ("-e POSTGRES_PASSWORD=PASSWORD postgres", "-e POSTGRES_PASSWORD=PASSWORD postgres"),
        (
            "set it with `export RENDER_API_KEY=KEY`, then run it",
            "set it with `export RENDER_API_KEY=KEY`, then run it",
        ),
        ("write API_TOKEN='VALUE' into it. SECRET=TOKEN.", "write API_TOKEN='VALUE' into it. SECRET=TOKEN."),
        (
            "has no DATABASE_URL: add `DATABASE_URL=$DATABASE_URL`",
            "has no DATABASE_URL: add `DATABASE_URL=$DATABASE_URL`",
        ),
        ("The app needs SECRET_KEY: set it with this", "The app needs SECRET_KEY: set it with this"),
        ("a key with `upsun ssh-key:add`, then", "a key with `upsun ssh-key:add`, then"),
        ("SECRET_KEY: set\nPASSWORD: abc123 (2 days)", "SECRET_KEY: ***\nPASSWORD: *** (2 days)"),
        ("`SECRET_KEY=a`b` and SECRET_KEY=KEYS and TOKEN=KEY.1", "`SECRET_KEY=***` and SECRET_KEY=*** and TOKEN=***"),
        ("postgres://USER:PASSWORD1@host and PASSWORD=PASSWORD1", "postgres://***@host and PASSWORD=***"),
        ("PASSWORD=password", "PASSWORD=***"),
    ],
)
def test_shapes_of_secrets(text: str, shown: str) -> None:
    assert scrubbed(text, []) == shown


def test_secrets_of_the_environment() -> None:
    environ = {"MY_TOKEN": "longenough1", "DB_PWD": "short", "PWD": "/home/me/project", "HOME": "/home/me"}
    assert environment_secrets(environ) == ["longenough1"]
    assert scrubbed("sent longenough1 there", ["longenough1"]) == "sent *** there"


@pytest.mark.parametrize(
    "printed",
    [
        "pass/w\u00f6rd&\nline-7f3a0",
        r"pass\/w\u00f6rd&\nline-7f3a0",
        "pass/w\u00f6rd&\\nline-7f3a0",
        "pass%2Fw%C3%B6rd%26%0Aline-7f3a0",
        "cGFzcy93w7ZyZCYKbGluZS03ZjNhMA==",
    ],
    ids=["as it is", "JSON of PHP", "JSON", "in an address", "base64"],
)
def test_a_secret_is_hidden_in_every_form_that_programs_print(printed: str) -> None:
    hide("pass/w\u00f6rd&\nline-7f3a0")

    assert scrubbed(f"value: {printed} end", []) == "value: *** end"
