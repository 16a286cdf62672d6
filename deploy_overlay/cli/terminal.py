"""Asks people in the terminal; without one, names the option that answers."""

from __future__ import annotations

import os
import sys

from ..adapter.prompts import asked
from ..adapter.request import YES
from ..base.message import Failure


def has_terminal() -> bool:
    return sys.stdin.isatty() and sys.stdout.isatty()


def says_yes() -> bool:
    """Whether the environment answers yes to every question."""
    return os.environ.get(YES) == "1"


def confirm(question: str, nothing: str, option: str) -> bool:
    """Ask for a yes, unless the environment has it. Raises Failure without a terminal."""
    if says_yes():
        return True
    if not has_terminal():
        raise Failure(f"{nothing}, because there is no terminal to ask in: add {option}.", anchor="nobody-said-yes")
    return asked(question)
