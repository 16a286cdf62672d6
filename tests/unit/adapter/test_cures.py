"""What a platform's program says when something is wrong there, and what its user is told to do; words of the real programs."""

from __future__ import annotations

from pathlib import Path

import pytest

from deploy_overlay.adapter.cli import Cli
from deploy_overlay.adapter.cures import logged_out
from deploy_overlay.base.log import Log
from deploy_overlay.base.programs import Finished
from deploy_overlay.platforms import adapter

SLOW, TROUBLE, LOGIN, FACTOR = "limits requests", "has a problem", "Log in again", "second factor"
UNREADABLE, BROKEN = "cannot read its answer", "cannot be reached, or the connection"
SAID = [
    ("fly", "Error: failed to run query { viewer { id } }: server returned a non-200 status code: 429", SLOW),
    ("fly", "Error: failed fetching org: returned error 401: {}", LOGIN),
    ("fly", 'Error: failed to list clusters (status 403): {"id": "two_factor"}', FACTOR),
    ("fly", "Error: failed to list clusters (status 403): {}", "has no permission"),
    ("fly", "Error: failed to create cluster (status 502): <html></html>", TROUBLE),
    ("fly", "Error: failed to decode response, please try again: unexpected end of JSON input", UNREADABLE),
    ("fly", "Error: failed to run query($slug: String!) { organization }: decoding response: unexpected EOF", BROKEN),
    ("heroku", "Error: Your account reached the API rate limit. Please wait a few minutes.", SLOW),
    ("heroku", "Error: A second authentication factor or pre-authorization is required.", FACTOR),
    ("heroku", "Error: HTTP Error 503 for GET https://api.heroku.com/account", TROUBLE),
    (
        "heroku",
        " \u203a   Error: Please verify your\n \u203a   account to install this plan",
        "https://heroku.com/verify",
    ),
    ("upsun", "Client error: `GET ***/settings` resulted in a `429 Too Many Requests` response:", SLOW),
    ("upsun", "Server error: `GET ***/p` resulted in a `503 Service Unavailable` response:", TROUBLE),
    ("upsun", "PHP Fatal error:  Uncaught TypeError: a(): Argument #1 in a.php:503\n#0 b.php(9)", "cannot read"),
]


@pytest.mark.parametrize(("name", "text", "cure"), SAID)
def test_what_is_wrong_on_the_platform_has_its_cure(name: str, text: str, cure: str, tmp_path: Path) -> None:
    cli = Cli(adapter(name).tool(), name, tmp_path, Log(tmp_path / "log"))

    told = str(cli.failure(Finished((name,), 1, "", text), name))

    assert cure in told, told
    assert "#0" not in told


@pytest.mark.parametrize(
    ("text", "out"),
    [
        ("", True),
        ("Error: no access token available. Please login with 'flyctl auth login'", True),
        ("Error: Invalid credentials provided.\nError ID: unauthorized", True),
        ("Your session has expired. You have been logged out.", True),
        ("server returned a non-200 status code: 429", False),
        ("In AccessToken.php line 96:\n  Required option not passed: \"access_token\"", False),
        ("Post https://api.example.com: dial tcp: lookup api.example.com: no such host", False),
    ],
)  # fmt: skip
def test_a_platform_that_does_not_answer_is_not_taken_for_nobody_being_logged_in(text: str, out: bool) -> None:
    assert logged_out(Finished(("fly",), 1, "", text)) is out
