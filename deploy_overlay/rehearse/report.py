"""The report at the end: a table for people, one JSON document for machines."""

from __future__ import annotations

import json
import shutil
import textwrap
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from .results import FAIL, NOTE, PASS, READY, SKIP, UNPROVEN, Check, Results

MARKS = {PASS: "✔", FAIL: "✘", NOTE: "•", SKIP: "-"}
WORDS = {PASS: "ok", FAIL: "FAILED", NOTE: "note", SKIP: "skipped"}
WIDEST = 80
SCHEMA = 1  # of the document for machines; another number for a change that a reader would notice


def as_json(results: Results, about: Mapping[str, Any]) -> str:
    """One document: schema, verdict, ok, what it is about, what is unproven, and the checks.

    Each check has name, status, detail, cure, seconds and more. `ok` is whether no check failed.
    """
    document = {
        "schema": SCHEMA,
        "verdict": results.verdict,
        "ok": results.ok,
        **about,
        "unproven": results.unproven,
        "remarks": list(dict.fromkeys(results.remarks)),
        "checks": [asdict(check) for check in results.checks],
    }
    return json.dumps(document, indent=2)


def as_table(results: Results, platform: str, database: str, encoding: str | None, log: str = "") -> str:
    """The table and the verdict, at most 80 columns wide, in characters that `encoding` can show."""
    width = max(40, min(WIDEST, shutil.get_terminal_size((WIDEST, 24)).columns))
    marks = shows(encoding, "".join(MARKS.values()))
    lines = [f"Rehearsal for {platform}, database: {database}", ""]
    column = max((len(check.name) for check in results.checks), default=0)
    for check, *others in _together(results.checks):
        lines += _skipped([check, *others], width, marks) if others else _row(check, width, column, marks)
    for sentence in results.unproven:
        lines += _unproven(sentence, width, marks)
    lines += ["", *_verdict(results, platform, width)]
    if log and not results.ok:
        lines += textwrap.wrap(f"Full output: {log}", width, break_long_words=False, break_on_hyphens=False)
    text = "\n".join(lines)
    return text if shows(encoding, text) else text.encode(encoding or "ascii", "replace").decode(encoding or "ascii")


def shows(encoding: str | None, text: str) -> bool:
    """Whether a terminal of this encoding can show the text."""
    try:
        text.encode(encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def _row(check: Check, width: int, column: int, marks: bool) -> list[str]:
    """Status, name, detail and seconds side by side; failures and fixes are below in full width."""
    mark = f"{MARKS[check.status]} " if marks else ""
    head = f"{mark}{WORDS[check.status]:<8}{check.name:<{column}}  "
    time = f"{check.seconds:.1f} s"
    below = check.status == FAIL or len(head) > width * 0.6
    room = width - len(head) - len(time) - 1
    wrapped = [] if below else _wrapped(check.detail, room)
    first = wrapped[0] if wrapped else ""
    lines = [f"{head}{first}".ljust(width - len(time)) + time]
    lines += [" " * len(head) + line for line in wrapped[1:]]
    if below:
        indent = " " * (len(mark) + 8)
        for text in (check.detail, f"Fix: {check.cure}" if check.cure else ""):
            lines += [indent + line for line in _wrapped(text, width - len(indent))]
        lines += [f"{indent}More: {check.more}"] if check.more else []
    return lines


def _together(checks: list[Check]) -> list[list[Check]]:
    """Checks one by one, except for a run of checks that were skipped for the same reason."""
    groups: list[list[Check]] = []
    for check in checks:
        last = groups[-1][-1] if groups else None
        if last and check.status == last.status == SKIP and check.detail == last.detail:
            groups[-1].append(check)
        else:
            groups.append([check])
    return groups


def _skipped(checks: list[Check], width: int, marks: bool) -> list[str]:
    """One row for all of them, because the failure before them matters."""
    head = f"{f'{MARKS[SKIP]} ' if marks else ''}{WORDS[SKIP]:<8}"
    names = ", ".join(check.name for check in checks)
    first, *more = _wrapped(f"{names}: {checks[0].detail}", width - len(head))
    return [head + first, *(" " * len(head) + line for line in more)]


def _unproven(sentence: str, width: int, marks: bool) -> list[str]:
    """A row for what the checks do not cover."""
    mark = f"{MARKS[NOTE]} " if marks else ""
    indent = " " * (len(mark) + 8)
    return [
        f"{mark}{WORDS[NOTE]:<8}not proven here",
        *(indent + line for line in _wrapped(sentence, width - len(indent))),
    ]


def _wrapped(text: str, width: int) -> list[str]:
    return [line for part in text.splitlines() for line in textwrap.wrap(part, width, break_on_hyphens=False)]


def _verdict(results: Results, platform: str, width: int) -> list[str]:
    count, besides = len(results.checks), "".join(f" Note: {remark}." for remark in dict.fromkeys(results.remarks))
    if results.verdict == READY:
        return textwrap.wrap(f"Ready for {platform}: all {count} checks passed.{besides}", width)
    if results.verdict == UNPROVEN and not results.ok:
        return textwrap.wrap(f"Unproven for {platform}: not every check could be run here.", width)
    if results.verdict == UNPROVEN:
        open_ends = f"{len(results.unproven)} thing{'s' if len(results.unproven) > 1 else ''} could not be proven here"
        return textwrap.wrap(f"Unproven for {platform}: all {count} checks passed, but {open_ends}.{besides}", width)
    bad = sum(check.status == FAIL for check in results.checks)
    skipped = sum(check.status == SKIP for check in results.checks)
    parts = [f"{bad} failed" if bad else "", f"{skipped} skipped" if skipped else ""]
    return textwrap.wrap(f"Not ready: {', '.join(part for part in parts if part) or 'nothing was checked'}.", width)
