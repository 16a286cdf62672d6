"""Upsun, from `git push`; Flex, and Fixed (formerly Platform.sh): https://docs.upsun.com/get-started/stacks/django.html"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..answers import Answers

NAME = "Upsun"
STATUS = "stable"
FILES = {
    ".upsun/config.yaml": "how Upsun builds and runs the site",
    ".platform.app.yaml": "how Upsun Fixed builds and runs the site",
    ".platform/routes.yaml": "its addresses",
    ".platform/services.yaml": "its database",
}
# Euros a month with the smallest sizes: https://upsun.com/pricing/
CURRENCY = "euros"
PRICES_READ = "2026-11-22"
PROJECT, USER, APP, DATABASE = 9, 10, 6, 10


def parts_of(answers: Answers) -> list[tuple[str, int]]:
    """What a Flex project costs, by what it is for."""
    parts = [("project", PROJECT), ("user", USER), ("app", APP)]
    return [*parts, ("database", DATABASE)] if answers.text("deploy_database") == "postgres" else parts


def price(answers: Answers) -> str:
    """What the answers cost a month."""
    if answers.text("upsun_flavour") == "fixed":
        return f"the plan {answers.text('upsun_plan')}: https://upsun.com/pricing-fixed/"
    parts = parts_of(answers)
    total = sum(sum_ for _, sum_ in parts)
    return f"about {total} euros: {', '.join(f'{what} {sum_}' for what, sum_ in parts)}"


def replaced(answers: Answers) -> dict[str, str]:
    """Flex reads its folder alone: https://docs.upsun.com/create-apps/app-reference/single-runtime-image.html"""
    if answers.text("upsun_flavour") != "flex":
        return {}
    return {".platform.app.yaml": "only Fixed reads it: git rm it once you moved"}


def asks_for(before: Answers, answers: Answers) -> list[str]:
    old, new = before.text("upsun_flavour"), answers.text("upsun_flavour")
    if not old or old == new:
        return []
    return [f"No Upsun project turns from {old} into {new}: create one, carry the data over, then move the domain."]
