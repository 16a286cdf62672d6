"""The plan in a terminal of 80 columns."""

from __future__ import annotations

import pytest

from deploy_overlay.adapter.steps import Command, Observation, Step
from deploy_overlay.provision.table import counts, differences, table, total


def step(name: str, what: str = "", **more: object) -> Step:
    given = {"observe": lambda: Observation(False), "commands": lambda: [Command(("create", name))], **more}
    return Step(name=name, what=what or name, **given)  # type: ignore[arg-type]


STEPS = [
    step("app", creates="shelf", where="eu, your own account"),
    step("config", "config vars"),
    step("database", "PostgreSQL shelf-db", creates="shelf-db", cost=5),
    step("dyno", "dyno web", creates="web", cost=7),
]
SEEN = {
    "database": Observation(True, "shelf-db (heroku-postgresql:essential-0)", cost=5),
    "dyno": Observation(True, "web=4:Standard-2x", differs="web=4:Standard-2x; the answers say web=1:Basic", cost=200),
}


def test_a_sign_for_what_becomes_of_each() -> None:
    lines = table(STEPS, SEEN, "cli")

    assert [line[:3] for line in lines if not line.startswith("    ")] == ["  +", "  ~", "  =", "  !"]
    assert "      cli create app" in lines and "      cli create config" in lines
    assert "      cli create database" not in lines and "      cli create dyno" not in lines
    assert "$200" in "\n".join(lines)
    assert counts(STEPS, SEEN) == "Plan: 1 to create, 1 to do, 1 there, 1 different from your answers."


@pytest.mark.parametrize("text", ["short", "shelf-db (heroku-postgresql:essential-0)", "a word " * 30, "x" * 70])
@pytest.mark.parametrize("what", ["app shelf", "DATABASE_URL from that database, which has a long name"])
def test_every_line_but_a_command_fits_the_terminal(text: str, what: str) -> None:
    steps = [step("one", what, creates="one", cost=12.5), step("two", "another", price="$0.02 a GB, 5 GB free")]
    seen = {"one": Observation(True, text, differs=text), "two": Observation(True, text)}

    lines = table(steps, seen, "cli") + differences("Heroku", steps, seen, [text])

    assert [line for line in lines if len(line) > 80] == []
    assert text.split()[-1] in lines[1] + lines[0] and "$12.50" in lines[0]


def test_without_anything_to_say_there_is_no_list_of_differences() -> None:
    assert differences("Heroku", STEPS[:2], SEEN) == []
    assert differences("Heroku", STEPS, SEEN)[2:] == ["  dyno web: web=4:Standard-2x; the answers say web=1:Basic"]


def test_what_costs_something_already_is_not_new() -> None:
    lines = total(STEPS, SEEN, "USD", "2026-11-22", "")

    assert "Total a month: $205, of which $0 is new." in lines
    assert "Total a month: $12, of which $12 is new." in total(STEPS, {}, "USD", "2026-11-22", "")
