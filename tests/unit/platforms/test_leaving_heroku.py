"""Which config vars of an app are its owner's, by their names."""

from __future__ import annotations

import pytest

from deploy_overlay.adapter.leaving import is_apex
from deploy_overlay.platforms.heroku.leaving import is_usual, reason


@pytest.mark.parametrize(
    "name",
    [
        "PORT",
        "WEB_CONCURRENCY",
        "DJANGO_SETTINGS_MODULE",
        "DISABLE_COLLECTSTATIC",
        "HEROKU_POSTGRESQL_GREEN_URL",
        "PYTHONPATH",
    ],
)
def test_what_heroku_sets_for_itself_stays(name: str) -> None:
    assert reason(name)


@pytest.mark.parametrize(
    "name", ["SECRET_KEY", "EMAIL_HOST", "STRIPE_KEY", "LANGUAGE_CODE", "REPORT_TO", "TZ", "MY_PORT"]
)
def test_what_its_owner_has_set_moves(name: str) -> None:
    assert not reason(name)


def test_a_buildpack_that_the_new_site_does_not_need() -> None:
    assert is_usual("heroku/python") and is_usual("https://github.com/heroku/heroku-buildpack-nodejs.git")
    assert not is_usual("https://github.com/heroku/heroku-buildpack-apt")


@pytest.mark.parametrize(
    ("name", "apex"),
    [("example.com", True), ("www.example.com", False), ("example.co.uk", True), ("shop.example.co.uk", False)],
)
def test_a_domain_that_can_have_no_cname(name: str, apex: bool) -> None:
    assert is_apex(name) is apex
