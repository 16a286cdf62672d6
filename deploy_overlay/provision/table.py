"""The plan as people read it: what exists, what will be created, where, what it costs a month, and the exact command.

It fits 80 columns, but for command lines, which are pasted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..adapter.steps import Observation, Step
from ..base.message import COLUMNS, wrapped
from ..plan.prices import money

# What a deployment does to a step's resource. One that exists may differ from the answers, and is not changed.
CREATED, DONE, THERE, DIFFERS = "+", "~", "=", "!"
LEGEND = f"{CREATED} created   {DONE} done   {THERE} there   {DIFFERS} differs from your answers, and stays"
_WIDEST = 38  # columns of a step's name
_PRICE = 9  # columns of a price; a longer one goes into the text
_NARROWEST = 16  # columns that the text needs beside it; otherwise it gets its own line


def cost(step: Step, seen: Mapping[str, Observation]) -> float:
    """The monthly cost of a step's resource: the existing one, or else the planned one."""
    describe_step = seen[step.name].cost if step.name in seen else None
    return step.cost if describe_step is None else describe_step


def there(steps: Sequence[Step], seen: Mapping[str, Observation]) -> set[str]:
    """Names of the steps whose resource exists or already costs something, even if more has to be done with it."""
    return {step.name for step in steps if (one := seen.get(step.name)) and (is_settled(one) or one.cost is not None)}


def new_cost(steps: Sequence[Step], seen: Mapping[str, Observation]) -> float:
    """The additional monthly cost."""
    known = there(steps, seen)
    return sum(step.cost for step in steps if step.name not in known)


def total(steps: Sequence[Step], seen: Mapping[str, Observation], currency: str, read: str, caveat: str) -> list[str]:
    """The total of what exists and what is new, with the date of the prices."""
    whole, new = sum(cost(step, seen) for step in steps), new_cost(steps, seen)
    lines = [f"Total a month: {money(whole, currency)}, of which {money(new, currency)} is new."] if whole else []
    lines += wrapped(f"Prices are from the platform's public list of {read}, without tax and traffic.")
    return ["", *lines, *(wrapped(caveat) if caveat else [])]


def sign(step: Step, seen: Observation | None) -> str:
    """What a deployment does to a step's resource."""
    if seen is not None and seen.done:
        return DIFFERS if seen.differs else THERE
    return CREATED if step.creates else DONE


def table(
    steps: Sequence[Step],
    seen: Mapping[str, Observation],
    program: str,
    currency: str = "USD",
    *,
    commands: bool = True,
) -> list[str]:
    """A line or two for each step, then the commands that will run."""
    rows = [
        (
            sign(step, seen.get(step.name)),
            step.what,
            *_beside(_price(step, seen, currency), describe_step(step, seen.get(step.name))),
        )
        for step in steps
    ]
    width = min(max((len(what) for _, what, _, _ in rows), default=0), _WIDEST)
    priced = max((len(price) for _, _, price, _ in rows), default=0)
    lines = []
    for step, (mark, what, price, text) in zip(steps, rows, strict=True):
        lines += _row(f"  {mark} {what:<{width}}" + (f"  {price:>{priced}}" if priced else ""), text)
        if commands and not is_settled(seen.get(step.name)):
            lines += [f"      {line}" for line in command_lines(step, program)]
    return lines


def _row(left: str, text: str) -> list[str]:
    """The text beside the left part, wrapped in its column, or below it if there is no room."""
    beside = " " * (len(left) + 2)
    if COLUMNS - len(beside) >= _NARROWEST:
        lines = wrapped(text, COLUMNS - len(beside))
        if all(len(line) <= COLUMNS - len(beside) for line in lines):
            return [f"{left}  {lines[0]}" if lines else left.rstrip(), *(beside + line for line in lines[1:])]
    return [left.rstrip(), *wrapped(text, COLUMNS, "      ", "      ")]


def _beside(price: str, text: str) -> tuple[str, str]:
    return (price, text) if len(price) <= _PRICE else ("", "; ".join(filter(None, (price, text))))


def _price(step: Step, seen: Mapping[str, Observation], currency: str) -> str:
    price = cost(step, seen)
    return step.price if price == step.cost and step.price else money(price, currency) if price else ""


def counts(steps: Sequence[Step], seen: Mapping[str, Observation]) -> str:
    """How many steps a deployment creates, does and leaves as they are, in one sentence."""
    signs = [sign(step, seen.get(step.name)) for step in steps]
    words = {CREATED: "to create", DONE: "to do", THERE: "there", DIFFERS: "different from your answers"}
    return f"Plan: {', '.join(f'{signs.count(one)} {word}' for one, word in words.items() if one in signs)}."


def differences(
    title: str, steps: Sequence[Step], seen: Mapping[str, Observation], more: Sequence[str] = ()
) -> list[str]:
    """The differences from the answers, below the plan; no lines if there are none. `more` are sentences."""
    found = [
        f"{step.what}: {seen[step.name].differs}" for step in steps if step.name in seen and seen[step.name].differs
    ]
    if not found and not more:
        return []
    lines = [line for text in (*found, *more) for line in wrapped(text, indent="  ", hanging="    ")]
    return ["", f"Changed on {title}, and left as it is:", *lines]


def command_lines(step: Step, program: str) -> list[str]:
    """The commands of a step as people would type them, or what its owner does."""
    if step.by_hand:
        return step.by_hand.splitlines()
    if step.plan is not None:
        return list(step.plan())
    return [command.line(program) for command in step.commands()]


def describe_step(step: Step, seen: Observation | None) -> str:
    """A step's resource in words: what exists, or what will be created and where."""
    if seen is not None and seen.done:
        return seen.text
    if seen is not None and seen.pending:
        return "being made"
    return "; ".join(filter(None, (step.where, seen.text if seen else "")))


def is_settled(seen: Observation | None) -> bool:
    """Whether nothing more has to be run for it."""
    return seen is not None and (seen.done or seen.pending)
