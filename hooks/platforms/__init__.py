"""The platforms as the hooks see them: one module for each, found by its name in `deploy_platforms`.

A platform's module has

- `NAME`, as the platform writes it;
- `STATUS`: `stable`, `preliminary`, or `deprecated until YYYY-MM-DD, use NAME`;
- `FILES`: what its own files are for, by their path from the git root;
- `price(answers)`: what the answers cost a month, in one short line.
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

    def price(self, answers: Answers) -> str: ...


def module(name: str) -> Platform:
    """The module of one platform by its name in the answers; raises ModuleNotFoundError for another."""
    return cast(Platform, importlib.import_module(f"{__name__}.{name}"))


def purposes(names: Iterable[str]) -> dict[str, str]:
    """What the files of these platforms are for, by path."""
    return {path: purpose for name in names for path, purpose in module(name).FILES.items()}
