"""Fly.io: what its program says when something is wrong, and how values reach it."""

from __future__ import annotations

from pathlib import Path

import pytest

from deploy_overlay.adapter.cli import Cli
from deploy_overlay.base.log import Log
from deploy_overlay.base.message import Failure
from deploy_overlay.base.programs import Finished
from deploy_overlay.platforms.fly.provision.program import tool as flyctl
from deploy_overlay.platforms.fly.provision.secret_lines import secret_line
from tests.platforms.simulated import fly_secrets


@pytest.mark.parametrize(
    ("said", "cure"),
    [
        ("To create more than 1 machine per app please add a payment method.", "Add a card"),
        ("We need your payment information to continue! Add a credit card or buy credit", "Add a card"),
        (
            'organization "Acme" is using 1970176 MB of memory in dfw which is over the allowed quota',
            "limit is reached",
        ),
        ("Your organization has reached its machine limit. Please contact billing@fly.io", "limit is reached"),
        ("Could not reserve resource for machine: insufficient memory available to fulfill request", "no capacity"),
        ("region bom requires an organization with a Launch plan or higher. See our plans", "fly platform regions"),
        ("region xyz not found", "fly platform regions"),
        ("server returned a non-200 status code: 401", "fly auth login"),
        ("server returned a non-200 status code: 429 Too Many Requests", "limits requests"),
        ('Post "https://api.fly.io/graphql": context deadline exceeded (Client.Timeout exceeded)', "cannot be reached"),
        ('failed to update app secrets: Post "https://api.machines.dev/v1/apps/a/secrets": EOF', "cannot be reached"),
    ],
)
def test_what_fly_io_says_has_its_cure(tmp_path: Path, said: str, cure: str) -> None:
    cli = Cli(flyctl(), "fly", tmp_path, Log(tmp_path / "log"))
    # An error of GraphQL has the query before it.
    query = "failed to run query($app: String!) { app { organization { billable paidPlan } region limit } }: "

    for text in (said, query + said):
        assert cure in str(cli.failure(Finished(("fly",), 1, "", f"Error: {text}"), "fly"))


@pytest.mark.parametrize(
    "value",
    [
        "plain",
        "two words",
        "a#b",
        "a #b",
        'say "hi"',
        "it's",
        "both \" and ' here",
        "first\nsecond",
        'a"b#c',
        " edges ",
        "last\r",
    ],
)
def test_secrets_arrive_as_they_were(value: str) -> None:
    assert fly_secrets.read(f"BEFORE=1\n{secret_line('NAME', value)}\nAFTER=2\n") == {
        "BEFORE": "1",
        "NAME": value,
        "AFTER": "2",
    }


def test_a_secret_that_flyctl_would_change_is_not_handed_over() -> None:
    """Its parser of standard input drops carriage returns at the ends of lines."""
    with pytest.raises(Failure, match="fly secrets set"):
        secret_line("NAME", "first\r\nsecond")
