"""The plan as a table: what exists, what will be created, where, what it costs a month, and the exact command."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..adapter.steps import Seen, Step
from ..plan.prices import money

_HEAD = ("", "what", "where", "a month", "state")


def cost(step: Step, seen: Mapping[str, Seen]) -> float:
    """What a step's thing costs a month: what is there, or else what will be."""
    told = seen[step.name].cost if step.name in seen else None
    return step.cost if told is None else told


def there(steps: Sequence[Step], seen: Mapping[str, Seen]) -> set[str]:
    """Names of the steps whose thing is there, or costs something already, also where more is to be done with it."""
    return {step.name for step in steps if (one := seen.get(step.name)) and (_settled(one) or one.cost is not None)}


def total(steps: Sequence[Step], seen: Mapping[str, Seen], currency: str, read: str, caveat: str) -> list[str]:
    """The sum of what is there and of what is new, with the date of the prices."""
    known = there(steps, seen)
    new = sum(step.cost for step in steps if step.name not in known)
    whole = sum(cost(step, seen) for step in steps)
    lines = [f"Total a month: {money(whole, currency)}, of which {money(new, currency)} is new."] if whole else []
    lines += [f"Prices are those of {read}: the platform's public list, without tax and traffic; its own page decides."]
    return ["", *lines, *([caveat] if caveat else [])]


def table(
    steps: Sequence[Step], seen: Mapping[str, Seen], program: str, currency: str = "USD", *, commands: bool = True
) -> list[str]:
    """Lines of at most about a hundred columns; commands stand below their step, only where they will run."""
    rows = [_HEAD]
    for number, step in enumerate(steps, 1):
        price = cost(step, seen)
        shown = step.price if price == step.cost and step.price else money(price, currency) if price else ""
        rows.append((str(number), step.what, step.where, shown, state(step, seen.get(step.name))))
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    lines = []
    for row, planned in zip(rows, (None, *steps), strict=True):
        cells = [f"{cell:<{width}}" for cell, width in zip(row[:4], widths, strict=True) if width]
        lines.append("  " + "  ".join([*cells, row[4]]).rstrip())
        if commands and planned is not None and not _settled(seen.get(planned.name)):
            lines += [f"       {line}" for line in command_lines(planned, program)]
    return lines


def differences(title: str, steps: Sequence[Step], seen: Mapping[str, Seen]) -> list[str]:
    """What runs otherwise than the answers say, below the plan; no line where nothing does."""
    found = [(step.what, seen[step.name].differs) for step in steps if step.name in seen and seen[step.name].differs]
    if not found:
        return []
    return ["", f"Changed on {title}, and left as it is:", *(f"  {what}: {differs}" for what, differs in found)]


def command_lines(step: Step, program: str) -> list[str]:
    """What a step runs, as people would type it."""
    if step.plan is not None:
        return list(step.plan())
    return [command.line(program) for command in step.commands()]


def state(step: Step, seen: Seen | None) -> str:
    """What is there of a step, or what will be, in words."""
    if seen is None:
        return "will be created" if step.creates else "will be done"
    if seen.done:
        return f"there{f': {seen.text}' if seen.text else ''}"
    if seen.coming:
        return "being made"
    return seen.text or ("will be created" if step.creates else "will be done")


def _settled(seen: Seen | None) -> bool:
    return seen is not None and (seen.done or seen.coming)
