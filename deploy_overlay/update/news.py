"""What a version asks of its users beyond a merge, and platforms that retire: shown once, by the update that brings it.

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
    version: str  # PEP 440, of the release that brings it
    concerns: Callable[[Answers], bool]
    text: str  # one or two sentences: what changed, and what to do


NEWS: tuple[News, ...] = ()


def versions() -> tuple[str, str]:
    """The versions that an update comes from and goes to, as PEP 440 writes them; empty outside of one."""
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
