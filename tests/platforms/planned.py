"""What a run said that it would do."""

from __future__ import annotations


def plan(output: str) -> str:
    """The plan on one line: in a terminal it is broken at 80 columns."""
    return " ".join(output.partition(": plan for")[2].partition("Prices are")[0].split())
