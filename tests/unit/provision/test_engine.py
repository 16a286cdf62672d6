"""How long a run waits for what was ordered: as long as there is a sign of it, and not much longer."""

from __future__ import annotations

import contextlib
import dataclasses
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from deploy_overlay.adapter.cli import Cli, NotPermitted, Tool
from deploy_overlay.adapter.record import Record
from deploy_overlay.adapter.steps import Command, HandStep, Observation, Step
from deploy_overlay.base.log import Log
from deploy_overlay.base.message import Failure
from deploy_overlay.provision import engine

TOOL = Tool(("moon",), "Moon", ("version",), (1,), ("whoami",), "moon login", {})


def carried_out(step: Step, folder: Path) -> engine.Progress:
    """What is done once the engine has looked, done nothing (there is no command) and looked again; raises Failure."""
    log, progress = Log(folder / "log"), engine.Progress()
    engine.carry_out([step], Cli(TOOL, "moon", folder, log), Record(folder, "moon"), log, progress)
    return progress


def step(told: Iterable[Observation]) -> Step:
    answers = iter(told)
    return Step("release", "release", lambda: next(answers), commands=lambda: [], patience=600, pause=0.05)


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "NO_SIGN", 0.2)
    monkeypatch.setattr(engine, "FIRST_PAUSE", 0.05)


def endless(seen: Observation) -> Iterable[Observation]:
    while True:
        yield seen


def test_what_shows_no_sign_is_not_waited_for(tmp_path: Path) -> None:
    began = time.monotonic()
    with pytest.raises(Failure) as failed:
        carried_out(step(endless(Observation(False))), tmp_path)
    assert failed.value.anchor == "not-there-yet"
    assert time.monotonic() - began < 60, "the patience for what is under way"


def test_what_is_under_way_is_waited_for(tmp_path: Path) -> None:
    end = time.monotonic() + 0.6  # three times as long as without a sign

    def under_way() -> Iterable[Observation]:
        while time.monotonic() < end:
            yield Observation(False, pending=True)
        yield Observation(True)

    assert carried_out(step(under_way()), tmp_path).done == ["release"]


def refused() -> Observation:
    raise NotPermitted("`moon list` failed: status 403", anchor="platform-refused")


def test_what_a_token_may_not_look_at_is_there_if_something_else_shows_it(tmp_path: Path) -> None:
    database = Step("database", "database", refused, commands=lambda: [], shown=lambda: "DATABASE_URL is set")

    seen = engine.observe_steps([database]).by_step["database"]

    assert (seen.done, seen.text) == (True, "DATABASE_URL is set; your account cannot see it")
    assert carried_out(database, tmp_path).there == ["database"]


@pytest.mark.parametrize("shown", [None, lambda: ""])
def test_without_that_it_is_a_refusal(shown: Callable[[], str] | None) -> None:
    with pytest.raises(NotPermitted):
        engine.observe_steps([Step("database", "database", refused, commands=lambda: [], shown=shown)])


@pytest.mark.parametrize("optional", [False, True])
@pytest.mark.parametrize(
    "seen", [Observation(False, problem="Moon does not allow it."), Observation(False, failed="Moon gave up.")]
)
def test_a_run_goes_on_without_what_is_optional(seen: Observation, optional: bool, tmp_path: Path) -> None:
    refused = dataclasses.replace(step(endless(seen)), optional=optional)
    if not optional:
        with pytest.raises(Failure):
            carried_out(refused, tmp_path)
        return

    progress = carried_out(refused, tmp_path)

    assert (progress.done, progress.there, progress.skipped) == ([], [], ["release"])


def by_hand(told: Iterable[Observation]) -> Step:
    return dataclasses.replace(step(told), by_hand="Open https://moon.example/new", creates="shelf")


def test_a_run_ends_at_what_is_the_owners_to_do_and_takes_it_as_its_own_afterwards(tmp_path: Path) -> None:
    with pytest.raises(HandStep, match="Open https"):
        carried_out(by_hand([Observation(False)]), tmp_path)

    assert Record(tmp_path, "moon").owns("release", "shelf")
    assert carried_out(by_hand([Observation(True)]), tmp_path).there == ["release"]


def test_what_comes_by_itself_after_a_step_of_the_owners_is_waited_for(tmp_path: Path) -> None:
    assert carried_out(by_hand([Observation(False, pending=True), Observation(True)]), tmp_path).done == ["release"]


def test_what_a_platform_shows_late_is_waited_for(tmp_path: Path) -> None:
    late = iter([Observation(False)] * 3)
    marked = Step("mark", "mark", lambda: next(late, Observation(True)), commands=lambda: [])

    assert carried_out(marked, tmp_path).done == ["mark"]


def test_what_was_just_created_may_not_be_readable_yet(tmp_path: Path) -> None:
    def unreadable() -> Observation:
        if next(tries):
            raise Failure("`moon info` failed: no such app", anchor="platform-refused")
        return Observation(True)

    tries = iter([1, 0])
    created = step([Observation(False), Observation(True)])
    log, progress = Log(tmp_path / "log"), engine.Progress()
    steps = [created, Step("mark", "mark", unreadable, commands=lambda: [])]
    engine.carry_out(steps, Cli(TOOL, "moon", tmp_path, log), Record(tmp_path, "moon"), log, progress)

    assert (progress.done, progress.there) == (["release"], ["mark"])


def test_what_changes_something_is_looked_at_again_at_once(tmp_path: Path) -> None:
    """Its owner may have changed it since the plan."""
    seen = iter([Observation(False), Observation(True)])
    variables = Step("variables", "variables", lambda: next(seen), commands=lambda: pytest.fail("they are set"))
    log, progress = Log(tmp_path / "log"), engine.Progress()

    looked = engine.observe_steps([variables])
    engine.carry_out([variables], Cli(TOOL, "moon", tmp_path, log), Record(tmp_path, "moon"), log, progress, looked)

    assert progress.there == ["variables"]


@pytest.mark.skipif(sys.platform == "win32", reason="the program is a script")
@pytest.mark.parametrize("begun", [True, False])
def test_a_name_that_an_interrupted_run_took_is_its_own_once_it_is_listed(begun: bool, tmp_path: Path) -> None:
    program, log = tmp_path / "moon", Log(tmp_path / "log")
    program.write_text("#!/bin/sh\necho 'Error: name shelf is already taken' >&2\nexit 1\n", encoding="utf-8")
    program.chmod(0o755)
    listed = iter([Observation(False)] * 4)
    app = Step(
        "app", "app shelf", lambda: next(listed, Observation(True)), commands=lambda: [Command(("create", "shelf"))],
        undo="moon destroy shelf", creates="shelf",
    )  # fmt: skip
    record, progress = Record(tmp_path, "moon"), engine.Progress()
    if begun:
        record.intend("app", "shelf")

    with contextlib.suppress(Failure) if not begun else contextlib.nullcontext():
        engine.carry_out([app], Cli(TOOL, str(program), tmp_path, log), record, log, progress)

    assert progress.done == (["app shelf"] if begun else [])
    assert record.owns("app", "shelf") is begun


def test_what_an_interrupted_run_may_have_ordered_is_not_ordered_again_at_once(tmp_path: Path) -> None:
    listed = iter([Observation(False)] * 3)
    cluster = Step(
        "database", "database", lambda: next(listed, Observation(True)), commands=lambda: pytest.fail("ordered twice"),
        creates="shelf-db", unique=False,
    )  # fmt: skip
    Record(tmp_path, "moon").intend("database", "shelf-db")

    assert carried_out(cluster, tmp_path).done == ["database"]
