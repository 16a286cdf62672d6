"""What a site costs a month on a platform, from the answers and the platform's declaration alone."""

from __future__ import annotations

from typing import NamedTuple

from ..base.platform import ByHand, Has, Platform, Provided, Values


class Cost(NamedTuple):
    label: str
    amount: float  # a month, in the platform's currency


def costs(platform: Platform, answers: Values) -> list[Cost]:
    """What has a price: the site itself, then its database. What is not started costs nothing."""
    sqlite = answers.get("deploy_database", "postgres") == "sqlite"
    workers = answers.get("django_workers") or ()
    found = [Cost(label, amount) for label, amount in platform.fixed.items()]
    web, worker = _provided(platform, "web"), _provided(platform, "worker")
    count = max(int(answers.get(web.count) or 1), 1)
    volume = _provided(platform, "volume")
    if sqlite and volume.holders:
        count = min(count, volume.holders)
    if not worker.label and "worker" in platform.has and isinstance(platform.has["worker"], Provided):
        count += len(workers)  # a worker is one more of what the web process runs on
    found.append(_cost(web, answers, count))
    if worker.label and workers:
        found.append(_cost(worker, answers, len(workers)))
    if sqlite:
        found.append(_cost(volume, answers))
    elif answers.get("deploy_database", "postgres") == "postgres":
        found.append(_cost(_provided(platform, "postgres"), answers))
    return [cost for cost in found if cost.amount]


def price(platform: Platform, answers: Values) -> str:
    """One line: the total, and what it consists of."""
    if platform.quoted and (text := platform.quoted(answers)):
        return text
    parts = costs(platform, answers)
    listed = ", ".join(f"{label} {money(amount, platform.currency, unit=False)}" for label, amount in parts)
    return f"{total(platform, answers)}: {listed}" if listed else total(platform, answers)


def total(platform: Platform, answers: Values) -> str:
    """The sum, such as `up to $41.50` or `about 35 euros`."""
    amount = sum(cost.amount for cost in costs(platform, answers))
    return f"{platform.estimate} {money(amount, platform.currency)}".strip()


def unit_price(platform: Platform, kind: str, plan: str = "") -> str:
    """What one of a kind costs a month, of the default plan where none is named; "" where it has no price of its own."""
    has = platform.has.get(kind)
    if has is None or not has.price:
        return ""
    return money(has.price if isinstance(has, ByHand) else _unit(has, plan), platform.currency)


def money(amount: float, currency: str, *, unit: bool = True) -> str:
    """An amount as people write it; in a list of euros the word is in the total alone."""
    number = f"{amount:.2f}".removesuffix(".00")
    if currency == "USD":
        return f"${number}"
    return f"{number} euros" if unit else number


def _provided(platform: Platform, kind: str) -> Provided:
    has: Has | None = platform.has.get(kind)
    return has if isinstance(has, Provided) else Provided()


def _unit(has: Provided, plan: str) -> float:
    if not isinstance(has.price, float | int):
        return has.price[plan or next(iter(has.price))]
    return has.price


def _cost(has: Provided, answers: Values, count: int = 1) -> Cost:
    """Nothing for what exists already."""
    plan = str(answers.get(has.plan) or "") if has.plan else ""
    if not plan and not isinstance(has.price, float | int):
        plan = next(iter(has.price))
    count = 1 if plan in has.shared else count
    if has.existing and answers.get(has.existing):
        return Cost("", 0)
    label = has.several if count > 1 and has.several else has.labels.get(plan, has.label)
    return Cost(label.format(plan=plan, Plan=plan.capitalize(), count=count), count * _unit(has, plan))
