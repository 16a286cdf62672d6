"""Reads files of environment variables, one NAME=value a line.

There is no standard for them, so a value means what it means to the tools that use such files:

* `export`, spaces around =, quotes, escapes in them, values of several lines and comments are those of python-dotenv, and
  of Docker Compose, which agrees: https://github.com/theskumar/python-dotenv/blob/v1.2.1/src/dotenv/parser.py and
  https://docs.docker.com/compose/how-tos/environment-variables/variable-interpolation/#env-file-syntax
* `$` is kept, as in django-environ and `docker run --env-file`: the value goes to a platform, which does not
  know the other variables of this machine, and secrets have dollar signs.
* A name without a value (`docker run` would take it from the shell) and a name that no shell could set are refused.
* So is text after a closing quote, which the tools read differently.
"""

from __future__ import annotations

import re
from pathlib import Path

from .message import Failure

ENV_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_ENV_ASSIGNMENT = re.compile(r"(?:export[ \t]+)?(?P<name>[^=]*?)[ \t]*=(?P<value>.*)", re.DOTALL)
_ENV_QUOTED = {
    '"': re.compile(r'"((?:\\.|[^"\\])*)"[ \t]*(?:#[^\n]*)?(?=\n|$)', re.DOTALL),
    "'": re.compile(r"'((?:\\.|[^'\\])*)'[ \t]*(?:#[^\n]*)?(?=\n|$)", re.DOTALL),
}
_ENV_CLOSED = {'"': re.compile(r'"(?:\\.|[^"\\])*"', re.DOTALL), "'": re.compile(r"'(?:\\.|[^'\\])*'", re.DOTALL)}
_ENV_ESCAPES = {'"': re.compile(r"""\\([\\'"abfnrtv])"""), "'": re.compile(r"\\([\\'])")}
_ENV_LETTERS = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}


class EnvFileError(ValueError):
    """A line that is no variable: `line` counts from 1, str() says what is wrong with it."""

    def __init__(self, line: int, problem: str) -> None:
        super().__init__(problem)
        self.line = line


def parse_env_file(text: str) -> dict[str, str]:
    """Values by name; the last value of a name counts. Raises EnvFileError."""
    lines = re.split(r"\r\n|\r|\n", text.removeprefix("\ufeff"))
    found: dict[str, str] = {}
    position = 0
    while position < len(lines):
        start, line = position, lines[position].strip()
        position += 1
        if not line or line.startswith("#"):
            continue
        match = _ENV_ASSIGNMENT.fullmatch(line)
        if match is None:
            raise EnvFileError(start + 1, "is not a NAME=value line")
        name, value = match["name"], match["value"]
        if not ENV_NAME.fullmatch(name):
            raise EnvFileError(start + 1, f"has {name!r} as a name, but names have only letters, digits and _")
        bare = value.lstrip(" \t")
        if bare[:1] in _ENV_QUOTED:
            rest = "\n".join([bare, *lines[position:]])
            found[name], length = _quoted_value(start + 1, rest)
            position += rest.count("\n", 0, length)
        else:
            found[name] = re.split(r"[ \t]#", value, maxsplit=1)[0].strip()
        if "\0" in found[name]:
            raise EnvFileError(start + 1, "has a NUL character, which no environment variable can hold")
    return found


def _quoted_value(line: int, text: str) -> tuple[str, int]:
    """The value between quotes that `text` begins with, and how many characters it takes."""
    quote = text[0]
    match = _ENV_QUOTED[quote].match(text)
    if match is None:
        closed = _ENV_CLOSED[quote].match(text)
        problem = (
            "has text after the closing quote" if closed else f"begins with {quote} but has no such quote at its end"
        )
        raise EnvFileError(line, problem)
    value = _ENV_ESCAPES[quote].sub(lambda escape: _ENV_LETTERS.get(escape[1], escape[1]), match[1])
    return value, match.end()


def read_env_file(path: Path) -> dict[str, str]:
    """The variables of a file in UTF-8. Raises OSError, UnicodeDecodeError and EnvFileError."""
    return parse_env_file(path.read_bytes().decode("utf-8"))


def read_owners_file(path: Path, shown: str) -> dict[str, str]:
    """The variables in a file that the user names; messages call it `shown`. Raises Failure with the line."""
    try:
        return read_env_file(path)
    except EnvFileError as error:
        raise Failure(
            f"{shown}:{error.line} {error}: correct it, or start it with # to leave it out.", anchor="env-file"
        ) from None
    except (OSError, UnicodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise Failure(
            f"{shown} cannot be read ({reason}): give the path of a file of NAME=value lines.", anchor="env-file"
        ) from None
