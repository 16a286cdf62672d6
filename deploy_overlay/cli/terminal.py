"""Asks people in the terminal; without one, names the option that answers."""

from __future__ import annotations

import os
import sys
from argparse import Namespace

from ..adapter.prompts import asked
from ..adapter.request import YES, Request
from ..base.message import Failure


def has_terminal() -> bool:
    return sys.stdin.isatty() and sys.stdout.isatty()


def says_yes() -> bool:
    """Whether the environment answers yes to every question."""
    return os.environ.get(YES) == "1"


def request(action: str, options: Namespace, *, machine: bool = False) -> Request:
    """What is asked for by a verb; a `machine` is not asked questions."""
    return Request(
        action=action,
        environment=options.environment,
        yes=getattr(options, "yes", False) or says_yes(),
        terminal=has_terminal() and not machine,
    )


def confirm(question: str, nothing: str, option: str) -> bool:
    """Ask for a yes, unless the environment has it. Raises Failure without a terminal."""
    if says_yes():
        return True
    if not has_terminal():
        raise Failure(f"{nothing}, because there is no terminal to ask in: add {option}.", anchor="nobody-said-yes")
    return asked(question)
