"""How variables reach an app on Fly.io: as secrets, through standard input. https://fly.io/docs/apps/secrets/"""

from __future__ import annotations

from collections.abc import Mapping

from ....adapter.steps import Command
from ....base.message import Failure
from .app import RELEASED, App


def staged(app: App) -> tuple[str, ...]:
    """So that nothing restarts before the deployment; where none follows, the Machines get secrets at once."""
    return () if RELEASED in app.site.notes else ("--stage",)


def import_secrets(app: App, values: Mapping[str, str], *options: str) -> list[Command]:
    """Through standard input."""
    lines = "".join(f"{secret_line(name, value)}\n" for name, value in values.items())
    command = ("secrets", "import", "-a", app.name, *options)
    return [Command(command, stdin=lines, timeout=600)] if values else []


def secret_line(name: str, value: str) -> str:
    """One NAME=value as `fly secrets import` reads it back exactly; raises Failure for a value that it cannot read.

    It strips quotes and cuts comments: internal/command/secrets/parser.go in superfly/flyctl.
    """
    for wrapped in (value, f'"{value}"', f"'{value}'", f'"""{value}"""'):
        if _read_back(wrapped) == value:
            return f"{name}={wrapped}"
    raise Failure(
        f"The value of {name} has quotes, # or lines that `fly secrets import` cannot read: set it with "
        "`fly secrets set --stage` yourself, then continue.",
        anchor="platform-refused",
    )


def _read_back(text: str) -> str | None:
    """What flyctl's parser makes of what stands after `NAME=`; None where it goes wrong."""
    first, *others = (line.removesuffix("\r") for line in text.split("\n"))
    first = first.lstrip(" ")
    before, found, _ = first.partition("#")
    if found and before.count('"') % 2 == 0:
        first = before.rstrip(" ")
    if first.startswith('"""') and first.endswith('"""') and len(first) >= 6:
        return first[3:-3] if not others else None
    if first.startswith('"""'):
        if not others or not others[-1].endswith('"""') or any(line.endswith('"""') for line in others[:-1]):
            return None
        return "\n".join([first[3:], *others[:-1], others[-1][:-3]])
    if others:
        return None
    for quote in "\"'":
        if first.startswith(quote) and first.endswith(quote):
            return first[1:-1]
    return first
