"""What tests counted, summed over all processes of a run and printed at its end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable

Recording = Callable[[str, object], None]  # pytest's fixture record_property: it crosses from process to process
_PREFIX = "counted: "


def note(record: Recording, what: str, number: int) -> None:
    record(_PREFIX + what, number)


def totals(properties: Iterable[tuple[str, object]]) -> dict[str, int]:
    """What was counted → how many, in the order in which it was noted first."""
    sums: Counter[str] = Counter()
    for name, number in properties:
        if name.startswith(_PREFIX) and isinstance(number, int):
            sums[name.removeprefix(_PREFIX)] += number
    return dict(sums)
