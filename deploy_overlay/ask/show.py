"""Shows facts while Copier asks, on standard error like Copier itself."""

from __future__ import annotations

import os
import re
import sys
import textwrap
from collections.abc import Iterable
from typing import Any

COLUMNS = 80
_PREFIX = "Validation error for question '{}': "  # copier/_user_data.py
_shown: set[str] = set()


def show_facts(lines: Iterable[str]) -> None:
    """Print the detected facts before the first question, once, although Copier renders this several times."""
    text = "\n".join(["", "Detected in this project:", *lines, ""])
    if text not in _shown:
        _shown.add(text)
        print(text, file=sys.stderr, flush=True)


def fit_prompt(message: str, question: str) -> str:
    """A validator's message; at a prompt only as many whole words as its line has room for.

    questionary shows one line and cuts the rest, and Copier writes `_PREFIX` before the message. So a message is shown up
    to its colon where the whole has no room, or from there on where it begins by repeating the answer. With -d there is no
    prompt, and the message stays whole.
    """
    from prompt_toolkit.application import get_app_or_none

    if get_app_or_none() is None:
        return message
    room = COLUMNS - 1 - len(_PREFIX.format(question))
    rule = re.sub(rf"^{question}(=\S+)? ", "", message)
    problem, colon, cure = rule.partition(": ")
    first = cure if problem.startswith("cannot be") and colon else problem
    return shortened(rule if len(rule) <= room else first, room)


def shortened(text: str, room: int) -> str:
    """As many whole words as fit into `room` characters, with dots if some are missing."""
    return textwrap.shorten(text, room, placeholder=" ...")


def show_fact(name: str, found: Any) -> None:
    """Print a fact with all of its evidence, if DEPLOY_OVERLAY_VERBOSE is set."""
    if os.environ.get("DEPLOY_OVERLAY_VERBOSE"):
        places = ", ".join(f"{e.path}:{e.line}" if e.line else e.path for e in found.evidence)
        print(f"{name} = {found.value!r}{f'  ({places})' if places else ''}", file=sys.stderr)
