"""The results of checks."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from ..base.message import help_link
from ..base.scrub import scrubbed

PASS, FAIL, NOTE, SKIP = "pass", "fail", "note", "skip"
READY, NOT_READY, UNPROVEN = "ready", "not ready", "unproven"


def check_anchor(name: str) -> str:
    """The anchor of a check: its name, except for checks that are named after a variable."""
    for beginning, anchor in (("needs ", "needs-variable"), ("process ", "process"), ("job ", "job")):
        if name.startswith(beginning):
            return anchor
    return re.sub(r"[^a-z]+", "-", name.lower()).strip("-")


@dataclass(frozen=True)
class Outcome:
    """The result of a check: a status, a detail, and for a failure its fix.

    `anchor` is the failure's entry in the documentation if it differs from the check's own.
    """

    status: str
    detail: str
    cure: str = ""
    anchor: str = ""


@dataclass(frozen=True)
class Check:
    """One line of the report."""

    name: str
    status: str
    detail: str
    cure: str
    seconds: float
    more: str  # where the documentation says more, for a failure


def passed(detail: str) -> Outcome:
    return Outcome(PASS, detail)


def failed(detail: str, cure: str, anchor: str = "") -> Outcome:
    return Outcome(FAIL, detail, cure, anchor)


def noted(detail: str) -> Outcome:
    return Outcome(NOTE, detail)


@dataclass
class Results:
    """Results in the order of the checks, and what could not be tested."""

    say: Callable[[str], None]
    checks: list[Check] = field(default_factory=list)
    unproven: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)  # what the line with the verdict says besides
    label: str = ""
    explain: Callable[[str], str] = lambda detail: ""  # a better cure for a failure; empty if there is none

    @property
    def verdict(self) -> str:
        """Ready only if every check ran, none failed, and nothing that production does stays unproven."""
        if self.unproven and self.checks and all(check.status != FAIL for check in self.checks):
            return UNPROVEN
        return READY if self.ok else NOT_READY

    @property
    def ok(self) -> bool:
        """True only if every check ran and none failed."""
        return bool(self.checks) and not any(check.status in (FAIL, SKIP) for check in self.checks)

    def run(self, name: str, check: Callable[[], Outcome]) -> bool:
        """Run a check; return whether the checks that depend on it can run."""
        self.say(self._titled(name))
        started = time.monotonic()
        outcome = check()
        self._write(name, outcome, time.monotonic() - started)
        return outcome.status not in (FAIL, SKIP)

    def skip(self, names: tuple[str, ...], because: str) -> None:
        """Record checks that could not run; they count as not passed."""
        for name in names:
            self._write(name, Outcome(SKIP, f"not run: {because}"), 0.0)

    def add_unproven(self, sentence: str) -> None:
        """Record something that production does and that could not be proven here."""
        if sentence not in self.unproven:
            self.unproven.append(sentence)

    def _write(self, name: str, outcome: Outcome, seconds: float) -> None:
        more = help_link(outcome.anchor or check_anchor(name)) if outcome.status == FAIL else ""
        cure = (self.explain(outcome.detail) if outcome.status == FAIL else "") or outcome.cure
        found = outcome.status, scrubbed(outcome.detail), scrubbed(cure)
        self.checks.append(Check(self._titled(name), *found, round(seconds, 2), more))

    def _titled(self, name: str) -> str:
        return f"{self.label}: {name}" if self.label else name
