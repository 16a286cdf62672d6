"""Reads dependency files of Python projects."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from ...base.evidence import Evidence
from ...base.files import Repository, join
from ...base.message import Failure
from ...base.requirement_tables import table
from ...base.requirements import Requirement, collect

__all__ = ["Requirement", "RequirementsFile", "line_of", "read_requirements", "read_toml", "table"]


@dataclass
class RequirementsFile:
    """A requirements file with its includes. `text` is only its own; `files` starts with itself."""

    path: str
    text: str
    files: list[str]
    requirements: list[Requirement]
    constraints: list[Requirement]
    missing: list[Evidence]
    # Whether it asks for something itself, beside what it includes.
    own: bool
    # "." or "-e ." was found: the project's own metadata is installed as well.
    installs_project: bool
    project_extras: frozenset[str]  # extras of it: "-e .[prod]"
    unnamed: bool  # it installs a path or an address that does not say its package's name

    @property
    def names(self) -> set[str]:
        return {requirement.name for requirement in self.requirements}

    @property
    def valid(self) -> bool:
        """False for a file in another format (a Pipfile saved under the wrong name)."""
        return not re.search(r"^\s*\[(packages|dev-packages|tool\.|project|\[source)", self.text, re.MULTILINE)


def read_requirements(repository: Repository, path: str) -> RequirementsFile | None:
    """A requirements file with its includes; None if there is none. Raises Failure if it is not text."""
    if not repository.is_file(path):
        return None
    text = repository.text(path)
    if text is None:
        reason = repository.notes.get(join(path), "it cannot be read")
        text = f"{path} is a dependency file, but it is {reason}. Save it as UTF-8 text, commit, and run this again."
        raise Failure(text, anchor="dependency-file-not-text")

    def read(name: str) -> str | None:
        # A file that is not text cannot be read.
        return (repository.text(name) or "") if repository.is_file(name) else None

    found = collect(path, read)
    return RequirementsFile(
        path,
        text,
        list(found.files),
        list(found.requirements),
        list(found.constraints),
        list(found.missing),
        found.asks,
        found.installs_project,
        found.project_extras,
        found.unnamed,
    )


def read_toml(repository: Repository, path: str) -> dict[str, Any] | None:
    """A TOML file, or None. Raises Failure if it is not valid TOML."""
    if not repository.is_file(path):
        return None
    text = repository.text(path)
    if text is None:
        if "over 1 MiB" in repository.notes.get(join(path), ""):
            return {}
        raise Failure(
            f"{path} cannot be read ({repository.notes.get(join(path), 'unreadable')}). Save it as UTF-8 text.",
            anchor="dependency-file-not-text",
        )
    import tomllib  # a project with requirements.txt has no such file

    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as problem:
        line = re.search(r"line (\d+)", str(problem))
        place = f"{path}:{line.group(1)}" if line else path
        raise Failure(
            f"{place} is not valid TOML ({problem}). Fix it, commit, and run this again.", anchor="not-valid-toml"
        ) from None


def line_of(repository: Repository, path: str, pattern: str) -> int | None:
    """The first line of a file that matches, counted from 1."""
    for number, line in enumerate((repository.text(path) or "").split("\n"), 1):
        if re.search(pattern, line):
            return number
    return None
