"""Adds to an array or a table in TOML text and changes nothing else: https://toml.io/en/v1.0.0

The standard library reads TOML but does not write it, and writing it anew would lose comments and layout. So the text
is walked just far enough to find the place; the result is read back and compared before anyone may use it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

_TOKEN = re.compile(
    r'(?P<string>"""(?:\\.|[^\\])*?"{3,5}|\'\'\'.*?\'{3,5}|"(?:\\.|[^"\\\n])*"|\'[^\'\n]*\')'
    r"|(?P<comment>#[^\n]*)|(?P<newline>\r?\n)|(?P<mark>[\[\]{}=,.])|(?P<space>[ \t]+)|(?P<bare>[^\s\[\]{}=,.#\"']+)",
    re.DOTALL,
)
_LINE_LENGTH = 88  # a one-line array that would grow beyond this gets a line for each element


class NotFound(Exception):
    """The place is not there, or is written in a way that this does not edit."""


@dataclass(frozen=True)
class _Array:
    opening: int  # offset of `[`
    closing: int  # offset of `]`
    strings: tuple[tuple[int, int], ...]  # start and end of each element
    trailing_comma: bool


def with_strings(text: str, table: str, key: str, added: Sequence[str], newline: str) -> str:
    """The text with strings at the end of the array `key` of the table, made when the table has no such key.

    Raises NotFound when the array cannot be edited safely. The added strings hold no quote and no backslash.
    """
    before = _read(text)
    if not isinstance(before.get(table), dict):
        raise NotFound(f"there is no [{table}] table")
    if key in before[table]:
        result = _grown(text, _find(text, table, key), added, newline)
    else:
        items = "".join(f'    "{item}",{newline}' for item in added)
        result = _inserted(text, table, f"{key} = [{newline}{items}]", newline)
    expected = {**before, table: {**before[table], key: [*before[table].get(key, []), *added]}}
    if _read(result) != expected:
        raise NotFound(f"`{key}` of [{table}] is written in an unusual way")
    return result


def without_strings(text: str, table: str, key: str, unwanted: Callable[[str], bool]) -> str:
    """The text without the strings of the array `key` of the table of which this is true, and their lines.

    Raises NotFound when the array cannot be edited safely.
    """
    before = _read(text)
    array = _find(text, table, key)
    result = text
    for start, end in reversed(array.strings):
        if not unwanted(text[start:end].strip("\"'")):
            continue
        comma = re.compile(r"[ \t]*,").match(result, end)
        stop = comma.end() if comma else end
        line = result.rfind("\n", 0, start) + 1
        rest = re.compile(r"[ \t]*(\r?\n)").match(result, stop)
        if not result[line:start].strip() and rest:  # it has the line for itself
            start, stop = line, rest.end()
        elif not comma:  # the last of a line goes with the comma before it
            start = len(result[:start].rstrip(" \t,"))
        else:
            stop += len(result[stop:]) - len(result[stop:].lstrip(" \t"))
        result = result[:start] + result[stop:]
    left = [item for item in before[table][key] if not unwanted(item)]
    if _read(result) != {**before, table: {**before[table], key: left}}:
        raise NotFound(f"`{key}` of [{table}] is written in an unusual way")
    return result


def with_keys(text: str, table: str, lines: Sequence[str], newline: str) -> str:
    """The text with lines (`key = value`, keys that are not there yet) at the end of the table.

    Raises NotFound when the table cannot be edited safely.
    """
    before = _read(text)
    if not isinstance(before.get(table), dict):
        raise NotFound(f"there is no [{table}] table")
    result = _inserted(text, table, newline.join(lines), newline)
    if _read(result) != {**before, table: {**before[table], **_read("\n".join(lines))}}:
        raise NotFound(f"[{table}] is written in an unusual way")
    return result


def _read(text: str) -> dict[str, Any]:
    import tomllib

    try:
        return tomllib.loads(text.replace("\r\n", "\n"))
    except tomllib.TOMLDecodeError as error:
        raise NotFound(f"the file is not valid TOML: {error}") from None


def _grown(text: str, array: _Array, added: Sequence[str], newline: str) -> str:
    quoted = [f'"{item}"' for item in added]
    inside = text[array.opening + 1 : array.closing]
    line_start = text.rfind("\n", 0, array.opening) + 1
    one_line = "\n" not in inside
    if one_line and array.strings:
        end = array.strings[-1][1]
        line = text[line_start:end] + ", " + ", ".join(quoted) + "]"
        if len(line) <= _LINE_LENGTH:
            return text[:end] + ", " + ", ".join(quoted) + text[end:]
    indent = "    "
    if not one_line and array.strings:
        first = array.strings[0][0]
        before = text[text.rfind("\n", 0, first) + 1 : first]
        indent = before if not before.strip() else indent
    if one_line:
        items = [text[start:end] for start, end in array.strings] + quoted
        body = "".join(f"{newline}{indent}{item}," for item in items) + newline
        return text[: array.opening + 1] + body + text[array.closing :]
    lines = "".join(f"{indent}{item},{newline}" for item in quoted)
    closing_line = text.rfind("\n", 0, array.closing) + 1
    if text[closing_line : array.closing].strip():  # the bracket stands behind the last element
        lines = newline + lines
        closing_line = array.closing
    if array.strings and not array.trailing_comma:
        end = array.strings[-1][1]
        return text[:end] + "," + text[end:closing_line] + lines + text[closing_line:]
    return text[:closing_line] + lines + text[closing_line:]


def _inserted(text: str, table: str, lines: str, newline: str) -> str:
    places = [place for place in _places(text) if place.value < 0]
    index = next((index for index, place in enumerate(places) if place.path == (table,)), -1)
    if index < 0:
        raise NotFound(f"[{table}] is not written as a table of its own")
    start = text.find("\n", places[index].start) + 1 or len(text)
    end = places[index + 1].start if index + 1 < len(places) else len(text)
    body = text[start:end].splitlines(keepends=True)
    while body and (not body[-1].strip() or body[-1].lstrip().startswith("#")):  # these belong to what follows
        body.pop()
    at = start + len("".join(body).rstrip("\r\n")) if body else start
    lead = "" if at == 0 or text[at - 1] == "\n" else newline
    rest = text[at:] if text[at:].startswith(("\n", "\r\n")) else newline + text[at:]
    return f"{text[:at]}{lead}{lines}{rest}"


def _find(text: str, table: str, key: str) -> _Array:
    """The array of `key` in `[table]`; `table.key = [...]` above the first header is the same thing."""
    here: tuple[str, ...] = ()
    for place in _places(text):
        if place.value < 0:
            here = place.path
        elif (*here, *place.path) == (table, key):
            return _array(text, place.value)
    raise NotFound(f"`{key}` of [{table}] is written in an unusual way")


@dataclass(frozen=True)
class _Place:
    """A table header or a key."""

    path: tuple[str, ...]
    start: int  # offset of its first character
    value: int  # offset behind `=`; -1 for a header


def _places(text: str) -> list[_Place]:
    """Headers and keys, without those inside of arrays and inline tables."""
    found: list[_Place] = []
    name: list[str] = []
    depth, start, position = 0, -1, 0
    at_key = True
    while position < len(text):
        token = _TOKEN.match(text, position)
        if token is None:
            raise NotFound("the file is written in an unusual way")
        kind, value, position = token.lastgroup, token.group(), token.end()
        if kind == "newline" and depth == 0:
            at_key, name, start = True, [], -1
        elif not at_key:
            if kind == "mark":
                depth = max(0, depth + {"[": 1, "{": 1, "]": -1, "}": -1}.get(value, 0))
        elif kind in ("bare", "string", "mark"):
            start = token.start() if start < 0 else start
            if kind != "mark":
                name.append(value.strip("\"'"))
            elif value in "]=":
                found.append(_Place(tuple(name), start, -1 if value == "]" else position))
                at_key = False
    return found


def _array(text: str, offset: int) -> _Array:
    opening, strings, comma = -1, list[tuple[int, int]](), False
    position = offset
    while position < len(text):
        token = _TOKEN.match(text, position)
        if token is None:
            break
        kind, value = token.lastgroup, token.group()
        if kind == "mark" and value == "[" and opening < 0:
            opening = token.start()
        elif kind == "mark" and value == "]" and opening >= 0:
            return _Array(opening, token.start(), tuple(strings), comma)
        elif kind == "string" and opening >= 0:
            strings.append(token.span())
            comma = False
        elif kind == "mark" and value == ",":
            comma = True
        elif kind not in ("newline", "space", "comment"):
            break
        position = token.end()
    raise NotFound("the array holds more than strings")
