"""The table at the end is short: one screen where all is well, and what failed is not lost among what was skipped."""

from __future__ import annotations

import json

from deploy_overlay.rehearse.record import FAIL, SKIP, Book, Check, failed, passed
from deploy_overlay.rehearse.report import as_json, as_table


def table(*checks: tuple[str, str, str]) -> list[str]:
    book = Book(say=lambda text: None)
    book.checks = [Check(name, status, detail, "", 0.1, "") for name, status, detail in checks]
    return as_table(book, "Fly.io", "SQLite", "ascii").splitlines()


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
    book = Book(say=lambda text: None)
    assert book.verdict == "not ready", "nothing was checked"
    book.run("server", lambda: passed("it runs"))
    assert book.verdict == "ready"
    book.leave_open("PostGIS")
    book.leave_open("PostGIS")
    assert (book.verdict, book.ok, book.unproven) == ("unproven", True, ["PostGIS"])
    book.skip(("release",), "the database here is not production's")
    assert (book.verdict, book.ok) == ("unproven", False)
    book.run("pages", lambda: failed("500", "Fix it."))
    assert (book.verdict, book.ok) == ("not ready", False)


def test_what_is_unproven_is_named_and_counted() -> None:
    book = Book(say=lambda text: None)
    book.run("server", lambda: passed("it runs"))
    book.leave_open("PostGIS, which is not on this machine.")
    book.leave_open("Another Python.")
    lines = as_table(book, "Fly.io", "SQLite", "ascii").splitlines()
    assert [line.strip() for line in lines if "PostGIS" in line] == ["PostGIS, which is not on this machine."]
    assert "all 1 checks passed, but 2 things could not be proven here." in " ".join(lines[-2:])


def test_the_document_for_machines_has_a_version_and_everything() -> None:
    book = Book(say=lambda text: None)
    book.run("server", lambda: failed("it ended: postgres://ada:secret@db.example/x", "Fix it."))
    book.leave_open("PostGIS")
    document = json.loads(as_json(book, {"platforms": ["fly"]}))
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
