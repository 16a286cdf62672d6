"""Reads the user's own files that a platform reads, for the checks that say what they lack."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..base.files import read_plain


class Unreadable(Exception):
    """A sentence that follows the path of the file: why the platform does not read it either, with the fix."""


def text_of(root: Path, path: str, platform: str) -> str:
    """The text of a file that git knows; `platform` is its title. Raises Unreadable."""
    try:
        return read_plain(root / path).decode("utf-8", "replace")
    except OSError:
        raise Unreadable(
            f"is spelled differently in your project, so {platform} does not find it: rename it with `git mv`"
        ) from None


def toml_of(text: str) -> dict[str, Any]:
    """Raises Unreadable."""
    import tomllib

    try:
        return tomllib.loads(text)
    except ValueError as error:
        raise Unreadable(f"is not valid TOML: {_in_one_line(error)}") from None


def yaml_of(text: str) -> Any:
    """A tag of the platform's own, such as `!include`, stands for nothing. Raises Unreadable."""
    import yaml

    class Loader(yaml.SafeLoader):
        """Knows any tag."""

    Loader.add_multi_constructor("!", lambda loader, suffix, node: None)
    try:
        return yaml.load(text, Loader=Loader)
    except (ValueError, RecursionError, yaml.YAMLError) as error:
        raise Unreadable(f"is not valid YAML: {_in_one_line(error)}") from None


def table(content: object, name: str) -> dict[str, Any]:
    """What `content` has below a name, where both are mappings; otherwise nothing."""
    found = content.get(name) if isinstance(content, Mapping) else None
    return found if isinstance(found, dict) else {}


def _in_one_line(error: Exception) -> str:
    return " ".join(str(error).split())
