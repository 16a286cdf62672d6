"""Where the image is kept, as an answer says it and as platforms allow it."""

from __future__ import annotations

import dataclasses

import pytest

from deploy_overlay.base.platform import Platform
from deploy_overlay.plan import plan
from deploy_overlay.plan.registry import default_registry, registry_problem, registry_user_problem
from deploy_overlay.platforms import platform

BUILDS = platform("fly")
PULLS = dataclasses.replace(BUILDS, name="Stall", build="registry")
STARTS_ONE = dataclasses.replace(PULLS, name="Cart", registry="localhost:5555")


@pytest.mark.parametrize(
    ("given", "image", "user", "local"),
    [
        ("ghcr.io/ada", "ghcr.io/ada/shelf", "ada", False),
        ("registry.gitlab.com/group/project", "registry.gitlab.com/group/project/shelf", "group", False),
        ("registry.example.com:5000/", "registry.example.com:5000/shelf", "", False),
        ("localhost:5555", "localhost:5555/shelf", "", True),
    ],
)
def test_an_image_is_named_after_the_registry_and_the_site(given: str, image: str, user: str, local: bool) -> None:
    found = plan({"deploy_registry": given, "deploy_name": "shelf"}).registry

    assert (found.image, found.user, found.local) == (image, user, local)
    assert registry_problem(given, [STARTS_ONE]) == ""


def test_who_logs_in_can_be_another_than_the_account() -> None:
    found = plan({"deploy_registry": "docker.io/company", "deploy_registry_user": "ada"}).registry

    assert (found.account, found.user) == ("company", "ada")


@pytest.mark.parametrize(
    "given",
    ["", "ada", "https://ghcr.io/ada", "ghcr.io/Ada", "ghcr.io/ada:latest", "ghcr.io/ada shelf", "ghcr.io/$(id)", "/"],
)
def test_what_no_registry_is_called_is_refused(given: str) -> None:
    assert registry_problem(given, [STARTS_ONE])


@pytest.mark.parametrize(
    ("given", "fine"), [("ada", True), ("robot$ci", True), ("", True), ("-p", False), ("a b", False)]
)
def test_a_login_name_is_one_word(given: str, fine: bool) -> None:
    assert (registry_user_problem(given) == "") == fine


@pytest.mark.parametrize(
    ("platforms", "proposed"),
    [([BUILDS, STARTS_ONE], "localhost:5555"), ([PULLS], ""), ([STARTS_ONE, PULLS], ""), ([BUILDS], "")],
)
def test_a_registry_is_proposed_where_every_platform_starts_it(platforms: list[Platform], proposed: str) -> None:
    assert default_registry(platforms) == proposed


def test_a_registry_of_the_machine_that_pushes_is_refused_where_a_platform_cannot_reach_it() -> None:
    assert registry_problem("localhost:5555", [STARTS_ONE, BUILDS]) == ""
    assert registry_problem("localhost:5555", [STARTS_ONE, PULLS]).startswith("Stall cannot reach")
