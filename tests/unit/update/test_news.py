"""News for users: shown by the update that crosses the version, and by no other; a retiring platform is named."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from deploy_overlay.base.answers import Answers
from deploy_overlay.platforms import fly
from deploy_overlay.update.news import News, news_for

NEWS = (News("1.2.0", lambda answers: "fly" in answers.texts("deploy_platforms"), "Deploy again."),)
ON_FLY = Answers(Path(), ".copier-answers.yml", {"deploy_platforms": ["fly"]})
ELSEWHERE = Answers(Path(), ".copier-answers.yml", {"deploy_platforms": []})


@pytest.mark.parametrize(("old", "new", "count"), [("1.1.0", "1.2.0", 1), ("1.0.0", "2.0.0", 1), ("1.2.0", "1.3.0", 0)])
def test_only_the_update_that_crosses_it(old: str, new: str, count: int) -> None:
    assert len(news_for(ON_FLY, old, new, NEWS)) == count
    assert news_for(ELSEWHERE, old, new, NEWS) == []


def test_a_retiring_platform_is_named_with_its_date(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fly, "PLATFORM", replace(fly.PLATFORM, status="deprecated until 2027-06-30, use heroku"))

    assert news_for(ON_FLY, "1.1.0", "1.1.0") == [
        "Fly.io is supported until 2027-06-30: use heroku.",
        "How to switch: https://org.github.io/deploy-overlay/deprecation/",
    ]
