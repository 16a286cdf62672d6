"""Asks people at the terminal; without one, says which option would have answered."""

from __future__ import annotations

import os
import sys

from ..adapter.request import YES
from ..base.message import Failure


def has_terminal() -> bool:
    return sys.stdin.isatty() and sys.stdout.isatty()


def says_yes() -> bool:
    """Whether the environment answers yes to whatever is asked."""
    return os.environ.get(YES) == "1"


def agreed(question: str, nothing: str, option: str) -> bool:
    """Yes from the terminal or the environment. Raises Failure where nobody can be asked."""
    if says_yes():
        return True
    if not has_terminal():
        raise Failure(f"{nothing}, because there is no terminal to ask in: add {option}.", anchor="nobody-said-yes")
    import questionary

    answer = questionary.confirm(question, default=False).ask()
    if answer is None:
        raise KeyboardInterrupt
    return bool(answer)
