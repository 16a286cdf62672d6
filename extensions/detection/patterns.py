"""Regular expressions that are compiled when they are first used: most projects need few of them."""

from __future__ import annotations

import re
from typing import Any, cast


class _Pattern:
    """Has what `re.Pattern` has."""

    __slots__ = ("_compiled", "_flags", "_text")

    def __init__(self, text: str, flags: int) -> None:
        self._text, self._flags = text, flags
        self._compiled: re.Pattern[str] | None = None

    def __getattr__(self, name: str) -> Any:
        if self._compiled is None:
            self._compiled = re.compile(self._text, self._flags)
        return getattr(self._compiled, name)


def lazy(text: str, flags: int = 0) -> re.Pattern[str]:
    """`re.compile` at first use. Called by its methods alone: `re.search` and the like do not take it."""
    return cast("re.Pattern[str]", _Pattern(text, flags))
