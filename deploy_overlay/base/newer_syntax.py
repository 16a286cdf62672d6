"""Rewrites syntax of newer Pythons, so that the Python that runs Copier can parse it; line numbers stay.

The meaning stays as far as detection is concerned, which ignores type parameters.
"""

from __future__ import annotations

import re

# except A, B: without parentheses, from Python 3.14. https://peps.python.org/pep-0758/
_BARE_EXCEPT = re.compile(r"^([ \t]*except\*?[ \t]+)([\w.]+(?:[ \t]*,[ \t]*[\w.]+)+)[ \t]*:", re.MULTILINE)
# def name[T](...), class Name[T]:, type Name[T] = ..., from 3.12. https://peps.python.org/pep-0695/
_PARAMETERS = re.compile(r"^[ \t]*(?:(?:async[ \t]+)?def|class|type)[ \t]+\w+(\[)", re.MULTILINE)
_ALIAS = re.compile(r"^([ \t]*)type[ \t]+(\w+)[ \t]*=", re.MULTILINE)
_STRING = re.compile(r"(?P<prefix>(?:\b[A-Za-z]{1,2})?)(?P<quote>\"\"\"|'''|\"|')|#[^\n]*")


def for_older_pythons(text: str) -> str:
    """The text with the syntax of Python 3.12 to 3.14 rewritten for Python 3.11."""
    text = _BARE_EXCEPT.sub(r"\1(\2):", text)
    text = _ALIAS.sub(r"\1\2 =", _without_parameters(text))
    return _with_other_quotes(text)


def _without_parameters(text: str) -> str:
    parts, done = [], 0
    for match in _PARAMETERS.finditer(text):
        start, depth = match.start(1), 0
        for end in range(start, len(text)):
            depth += {"[": 1, "]": -1}.get(text[end], 0)
            if depth == 0:
                parts += [text[done:start], "\n" * text.count("\n", start, end)]
                done = end + 1
                break
    return "".join((*parts, text[done:]))


def _with_other_quotes(text: str) -> str:
    """Strings inside the braces of an f-string may have its own quotes from 3.12: https://peps.python.org/pep-0701/"""
    parts, done, position = [], 0, 0
    while match := _STRING.search(text, position):
        position = match.end()
        quote = match["quote"]
        if quote is None:
            continue  # a comment
        formatted = "f" in match["prefix"].lower()
        end = _end(text, position, quote, formatted)
        if formatted and len(quote) == 1:
            other = "'" if quote == '"' else '"'
            body = text[position : end - 1]
            if quote in body and other not in body:
                parts += [text[done:position], re.sub(rf"(?<!\\){quote}", other, body)]
                done = end - 1
        position = end
    return "".join((*parts, text[done:]))


def _end(text: str, position: int, quote: str, formatted: bool) -> int:
    """Where a string ends whose text begins at `position`: after the closing quote, or at the end of the text."""
    depth = 0
    while position < len(text):
        if text[position] == "\\" or (formatted and text.startswith(("{{", "}}"), position) and depth == 0):
            position += 2
        elif depth and (inner := _STRING.match(text, position)) and inner["quote"]:
            position = _end(text, inner.end(), inner["quote"], "f" in inner["prefix"].lower())
        elif depth == 0 and text.startswith(quote, position):
            return position + len(quote)
        elif len(quote) == 1 and depth == 0 and text[position] == "\n":
            return position  # not closed: left to the parser
        else:
            depth += {"{": 1, "}": -1}.get(text[position], 0) if formatted else 0
            depth = max(depth, 0)
            position += 1
    return position
