"""The plan as people read it: what exists, what will be created, where, what it costs a month, and the exact command.

It fits 80 columns, but for command lines, which are pasted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..adapter.steps import Observation, Step
from ..base.message import COLUMNS, wrapped
from ..plan.prices import money

# What a deployment does to a step's thing; a thing that is there may differ from the answers, which changes nothing of it.
CREATED, DONE, THERE, DIFFERS = "+", "~", "=", "!"
LEGEND = f"{CREATED} created   {DONE} done   {THERE} there   {DIFFERS} differs from your answers, and stays"
_WIDEST = 38  # columns of what a step is about; of which the rest is told beside it
_PRICE = 9  # columns of a price; a longer one is told with the rest
_NARROWEST = 16  # columns of what is told beside it; below that it goes on a line of its own


def cost(step: Step, seen: Mapping[str, Observation]) -> float:
    """What a step's thing costs a month: what is there, or else what will be."""
    describe_step = seen[step.name].cost if step.name in seen else None
    return step.cost if describe_step is None else describe_step


def there(steps: Sequence[Step], seen: Mapping[str, Observation]) -> set[str]:
    """Names of the steps whose thing is there, or costs something already, also where more is to be done with it."""
    return {step.name for step in steps if (one := seen.get(step.name)) and (is_settled(one) or one.cost is not None)}


def new_cost(steps: Sequence[Step], seen: Mapping[str, Observation]) -> float:
    """What a month costs more than today."""
    known = there(steps, seen)
    return sum(step.cost for step in steps if step.name not in known)


def total(steps: Sequence[Step], seen: Mapping[str, Observation], currency: str, read: str, caveat: str) -> list[str]:
    """The sum of what is there and of what is new, with the date of the prices."""
    whole, new = sum(cost(step, seen) for step in steps), new_cost(steps, seen)
    lines = [f"Total a month: {money(whole, currency)}, of which {money(new, currency)} is new."] if whole else []
    lines += wrapped(f"Prices are from the platform's public list of {read}, without tax and traffic.")
    return ["", *lines, *(wrapped(caveat) if caveat else [])]


def sign(step: Step, seen: Observation | None) -> str:
    """What a deployment does to a step's thing."""
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
    """A line or two for each step; commands stand below it, only where they will run."""
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
    """The text beside the left part, below itself where it is long, and on lines of its own where there is no room."""
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
    """How many things a deployment creates, does and leaves as they are, in one sentence."""
    signs = [sign(step, seen.get(step.name)) for step in steps]
    words = {CREATED: "to create", DONE: "to do", THERE: "there", DIFFERS: "different from your answers"}
    return f"Plan: {', '.join(f'{signs.count(one)} {word}' for one, word in words.items() if one in signs)}."


def differences(
    title: str, steps: Sequence[Step], seen: Mapping[str, Observation], more: Sequence[str] = ()
) -> list[str]:
    """What runs otherwise than the answers say, below the plan; no line where nothing does. `more` are sentences."""
    found = [
        f"{step.what}: {seen[step.name].differs}" for step in steps if step.name in seen and seen[step.name].differs
    ]
    if not found and not more:
        return []
    lines = [line for text in (*found, *more) for line in wrapped(text, indent="  ", hanging="    ")]
    return ["", f"Changed on {title}, and left as it is:", *lines]


def command_lines(step: Step, program: str) -> list[str]:
    """What a step runs, as people would type it; or what its owner does."""
    if step.by_hand:
        return step.by_hand.splitlines()
    if step.plan is not None:
        return list(step.plan())
    return [command.line(program) for command in step.commands()]


def describe_step(step: Step, seen: Observation | None) -> str:
    """What is there of a step's thing, or what and where it will be, in words."""
    if seen is not None and seen.done:
        return seen.text
    if seen is not None and seen.pending:
        return "being made"
    return "; ".join(filter(None, (step.where, seen.text if seen else "")))


def is_settled(seen: Observation | None) -> bool:
    """Whether nothing is to be run for it any more."""
    return seen is not None and (seen.done or seen.pending)
