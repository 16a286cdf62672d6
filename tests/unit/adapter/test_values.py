"""Values of variables: where they come from, and what is left without one."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from deploy_overlay.adapter.prompts import Prompts
from deploy_overlay.adapter.record import Record
from deploy_overlay.adapter.request import Request
from deploy_overlay.adapter.values import Values
from deploy_overlay.base.message import Failure, with_help_link
from tests.support.anchors import note, shows


def values(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, typed: str) -> Values:
    request = Request(terminal=True)
    monkeypatch.delenv("MAIL_PASSWORD", raising=False)
    monkeypatch.setattr(Prompts, "ask_hidden", lambda self, question: typed)
    return Values(request, Prompts(request, Record(tmp_path, "mars")), {}, variables=("MAIL_PASSWORD",))


def test_what_is_typed_in_is_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = values(tmp_path, monkeypatch, "typed-in")
    absent = asked.missing(["SECRET_KEY"])

    assert asked.settable_now(absent) == ["MAIL_PASSWORD"]
    assert asked.settable(absent) == {"MAIL_PASSWORD": "typed-in"}
    assert asked.lacking == []


def test_what_is_left_empty_is_asked_once_and_still_lacking(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = values(tmp_path, monkeypatch, "")
    assert set(asked.settable(asked.missing([]))) == {"SECRET_KEY"}

    absent = asked.missing(["SECRET_KEY"])

    assert asked.settable_now(absent) == []
    assert asked.lacking == ["MAIL_PASSWORD"]


@shows("variable-not-text")
@pytest.mark.skipif(os.name == "nt", reason="an environment there is text")
def test_a_value_that_is_not_text_is_refused_before_anything_is_created(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = values(tmp_path, monkeypatch, "")
    monkeypatch.setitem(os.environb, b"MAIL_PASSWORD", b"caf\xe9")

    with pytest.raises(Failure) as failure:
        asked.missing(["SECRET_KEY"])

    assert "MAIL_PASSWORD" in str(failure.value) and "caf" not in str(failure.value)
    note(with_help_link(str(failure.value), failure.value.anchor))
