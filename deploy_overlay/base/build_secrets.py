"""Variables that only an installation needs: a token in the address of an index, or a login to it."""

from __future__ import annotations

import re
from collections.abc import Sequence

# https://docs.astral.sh/uv/concepts/indexes/#providing-credentials-directly
# https://python-poetry.org/docs/configuration/#http-basicnameusernamepassword
_LOGIN = re.compile(r"(?:UV_INDEX|POETRY_HTTP_BASIC)_\w+_(?:USERNAME|PASSWORD)")


def is_login(name: str) -> bool:
    """Whether the variable is a login, which only a private index needs."""
    return _LOGIN.fullmatch(name) is not None


def needed(names: Sequence[str]) -> list[str]:
    """Those that every installation needs."""
    return [name for name in names if not is_login(name)]


def uv_login(index: str) -> list[str]:
    """The variables of a named index of uv."""
    return [f"UV_INDEX_{_upper(index)}_{part}" for part in ("USERNAME", "PASSWORD")]


def poetry_login(source: str) -> list[str]:
    """The variables of a source of Poetry."""
    return [f"POETRY_HTTP_BASIC_{_upper(source)}_{part}" for part in ("USERNAME", "PASSWORD")]


def _upper(name: str) -> str:
    return re.sub(r"[^A-Z0-9]", "_", name.upper())
