"""The monthly costs of a site on a platform, and the form of prices."""

from __future__ import annotations

from collections.abc import Sequence

from ..base.plan import Cost, Process, Resource
from ..base.platform import ByHand, Has, Platform, Price, Provided, Values


def costs(platform: Platform, answers: Values, started: Sequence[Process], resources: Sequence[Resource]) -> list[Cost]:
    """The cost of each part of the site that is started or created; nothing else has a price."""
    found = [Cost(label, amount) for label, amount in platform.fixed.items()]
    web, worker = _provided(platform, "web"), _provided(platform, "worker")
    count = max(int(answers.get(web.count) or 1), 1)
    holders = _provided(platform, "volume").holders
    if holders and any(resource.kind == "volume" for resource in resources):
        count = min(count, holders)
    beside = sum(process.kind in ("worker", "scheduler") for process in started)
    if not worker.label:  # a worker is one more of what the web process runs on
        count, beside = count + beside, 0
    listed = [cost(web, answers, platform, count), cost(worker, answers, platform, beside) if beside else None]
    cron = _provided(platform, "cron")
    listed += [cost(cron, answers, platform) for process in started if process.kind == "cron"]
    listed += [resource.price for resource in resources]
    return [*found, *(one for one in listed if one is not None)]


def price(platform: Platform, answers: Values, parts: Sequence[Cost]) -> str:
    """One line with the total and its parts."""
    if platform.quoted and (text := platform.quoted(answers)):
        return text
    first = total(platform, answers, parts)
    if region := unread(platform, answers):
        first = f"{first} ({region} may cost more than {platform.regions[0]})"
    listed = ", ".join(f"{label} {money(amount, platform.currency, unit=False)}" for label, amount in parts)
    return f"{first}: {listed}" if listed else first


def total(platform: Platform, answers: Values, parts: Sequence[Cost]) -> str:
    """The sum, such as `up to $43.99` or `about 35 euros`; `from` where the prices of the region were not read.

    Where nothing has a price here, the words for where it is to be found.
    """
    if not parts and platform.quoted and (text := platform.quoted(answers)):
        return text
    estimate = "from" if unread(platform, answers) else platform.estimate
    return f"{estimate} {money(sum(part.amount for part in parts), platform.currency)}".strip()


def unread(platform: Platform, answers: Values) -> str:
    """The region of the answers, where its prices are not known; those of the first region are counted for it."""
    region = str(answers.get(platform.region) or "") if platform.region else ""
    return "" if region in platform.regions else region


def caveat(platform: Platform, answers: Values) -> str:
    """A sentence on what the total leaves out; empty if it is complete."""
    region = unread(platform, answers)
    return f"The prices are those of {platform.regions[0]}; {region} may cost more: {platform.prices}" if region else ""


def unit_price(platform: Platform, kind: str, plan: str = "") -> str:
    """What one of a kind costs a month, of the default plan where none is named; "" if it has no price of its own."""
    has = platform.has.get(kind)
    if has is None or not has.price:
        return ""
    return money(has.price if isinstance(has, ByHand) else _unit(has, plan), platform.currency)


def lowest_price(platform: Platform, kind: str) -> str:
    """What the cheapest plan of a kind costs a month; "" if the default plan is that, or there are no plans."""
    has = platform.has.get(kind)
    if not isinstance(has, Provided) or isinstance(has.price, float | int):
        return ""
    low = min(has.price.values())
    return money(low, platform.currency) if low < _unit(has, "") else ""


def money(amount: float, currency: str, *, unit: bool = True) -> str:
    """An amount as people write it; in a list of euros, only the total has the word."""
    number = f"{amount:.2f}".removesuffix(".00")
    if currency == "USD":
        return f"${number}"
    return f"{number} euros" if unit else number


def _provided(platform: Platform, kind: str) -> Provided:
    has: Has | None = platform.has.get(kind)
    return has if isinstance(has, Provided) else Provided()


def _unit(has: Provided, plan: str, region: str = "") -> float:
    return _by_plan(has.regions.get(region, {}), plan) or _by_plan(has.price, plan) or 0.0


def _by_plan(price: Price, plan: str) -> float | None:
    """The price of a plan, of the first one where none is named; None if the list has none."""
    if isinstance(price, float | int):
        return price
    return price.get(plan or next(iter(price), ""))


def cost(has: Has | Provided | None, answers: Values, platform: Platform, count: int = 1) -> Cost | None:
    """What so many of a kind cost by these answers; None for what has no price, or exists already."""
    if not isinstance(has, Provided) or (has.existing and answers.get(has.existing)):
        return None
    plan = str(answers.get(has.plan) or "") if has.plan else ""
    if not plan and not isinstance(has.price, float | int):
        plan = next(iter(has.price))
    region = str(answers.get(platform.region) or "") if platform.region else ""
    count = 1 if plan in has.shared else count
    label = has.several if count > 1 and has.several else has.labels.get(plan, has.label)
    amount = count * _unit(has, plan, region)
    return Cost(label.format(plan=plan, Plan=plan.capitalize(), count=count), amount) if amount else None
