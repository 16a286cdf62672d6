"""The message for an unclear fact when there is no terminal, with the -d option that answers it."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Sequence
from typing import Any

import yaml

from .message import Failure

# Within double quotes these mean something else to sh, or to PowerShell.
_SPECIAL = re.compile(r'["$`\\!]')
_PLAIN = re.compile(r"[\w.:/@+-]*", re.ASCII)
_SHOWN = 200  # characters of a candidate; what is pasted is whole


def answer_option(name: str, value: Any) -> str:
    """`-d name=value` for a command line of Copier, whatever the value is.

    A list or a table is written in YAML without double quotes, which in double quotes sh, cmd.exe and PowerShell all
    read the same way: https://yaml.org/spec/1.2.2/#chapter-7-flow-style-productions. A value that no such text can hold
    is JSON in single quotes, for sh and PowerShell.
    """
    text = f"{name}={_written(value)}"
    if not text.isprintable():
        text = f"{name}={json.dumps(value)}"  # ASCII, on one line
    elif not _SPECIAL.search(text):
        return f"-d {text}" if _PLAIN.fullmatch(text.replace("=", "", 1)) else f'-d "{text}"'
    elif not isinstance(value, str):
        text = f"{name}={json.dumps(_plain(value), ensure_ascii=False)}"
    return f"-d {shlex.quote(text)}"


def unclear(name: str, candidates: Sequence[Any]) -> Failure:
    """One sentence that names what was found, and the answer to give; `candidates` are the likeliest first."""
    found = " or ".join(_shortened(_written(value)) for value in candidates)
    how = "Choose" if len(candidates) > 1 else "It may not be production's: confirm it, or name another,"
    found = found if len(candidates) > 1 else f"only {found} was found"
    return Failure(
        f"{name} is unclear: {found}. {how} with: {answer_option(name, candidates[0])}",
        anchor="not-clear",
    )


def _written(value: Any) -> str:
    if isinstance(value, str):
        return value
    text = yaml.safe_dump(
        _plain(value), default_flow_style=True, sort_keys=False, allow_unicode=True, width=float("inf")
    )
    return text.removesuffix("...\n").strip()


def _plain(value: Any) -> Any:
    """As YAML and JSON have it."""
    if isinstance(value, dict):
        return {key: _plain(part) for key, part in value.items()}
    return [_plain(part) for part in value] if isinstance(value, list | tuple) else value


def _shortened(text: str) -> str:
    text = text if text.isprintable() else ascii(text)
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 3]}..."
