"""Which processes of a site the user's file does not start."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ..base.plan import Process


def not_started(wanted: Iterable[Process], listed: Mapping[str, object]) -> list[Process]:
    """Processes are recognized by name or by command; `listed` has the file's commands by name."""
    names, lines = {name.lower() for name in listed}, [{*_words(str(line))} for line in listed.values()]
    return [
        one
        for one in wanted
        if one.name.lower() not in names and not any(_essence(one.command) <= line for line in lines)
    ]


def _words(command: str) -> list[str]:
    """Words of a command, with programs without their folder."""
    return [word.rpartition("bin/")[2] for word in command.split()]


def _essence(command: str) -> set[str]:
    """The words of a command without options, which its owner may have changed."""
    words = _words(command)
    return {
        word
        for before, word in zip(["", *words], words, strict=False)
        if not word.startswith("-") and (not before.startswith("-") or "=" in before)
    }
