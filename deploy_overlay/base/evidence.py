"""Detection's results: a value, where it was found, and whether it is certain."""

from __future__ import annotations

from typing import Any, NamedTuple


class Evidence(NamedTuple):
    """One place in the user's repository that speaks for a value.

    `path` is POSIX and relative to the git root ("" when the evidence is an answer or the absence of a file),
    `line` counts from 1 (None for a whole file), `note` is one phrase.
    """

    path: str
    line: int | None
    note: str

    def __str__(self) -> str:
        place = f"{self.path}:{self.line}" if self.line else self.path
        return f"{place}: {self.note}" if place else self.note


class Fact(NamedTuple):
    """A detected value. It is unsure exactly when `candidates` is not empty; `value` is then the likeliest of them."""

    value: Any
    evidence: tuple[Evidence, ...] = ()
    candidates: tuple[Any, ...] = ()

    @property
    def sure(self) -> bool:
        return not self.candidates


def choose(candidates: list[tuple[Any, Evidence]]) -> Fact:
    """One fact out of candidates, likeliest first: sure when all of them name the same value."""
    values = tuple(dict.fromkeys(value for value, _ in candidates))
    evidence = tuple(dict.fromkeys(place for _, place in candidates))
    return Fact(values[0], evidence, values if len(values) > 1 else ())
