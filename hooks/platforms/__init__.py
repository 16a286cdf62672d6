"""The platforms as the hooks see them: one module for each, found by its name in `deploy_platforms`.

A platform's module has

- `NAME`, as the platform writes it;
- `STATUS`: `stable`, `preliminary`, or `deprecated until YYYY-MM-DD, use NAME`;
- `FILES`: what its own files are for, by their path from the git root;
- `price(answers)`: what the answers cost a month, in one short line;
- `CURRENCY`, `$` or a word, and `PRICES_READ`, the date of the price list that it knows.

and may have

- `replaced(answers)`: files of the user's that the platform gives up, by path, with what to do;
- `caveat(answers)`: a sentence on what a sum of these prices leaves open;
- `asks_for(before, answers)`: sentences on what a changed answer asks for beyond the merge of files.

`before` are the answers of before an update.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Mapping
from typing import Protocol, cast

from ..answers import Answers


class Platform(Protocol):
    NAME: str
    STATUS: str
    FILES: Mapping[str, str]
    CURRENCY: str
    PRICES_READ: str

    def price(self, answers: Answers) -> str: ...


def module(name: str) -> Platform:
    """The module of one platform by its name in the answers; raises ModuleNotFoundError for another."""
    return cast(Platform, importlib.import_module(f"{__name__}.{name}"))


def purposes(names: Iterable[str]) -> dict[str, str]:
    """What the files of these platforms are for, by path."""
    return {path: purpose for name in names for path, purpose in module(name).FILES.items()}


def replaced(answers: Answers) -> list[tuple[str, str]]:
    """Files of the user's that a chosen platform gives up, and what to do about each."""
    found: dict[str, str] = {}
    for platform in map(module, answers.texts("deploy_platforms")):
        told = getattr(platform, "replaced", None)
        found |= told(answers) if told else {}
    return [(path, text) for path, text in found.items() if (answers.root / path).exists()]


def asked_for(before: Answers, answers: Answers) -> list[str]:
    """What the platforms that were chosen before, and still are, ask for after other answers changed."""
    sentences: list[str] = []
    for name in answers.texts("deploy_platforms"):
        told = getattr(module(name), "asks_for", None)
        if told and name in before.texts("deploy_platforms"):
            sentences += told(before, answers)
    return sentences
