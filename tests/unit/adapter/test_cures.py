"""What a platform's program says when something is wrong there, and what its user is told to do; words of the real programs."""

from __future__ import annotations

from pathlib import Path

import pytest

from deploy_overlay.adapter.cli import Cli
from deploy_overlay.adapter.cures import logged_out, not_permitted, refused
from deploy_overlay.base.log import Log
from deploy_overlay.base.programs import Finished
from deploy_overlay.platforms import adapter

SLOW, TROUBLE, LOGIN, FACTOR = "limits requests", "has a problem", "Log in again", "second factor"
REGISTRY = "KAMAL_REGISTRY_PASSWORD"
PAY, BUSY = "asks for payment", "is still working on this"
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
    ("render", "status 429: rate limit exceeded", SLOW),
    ("render", "status 503: service unavailable", TROUBLE),
    ("render", "status 402: Payment information is required", "dashboard.render.com/billing"),
    ("render", "failed to connect, or the connection was lost: timed out", BROKEN),
    ("upsun", "Client error: `GET ***/settings` resulted in a `429 Too Many Requests` response:", SLOW),
    ("upsun", "Server error: `GET ***/p` resulted in a `503 Service Unavailable` response:", TROUBLE),
    (
        "heroku",
        "Error: Your account is delinquent.\nError ID: delinquent",
        "https://dashboard.heroku.com/account/billing",
    ),
    ("heroku", "Error: HTTP Error 402 for POST https://api.heroku.com/apps", PAY),
    ("heroku", "Error: HTTP Error 409 for PATCH https://api.heroku.com/apps/shelf/formation", BUSY),
    ("heroku", "Error: Name shelf is already taken\nError ID: invalid_params", "-d deploy_name=NAME"),
    ("fly", "Error: failed to create app (status 409): Validation failed: Name has already been taken", "deploy_name"),
    ("fly", "Error: failed to create cluster (status 402): {}", PAY),
    ("fly", "Error: failed to create volume: your organization has past due invoices", "Pay what is due"),
    ("fly", "Error: failed to create machine (status 409): another operation is running", BUSY),
    (
        "upsun",
        "Client error: `POST ***/subscriptions` resulted in a `402 Payment Required` response:",
        "Pay what is due",
    ),
    ("upsun", "Client error: `POST ***/x` resulted in a `409 Conflict` response: {}", BUSY),
    ("upsun", "Client error: `POST ***/x` resulted in a `408 Request Timeout` response: {}", BROKEN),
    ("upsun", "PHP Fatal error:  Uncaught TypeError: a(): Argument #1 in a.php:503\n#0 b.php(9)", "cannot read"),
    ("kamal", 'Error response from daemon: Get "https://ghcr.io/v2/": denied: denied', REGISTRY),
    ("kamal", "unauthorized: incorrect username or password", REGISTRY),
    ("kamal", "login attempt to http://127.0.0.1:5000/v2/ failed with status: 401 Unauthorized", REGISTRY),
    ("kamal", 'Head "http://127.0.0.1:5000/v2/x/manifests/latest": no basic auth credentials', REGISTRY),
    ("kamal", "permission denied while trying to connect to the Docker daemon socket", "usermod -aG docker"),
    ("kamal", "target failed to become healthy within 120s\nGET /api 401 Unauthorized", "did not answer /readyz"),
]


@pytest.mark.parametrize(("name", "text", "cure"), SAID)
def test_what_is_wrong_on_the_platform_has_its_cure(name: str, text: str, cure: str, tmp_path: Path) -> None:
    cli = Cli(adapter(name).tool(), name, tmp_path, Log(tmp_path / "log"))

    told = str(cli.failure(Finished((name,), 1, "", text), name))

    assert cure in told, told
    assert "#0" not in told


@pytest.mark.parametrize("name", ["fly", "heroku", "render", "upsun"])
@pytest.mark.parametrize(
    "text",
    [
        'django.db.utils.ProgrammingError: relation "books" already exists',
        "Applying shop.0007_overdue_and_unpaid... failed",
        "ERROR: ResolutionImpossible: conflict between django 5.2 and 6.0",
        "OSError: [Errno 98] Address already in use",
    ],
)
def test_what_a_log_of_the_project_says_is_no_word_of_the_platform(name: str, text: str, tmp_path: Path) -> None:
    cli = Cli(adapter(name).tool(), name, tmp_path, Log(tmp_path / "log"))

    told = str(cli.failure(Finished((name,), 1, text, "The deployment failed."), name))

    assert not [cure for cure in (PAY, BUSY, "Pay what is due", "deploy_name") if cure in told], told


@pytest.mark.parametrize(
    ("text", "definite"),
    [
        ("Error: Name shelf is already taken\nError ID: invalid_params", True),
        ("Error: failed to create app (status 409): Name has already been taken", True),
        ("resulted in a `402 Payment Required` response: {}", True),
        ("resulted in a `422 Unprocessable Entity` response: {}", True),
        ("resulted in a `403 Forbidden` response: {}", True),
        ("resulted in a `409 Conflict` response: another operation is running", False),
        ("resulted in a `408 Request Timeout` response: {}", False),
        ("resulted in a `429 Too Many Requests` response: {}", False),
        ("resulted in a `504 Gateway Timeout` response: {}", False),
        ("read tcp: connection reset by peer", False),
    ],
)
def test_only_a_platforms_own_no_says_that_nothing_was_made(text: str, definite: bool) -> None:
    assert refused(Finished(("fly",), 1, "", text)) is definite


@pytest.mark.parametrize(
    ("status", "text"),
    [(-11, ""), (-9, "creating ..."), (137, "Killed"), (1, ""), (2, "panic: runtime error: index out of range")],
)
def test_a_program_that_crashed_says_nothing_of_what_was_made(status: int, text: str) -> None:
    assert not refused(Finished(("fly",), status, "", text))


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


@pytest.mark.parametrize(
    ("said", "denied"),
    [
        ("Error: failed to list clusters (status 403): {}", True),
        ("Error: Not authorized to access this organization", True),
        (
            " \u203a   Error: The scope of this OAuth authorization does not allow\n \u203a   access to this resource.",
            True,
        ),
        ("Client error: `GET ***/organizations` resulted in a `403 Forbidden` response:", True),
        ("Error: failed to list clusters (status 502): <html></html>", False),
        ("Error: Couldn't find that app.", False),
    ],
)
def test_what_whoever_is_logged_in_may_not_see(said: str, denied: bool) -> None:
    assert not_permitted(Finished(1, "", said)) == denied
