"""What people should know before they choose is said where they choose."""

from __future__ import annotations

import re

import pytest

from deploy_overlay.base.answer_forms import MANAGERS
from deploy_overlay.base.versions import NEWEST_EVERYWHERE, PYTHONS, version
from deploy_overlay.platforms import platforms
from deploy_overlay.platforms.questions import asked, platform_choices
from tests.support.template import REPOSITORY


def page(name: str) -> str:
    return " ".join((REPOSITORY / name).read_text(encoding="utf-8").split())


def test_what_a_platform_will_not_become_is_part_of_its_choice() -> None:
    (heroku,) = (text for text, name in platform_choices().items() if name == "heroku")
    assert "no new features since 2026" in heroku
    (fixed,) = (text for text, value in asked()["upsun_flavour"]["choices"].items() if value == "fixed")
    assert "existing customers only" in fixed


@pytest.mark.parametrize("name", ["README.md", "docs/index.md"])
def test_pages_that_lead_to_a_choice_say_it_with_the_way_out(name: str) -> None:
    text = page(name)
    assert "in sustaining engineering" in re.sub(r"\[|\]\([^)]*\)", "", text) and "since February 2026" in text
    assert "Upsun Fixed takes no new customers" in text
    assert re.search(r"\]\((docs/)?moves\.md\)", text)


def test_a_result_without_an_account_says_so() -> None:
    for name in ("README.md", "docs/support.md", "docs/reliability.md"):
        assert re.search(r"[Nn]o real account (was|is) used", page(name)), name


def test_the_page_on_trust_says_what_each_manager_may_run() -> None:
    told = page("docs/how-it-works.md").partition("## What `--trust` allows")[2]
    for manager in MANAGERS:
        assert manager in told.lower(), manager
    assert "docs/how-it-works.md#what-trust-allows" in page("README.md")


def test_whose_proxy_protects_from_slow_visitors() -> None:
    rows = dict(re.findall(r"\| ([A-Z][\w. ]+?) \| [^|]+ \| ([^|]+) \|", page("docs/performance.md")))
    for platform in platforms().values():
        (body,) = (text for name, text in rows.items() if name.startswith(platform.name) and "responses" not in text)
        assert body.startswith("yes") is platform.runs.buffers, platform.name


def test_the_newest_python_by_default_is_one_that_every_platform_has() -> None:
    offered = [one.runs.pythons for one in platforms().values() if one.runs.pythons]
    everywhere = set(PYTHONS).intersection(*offered)

    assert max(everywhere, key=version) == NEWEST_EVERYWHERE
