"""The table at the end is short: one screen where all is well, and what failed is not lost among what was skipped."""

from __future__ import annotations

from deploy_overlay.rehearse.record import FAIL, SKIP, Book, Check
from deploy_overlay.rehearse.report import as_table


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
