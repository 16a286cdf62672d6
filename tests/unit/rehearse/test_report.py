"""The table at the end is short: one screen where all is well, and what failed is not lost among what was skipped."""

from __future__ import annotations

import json

from deploy_overlay.rehearse.report import as_json, as_table
from deploy_overlay.rehearse.results import FAIL, SKIP, Check, Results, failed, passed


def table(*checks: tuple[str, str, str]) -> list[str]:
    results = Results(say=lambda text: None)
    results.checks = [Check(name, status, detail, "", 0.1, "") for name, status, detail in checks]
    return as_table(results, "Fly.io", "SQLite", "ascii").splitlines()


def test_checks_that_were_skipped_for_one_reason_are_one_row() -> None:
    because = "not run: an earlier step failed"

    lines = table(
        ("migrate", FAIL, "no such table"),
        *((f"check {number}", SKIP, because) for number in range(12)),
        ("server", SKIP, "not run: a variable is missing"),
    )

    rows = [line for line in lines if line.startswith("skipped")]
    assert len(rows) == 2
    assert rows[0].startswith("skipped check 0, check 1, ")
    assert because in " ".join(" ".join(lines).split())
    assert rows[1].split()[1] == "server"
    assert max(map(len, lines)) <= 80
    assert lines[-1] == "Not ready: 1 failed, 13 skipped."


def test_three_verdicts() -> None:
    results = Results(say=lambda text: None)
    assert results.verdict == "not ready", "nothing was checked"
    results.run("server", lambda: passed("it runs"))
    assert results.verdict == "ready"
    results.add_unproven("PostGIS")
    results.add_unproven("PostGIS")
    assert (results.verdict, results.ok, results.unproven) == ("unproven", True, ["PostGIS"])
    results.skip(("release",), "the database here is not production's")
    assert (results.verdict, results.ok) == ("unproven", False)
    results.run("pages", lambda: failed("500", "Fix it."))
    assert (results.verdict, results.ok) == ("not ready", False)


def test_what_is_unproven_is_named_and_counted() -> None:
    results = Results(say=lambda text: None)
    results.run("server", lambda: passed("it runs"))
    results.add_unproven("PostGIS, which is not on this machine.")
    results.add_unproven("Another Python.")
    lines = as_table(results, "Fly.io", "SQLite", "ascii").splitlines()
    assert [line.strip() for line in lines if "PostGIS" in line] == ["PostGIS, which is not on this machine."]
    assert "all 1 checks passed, but 2 things could not be proven here." in " ".join(lines[-2:])


def test_the_document_for_machines_has_a_version_and_everything() -> None:
    results = Results(say=lambda text: None)
    results.run("server", lambda: failed("it ended: postgres://ada:secret@db.example/x", "Fix it."))
    results.add_unproven("PostGIS")
    document = json.loads(as_json(results, {"platforms": ["fly"]}))
    check = document["checks"].pop()
    assert document == {
        "schema": 1,
        "verdict": "not ready",
        "ok": False,
        "platforms": ["fly"],
        "unproven": ["PostGIS"],
        "remarks": [],
        "checks": [],
    }
    assert (check["name"], check["status"], check["cure"]) == ("server", "fail", "Fix it.")
    assert check["more"].endswith("errors/#server")
    assert "secret" not in check["detail"]
