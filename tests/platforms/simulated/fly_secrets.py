"""How `fly secrets import` reads its standard input: NAME=VALUE, quotes stripped, comments cut, `\"\"\"` over several lines.

As flyctl does, oddities included: https://github.com/superfly/flyctl/blob/master/internal/command/secrets/parser.go
"""

from __future__ import annotations

from collections.abc import Iterator

LONG = '"""'


def read(text: str) -> dict[str, str]:
    """The secrets by name; a value in three quotes that is never closed is lost. Raises ValueError for another line."""
    found = {}
    lines = iter(_lines(text))
    for line in lines:
        if line.startswith("#") or not line.strip():
            continue
        name, pair, value = line.partition("=")
        if not pair:
            raise ValueError(f"Secrets must be provided as NAME=VALUE pairs ({line} is invalid)")
        value = _without_comment(value.lstrip(" "))
        if value.startswith(LONG) and not (len(value) >= 6 and value.endswith(LONG)):
            rest = _until_closed(lines)
            if rest is not None:
                found[name.strip()] = "\n".join([value[3:], *rest])
        else:
            found[name.strip()] = _without_quotes(value)
    return found


def _lines(text: str) -> list[str]:
    """As Go's scanner gives them: a carriage return before the end of a line is gone."""
    lines = text.split("\n")
    return [line.removesuffix("\r") for line in (lines[:-1] if lines[-1] == "" else lines)]


def _without_comment(value: str) -> str:
    before, comment, _ = value.partition("#")
    return before.rstrip(" ") if comment and before.count('"') % 2 == 0 else value


def _without_quotes(value: str) -> str:
    for quote in (LONG, '"', "'"):
        if value.startswith(quote) and value.endswith(quote):
            return value[len(quote) : max(len(value) - len(quote), len(quote))]
    return value


def _until_closed(lines: Iterator[str]) -> list[str] | None:
    inside = []
    for line in lines:
        if line.endswith(LONG):
            return [*inside, line.removesuffix(LONG)]
        inside.append(line)
    return None
