"""The plan as a table: what exists, what will be created, where, what it costs a month, and the exact command."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from .steps import Seen, Step

_HEAD = ("", "what", "where", "a month", "state")


def table(steps: Sequence[Step], seen: Mapping[str, Seen], program: str) -> list[str]:
    """Lines of at most about a hundred columns; commands stand below their step, only where they will run."""
    rows = [_HEAD]
    for number, step in enumerate(steps, 1):
        rows.append((str(number), step.what, step.where, step.price, _state(step, seen.get(step.name))))
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    lines = []
    for row, planned in zip(rows, (None, *steps), strict=True):
        cells = [f"{cell:<{width}}" for cell, width in zip(row[:4], widths, strict=True) if width]
        lines.append("  " + "  ".join([*cells, row[4]]).rstrip())
        if planned is not None and not _settled(seen.get(planned.name)):
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


def _state(step: Step, seen: Seen | None) -> str:
    if seen is None:
        return "will be created" if step.creates else "will be done"
    if seen.done:
        return f"there{f': {seen.text}' if seen.text else ''}"
    if seen.coming:
        return "being made"
    return seen.text or ("will be created" if step.creates else "will be done")


def _settled(seen: Seen | None) -> bool:
    return seen is not None and (seen.done or seen.coming)
