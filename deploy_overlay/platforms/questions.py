"""Every question of the template: the shared ones, and those of each platform from its own folder."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..base.message import Failure
from ..base.platform import Platform
from ..plan import plan
from . import RETIRING, platforms, retired

SHARED = Path(__file__).resolve().parents[2] / "questions"
FOLDER = Path(__file__).resolve().parent
ONE_RUN = "_for_one_run"  # names of questions whose answers are in no rendered file


def platform_choices() -> dict[str, str]:
    """Choices of `deploy_platforms`: name by text, with the monthly costs of each platform's defaults."""
    return {_choice(platform): name for name, platform in platforms().items()}


def _choice(platform: Platform) -> str:
    if platform.status.startswith(RETIRING):  # without the price: a line has 80 columns
        return f"{platform.name}: {platform.choice}; {platform.status}"
    state = "" if platform.status == "stable" else f"; {platform.status}"
    planned = plan({}, platform)
    price = f"{planned.total} a month" if planned.costs else planned.total
    return f"{platform.name}: {platform.choice}; {price}{state}"


@functools.cache
def asked() -> dict[str, dict[str, Any]]:
    """Every question by name, as in its YAML file, with the choices from the declarations."""
    from ..base.questions import questions  # most copies read no question: Copier does

    found = dict(questions(SHARED))
    for name in platforms():
        found |= questions(FOLDER / name)
    found["deploy_platforms"] = found["deploy_platforms"] | {"choices": platform_choices()}
    return found


@functools.cache
def words() -> frozenset[str]:
    """Platforms' questions for free text, which must be one word to be safe in files and commands."""
    from ..base.questions import questions

    own = (item for name in platforms() for item in questions(FOLDER / name).items() if item[0].startswith(f"{name}_"))
    return frozenset(
        name
        for name, question in own
        if question.get("type") == "str"
        and question.get("when") is not False
        and not question.get("choices")
        and not question.get("validator")
    )


@functools.cache
def for_one_run() -> tuple[str, ...]:
    """Questions whose answers are in no rendered file, and are passed to a run that creates something."""
    from ..base.questions import settings

    return tuple(str(one) for name in platforms() for one in settings(FOLDER / name).get(ONE_RUN, ()))


def parsed(given: Mapping[str, Any]) -> dict[str, Any]:
    """Answers from -d options, which are text until Copier has asked: those to questions of type yaml as their values."""
    from ..base.questions import parse_value

    return {
        name: parse_value(value) if asked().get(name, {}).get("type") == "yaml" else value
        for name, value in given.items()
    }


def retired_problem(given: object) -> Failure | None:
    """That a platform chosen with -d is no longer supported, and what to choose instead, or None."""
    gone = retired()
    if not gone:
        return None
    from ..base.questions import parse_list

    for name in map(str, parse_list(given) or ()):
        if name in gone:
            one = gone[name]
            return Failure(
                f"{one.name} ended with version {one.ended} (announced for {one.until}): choose "
                f'-d "deploy_platforms=[{one.use}]".',
                anchor="no-longer-offered",
            )
    return None
