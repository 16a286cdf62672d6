"""What a destruction tells, and what it leaves in the record."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from deploy_overlay.adapter.cli import Cli, Tool
from deploy_overlay.adapter.ownership import reason_not_to_delete
from deploy_overlay.adapter.record import Record
from deploy_overlay.adapter.steps import Command, Destruction, Leftover, Observation, Part, Step
from deploy_overlay.base.log import Log
from deploy_overlay.base.message import Failure
from deploy_overlay.provision import engine
from deploy_overlay.provision.destroy import DestroyPlan

TOOL = Tool(("moon",), "Moon", ("version",), (1,), ("whoami",), "moon login", {})
MARK = "0123456789ab"


def site(folder: Path, **more: Any) -> Any:
    """As much of a site as is asked for here."""
    answers = SimpleNamespace(text=lambda name, default="": {"deploy_name": "shelf"}.get(name, default))
    cli = Cli(TOOL, "moon", folder, Log(folder / "log"), account="ada@example.com")
    given = {"answers": answers, "request": SimpleNamespace(environment="production"), "cli": cli}
    given |= {
        "database": "postgres",
        "plan": SimpleNamespace(resources=[]),
        "record": Record(folder, "fly"),
        "mark": MARK,
    }
    return SimpleNamespace(**given | more)


def plan_destruction(folder: Path, steps: dict[Step, Observation], **more: Any) -> DestroyPlan:
    looks = engine.Observations({step.name: seen for step, seen in steps.items()})
    return DestroyPlan("fly", SimpleNamespace(), site(folder), Destruction([*steps], **more), looks)  # type: ignore[arg-type]


def step(name: str, seen: Observation, **more: Any) -> Step:
    line = ("apps", "destroy", name)
    return Step(name=name, what=f"app {name}", observe=lambda: seen, commands=lambda: [Command(line)], **more)


def test_what_is_deleted_and_what_stays_fits_a_terminal(tmp_path: Path) -> None:
    parts = (Part("volume data in fra", "every file on it (1 GB) and its snapshots", 0.15),)
    leaves = (
        Leftover(
            "managed PostgreSQL a-database-of-somebody-else-db",
            "other and another use it too",
            40.8,
            "fly mpg destroy id",
        ),
    )
    first = Observation(
        False, "with its secrets, certificates and address, and whatever else belongs to it", cost=4, parts=parts
    )
    second = Observation(True, leaves=leaves)
    found = plan_destruction(
        tmp_path, {step("shelf", first): first, step("gone", second): second}, note="Moon keeps nothing."
    )

    lines = found.lines()

    assert max(map(len, lines)) <= 80
    text = "\n".join(lines)
    assert "app gone" not in text
    assert "Deleting it saves $4.15 a month." in text
    assert "What stays keeps costing $40.80 a month." in text
    assert "Moon keeps nothing." in text
    told = found.data()
    assert [one["name"] for one in told["deletes"]] == ["shelf"]
    assert told["deletes"][0]["parts"] == [{"what": parts[0].what, "loses": parts[0].loses, "monthly_cost": 0.15}]
    assert told["stays"][0]["command"] == "fly mpg destroy id"


def test_what_is_gone_is_out_of_the_record(tmp_path: Path) -> None:
    """Also what was gone before: the record is a hint for the next run."""
    record, progress = Record(tmp_path, "moon", account="ada"), engine.Progress()
    for name in ("app", "database"):
        record.created(name, "shelf", "moon destroy", f"the {name}", 5)
    steps = [step("app", Observation(True), deletes=("app",))]

    engine.carry_out(steps, Cli(TOOL, "moon", tmp_path, Log(tmp_path / "log")), record, Log(tmp_path / "log"), progress)

    assert not record.owns("app", "shelf") and record.owns("database", "shelf")
    record.forget("shelf")
    assert record.undo_commands() == [] and record.destroyed("shelf-db") and not record.destroyed("shelves")


def test_what_is_still_there_is_not_called_deleted(tmp_path: Path) -> None:
    doing = Step("app", "app shelf", lambda: Observation(False), lambda: [], deletes=("app",))
    record, progress = Record(tmp_path, "moon"), engine.Progress()

    with pytest.raises(Failure, match="is still there, although the command reported success"):
        engine.carry_out(
            [doing], Cli(TOOL, "moon", tmp_path, Log(tmp_path / "log")), record, Log(tmp_path / "log"), progress
        )

    assert progress.done == []


@pytest.mark.parametrize(
    ("mark", "marks", "recorded", "unused", "ours"),
    [
        (MARK, [MARK], False, False, True),
        (MARK, ["another"], True, True, False),
        (MARK, [], True, True, True),  # a run was ended before it wrote the mark
        (MARK, [], True, False, False),  # somebody else's of the same name, or another one since
        (MARK, [], False, True, False),
        ("", [MARK], True, True, False),  # a shallow clone knows no mark
        ("", [], True, False, False),
    ],
)
def test_the_mark_decides_whose_a_thing_is(
    mark: str, marks: list[str], recorded: bool, unused: bool, ours: bool, tmp_path: Path
) -> None:
    record = Record(tmp_path, "fly")
    if recorded:
        record.created("app", "shelf", "fly apps destroy shelf")

    why = reason_not_to_delete(site(tmp_path, mark=mark, record=record), "app", "shelf", marks, unused=lambda: unused)

    assert (why == "") == ours
