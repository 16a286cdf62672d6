"""A rollback on a platform that has none."""

from __future__ import annotations

from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from deploy_overlay.adapter.request import Request
from deploy_overlay.base.message import Failure, with_help_link
from deploy_overlay.provision.rollback import plan_rollback
from tests.support.anchors import note, shows


@shows("no-rollback")
def test_a_platform_that_cannot_do_it_is_named_with_what_to_do_instead() -> None:
    answers = SimpleNamespace(values={}, answers_file=".copier-answers.yml")
    mars = SimpleNamespace(tool=SimpleNamespace(title="Mars"))
    site: Any = SimpleNamespace(answers=answers, cli=mars, request=Request(environment="staging"))

    with pytest.raises(Failure) as raised:
        plan_rollback("mars", ModuleType("mars"), site)

    note(with_help_link(str(raised.value), raised.value.anchor))
    assert str(raised.value).startswith("Mars cannot roll back: check out an older commit and")
    assert "deploy --environment staging`" in str(raised.value)
