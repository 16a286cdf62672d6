"""Which processes of a plan a file of the user's does not start."""

from __future__ import annotations

from collections.abc import Mapping

from ..base.plan import Process
from ..plan import Plan


def not_started(planned: Plan, listed: Mapping[str, object]) -> list[Process]:
    """What runs beside the site is known by its name, or by what its command runs; `listed` has commands by name."""
    return [
        one
        for one in planned.beside
        if one.name not in listed and not any(_essence(one.command) <= {*str(line).split()} for line in listed.values())
    ]


def _essence(command: str) -> set[str]:
    """The words of a command without its options, which its owner may have set otherwise."""
    words = command.split()
    return {
        word
        for before, word in zip(["", *words], words, strict=False)
        if not word.startswith("-") and (not before.startswith("-") or "=" in before)
    }
