"""What a move tells before it begins."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from deploy_overlay.adapter.leaving import Domain, OldSite
from deploy_overlay.base.answers import Answers
from deploy_overlay.plan import plan
from deploy_overlay.platforms import platform
from deploy_overlay.provision.move.report import Inventory, before
from deploy_overlay.provision.move.variables import VariableMoves


def inventory(domains: str, *old: str) -> Inventory:
    answers = Answers(Path("/project"), ".copier-answers.yml", {"deploy_name": "shelf", "deploy_domains": domains})
    site: Any = SimpleNamespace(
        answers=answers,
        plan=plan(answers.values, platform("fly")),
        cli=SimpleNamespace(tool=SimpleNamespace(title="Fly.io")),
        values=SimpleNamespace(secret_key="SECRET_KEY"),
    )
    there = OldSite(
        platform="Heroku", name="shelf-old", place="us", address="https://shelf-old.herokuapp.com", commit="", variables={},
        own={}, files=frozenset(), translated=frozenset(), database="", parts=(),
        domains=tuple(Domain(name, "", "yours") for name in old), processes={}, closed=False, cost=0,
    )  # fmt: skip
    return Inventory(there, site, VariableMoves({}, (), (), {}), None)


@pytest.mark.parametrize("known", ["example.com,www.example.com", "example.com www.example.com"])
def test_domains_that_the_new_site_knows_are_not_asked_for(known: str) -> None:
    told = before(inventory(known, "example.com", "www.example.com"))

    assert not [text for text in told if "deploy_domains" in text]


def test_a_domain_that_it_lacks_comes_behind_those_that_it_has() -> None:
    told = before(inventory("example.com,www.example.com", "www.example.com", "shop.example.com"))

    assert any("deploy_domains=example.com,www.example.com,shop.example.com" in text for text in told)
