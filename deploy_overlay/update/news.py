"""News that an update shows once: what a version requires besides the merge, and retiring platforms.

docs/deprecation.md says when a line is added here.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from ..base.answers import Answers
from ..base.message import DOCUMENTATION
from ..platforms import RETIRING, chosen
from .retired import announced

RETIREMENT = f"{DOCUMENTATION}deprecation/"


@dataclass(frozen=True)
class News:
    version: str  # of the release, PEP 440
    concerns: Callable[[Answers], bool]
    text: str  # one or two sentences: what changed, and what to do


NEWS: tuple[News, ...] = ()


def versions() -> tuple[str, str]:
    """The old and new version of an update, in PEP 440 form; empty outside of an update."""
    return os.environ.get("VERSION_PEP440_FROM", ""), os.environ.get("VERSION_PEP440_TO", "")


def news_for(answers: Answers, old: str, new: str, news: tuple[News, ...] = NEWS) -> list[str]:
    """Sentences for a project that is updated from version `old` to `new`."""
    crossed = _crossed(old, new)
    sentences = [item.text for item in news if crossed(item.version) and item.concerns(answers)]
    retiring = [*_retiring(answers), *announced(answers)]
    return [*sentences, *retiring, *([f"How to switch: {RETIREMENT}"] if retiring else [])]


def _crossed(old: str, new: str) -> Callable[[str], bool]:
    from packaging.version import InvalidVersion, Version

    try:
        since, until = Version(old), Version(new)
    except InvalidVersion:
        return lambda version: False
    return lambda version: since < Version(version) <= until


def _retiring(answers: Answers) -> Iterator[str]:
    for platform in chosen(answers):
        if platform.status.startswith(RETIRING):
            until, _, instead = platform.status.removeprefix(RETIRING).partition(", ")
            yield f"{platform.name} is supported until {until}: {instead}."
