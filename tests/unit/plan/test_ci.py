"""What continuous deployment takes from the answers."""

from __future__ import annotations

from typing import Any

import pytest

from deploy_overlay.plan.asked_files import asked_files
from deploy_overlay.plan.ci import trial_values
from deploy_overlay.plan.excluded import excluded
from deploy_overlay.platforms import platforms

REQUIRED = [
    "SECRET_KEY",
    "SENTRY_DSN",
    "SHOP_URL",
    "MAIL_PORT",
    "ADMIN_EMAIL",
    "SEARCH_HOST",
    "STRIPE_KEY",
    "DATABASE_URL",
]


def test_a_rehearsal_gets_a_value_for_each_variable_that_its_owner_sets() -> None:
    answers: dict[str, Any] = {
        "django_required_env": REQUIRED,
        "deploy_database": "external",
        "deploy_platforms": ["fly"],
    }

    found = trial_values(answers, [platforms()["fly"]])

    assert found == {
        "ADMIN_EMAIL": "nobody@example.com",
        "MAIL_PORT": "1",
        "SEARCH_HOST": "example.com",
        "SENTRY_DSN": "https://key@example.com/1",
        "SHOP_URL": "https://example.com",
        "STRIPE_KEY": "rehearsal",
    }


@pytest.mark.parametrize(
    ("answers", "wanted", "others"),
    [
        ({}, [], {".github", "renovate.json", ".gitlab-ci.yml"}),
        (
            {"deploy_ci": "github"},
            [".github/workflows/deploy.yml"],
            {".github/workflows/deploy-overlay.yml", "renovate.json", ".gitlab-ci.yml"},
        ),
        ({"deploy_ci": "gitlab", "deploy_updates": ["renovate"]}, ["renovate.json", ".gitlab-ci.yml"], {".github"}),
        (
            {"deploy_ci": "none", "deploy_updates": ["github"]},
            [".github/workflows/deploy-overlay.yml"],
            {".github/workflows/deploy.yml", "renovate.json", ".gitlab-ci.yml"},
        ),
    ],
)
def test_files_that_an_answer_asks_for(answers: dict[str, Any], wanted: list[str], others: set[str]) -> None:
    assert list(asked_files(answers)) == wanted
    patterns = excluded({"deploy_platforms": [], "deploy_kept_files": []} | answers, platforms())
    named = (".github", ".gitlab", "renovate")
    assert {path for one in patterns if (path := one.removeprefix("/")).startswith(named)} == others


def test_every_platform_that_can_be_deployed_to_says_how_a_machine_does_it() -> None:
    for key, platform in platforms().items():
        # Render deploys a push itself when its checks have passed; Kamal's own values are not a token.
        if platform.adapter and key not in ("render", "kamal"):
            assert platform.ci is not None
            if platform.ci.program is None:
                continue
            assert platform.ci.program.archive.startswith("https://")
            assert platform.ci.program.version in platform.ci.program.archive
            assert len(platform.ci.program.sha256) == 64
