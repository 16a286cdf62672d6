"""pyproject.toml: https://packaging.python.org/en/latest/specifications/pyproject-toml/"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

from ...base.atomic_file import write_atomically
from ...base.message import Failure
from ...base.requirement_tables import pyproject_requirements
from ...base.requirements import parse
from . import text_file
from .declared import Declared
from .declared import declared as declared_by


def load(path: Path, name: str) -> dict[str, Any]:
    """The whole file. Raises Failure, with the line, when it is missing or not TOML."""
    import tomllib

    text = text_file.read(path, name).text
    try:
        return tomllib.loads(text.replace("\r\n", "\n"))
    except tomllib.TOMLDecodeError as error:
        raise Failure(
            f"{name} is not valid TOML ({error}): fix it and run this again.", anchor="not-valid-toml"
        ) from None


def declared(root: Path, name: str, python: str, groups: Collection[str] = ()) -> Declared:
    """What the file asks for, for production on that Python, with these groups and extras, and elsewhere.

    Raises Failure as `load` does.
    """
    return declared_by(pyproject_requirements(load(root / name, name)), python, groups=groups)


def remove_dependencies(path: Path, name: str, names: Collection[str]) -> None:
    """Takes packages (canonical names) out of `[project] dependencies`. Raises Failure as `add_dependencies` does."""
    from .toml_text import NotFound, without_strings

    def unwanted(text: str) -> bool:
        found = parse(text)
        return found is not None and found.name in names

    file = text_file.read(path, name)
    try:
        text = without_strings(file.text, "project", "dependencies", unwanted)
    except NotFound as error:
        raise Failure(
            f"{name} cannot be edited safely ({error}): remove these dependencies yourself: {', '.join(names)}. "
            "Then run this again.",
            anchor="not-edited-safely",
        ) from None
    write_atomically(path, file.encoded(text))


def add_dependencies(path: Path, name: str, requirements: Sequence[str]) -> None:
    """Adds to `[project] dependencies`. Raises Failure when the file leaves no safe way; it is unchanged then."""
    from .toml_text import NotFound, with_strings

    file = text_file.read(path, name)
    try:
        text = with_strings(file.text, "project", "dependencies", requirements, file.newline)
    except NotFound as error:
        raise Failure(
            f"{name} cannot be edited safely ({error}): add these dependencies yourself: {', '.join(requirements)}. "
            "Then run this again.",
            anchor="not-edited-safely",
        ) from None
    write_atomically(path, file.encoded(text))
