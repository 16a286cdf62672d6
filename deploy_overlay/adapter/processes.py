"""The state of a site's processes, as its platform reports it.

A platform's adapter may have `processes(site)`, a list of `Process`; empty where nothing runs or the site is not there. It
asks and changes nothing. Raises Failure where the platform cannot be asked.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Process:
    """One running copy of a process."""

    name: str  # as the platform's own commands take it: `web.1`, on Fly.io its process group and Machine
    state: str  # in the platform's own word: `up`, `started`, `crashed`
    well: bool = True  # False where the platform says that something is wrong with it
    since: str = ""  # start of this state, in ISO 8601 and UTC; "" if unknown
    hint: str = ""  # the command that shows why it is not well


def not_up(state: str, logs: Mapping[str, str]) -> str:
    """A clause on processes that did not stay up. `logs` has the command that shows why for each; empty for none."""
    if not logs:
        return ""
    are, say = ("is", "says") if len(logs) == 1 else ("are", "say")
    lines = " and ".join(f"`{line}`" for line in logs.values())
    return f"{', '.join(logs)} {are} {state}: {lines} {say} why."
