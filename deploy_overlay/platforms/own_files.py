"""Reads the user's files for a platform, for the checks of what they lack."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..base.files import read_plain
from ..base.platform import Unjudged


class Unreadable(Exception):
    """Why the platform cannot read the file either, with the fix, as a sentence after the path."""


def not_checked(folder: str, platform: str) -> Unjudged:
    """For a file without checks; `folder` is the overlay's, `platform` a title."""
    return Unjudged(f"is your file and was not checked: {folder}/README.md says what {platform} needs")


def unknown_start(ours: str) -> Unjudged:
    """For a command that starts the site; `ours` says what to write instead."""
    return Unjudged(f"starts the site in an unknown way: {ours}, which is what a rehearsal starts")


def text_of(root: Path, path: str, platform: str) -> str:
    """The text of a tracked file; `platform` is a title. Raises Unreadable."""
    try:
        return read_plain(root / path).decode("utf-8", "replace")
    except OSError:
        raise Unreadable(
            f"is spelled differently in your project, so {platform} does not find it: rename it with `git mv`"
        ) from None


def toml_of(text: str) -> dict[str, Any]:
    """Parse TOML. Raises Unreadable."""
    import tomllib

    try:
        return tomllib.loads(text)
    except ValueError as error:
        raise Unreadable(f"is not valid TOML: {_in_one_line(error)}") from None


def yaml_of(text: str) -> Any:
    """Parse YAML, ignoring tags such as `!include`. Raises Unreadable."""
    import yaml

    class Loader(yaml.SafeLoader):
        """Accepts any tag."""

    Loader.add_multi_constructor("!", lambda loader, suffix, node: None)
    try:
        return yaml.load(text, Loader=Loader)
    except (ValueError, RecursionError, yaml.YAMLError) as error:
        raise Unreadable(f"is not valid YAML: {_in_one_line(error)}") from None


def table(content: object, name: str) -> dict[str, Any]:
    """The mapping below a name in `content`, or {}."""
    found = content.get(name) if isinstance(content, Mapping) else None
    return found if isinstance(found, dict) else {}


def _in_one_line(error: Exception) -> str:
    return " ".join(str(error).split())
