"""The state of reading one module: its names, where they were set, and what was asked of the environment."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from ...base.evidence import Evidence
from ...base.files import Repository

# Bounds the work for any project: settings that need more steps than this compute something we cannot follow anyway.
MAX_STEPS = 25_000
MAX_DEPTH = 90


class MissingVariable(Exception):
    """The code reads a variable that is not set, inside a `try` that looks after that."""

    def __init__(self, variable: str) -> None:
        super().__init__(variable)
        self.variable = variable


class Raised(Exception):
    """The code raises an error of its own; `variables` are those whose absence led there."""

    def __init__(self, variables: frozenset[str] = frozenset()) -> None:
        super().__init__(", ".join(sorted(variables)))
        self.variables = variables


class Exhausted(Exception):
    """More steps than are worth taking."""


class Read(NamedTuple):
    """One reading of an environment variable; `default` is what the code takes when it is not set."""

    variable: str
    default: Any
    place: Evidence


class SettingsName(NamedTuple):
    """A value that code gives to DJANGO_SETTINGS_MODULE; `assigned`: whatever the environment says."""

    value: Any
    assigned: bool
    certain: bool
    place: Evidence


@dataclass
class Module:
    """One module of the project as far as it was read."""

    path: str
    dotted: str
    names: dict[str, Any] = field(default_factory=dict)
    places: dict[str, Evidence] = field(default_factory=dict)
    # Every value that a name may get, in order: with its place, and whether it is set for certain.
    possible: dict[str, list[tuple[Any, Evidence, bool]]] = field(default_factory=dict)
    # Names set only under a condition that could not be decided.
    undecided: set[str] = field(default_factory=set)
    origins: dict[str, frozenset[str]] = field(default_factory=dict)


@dataclass
class Run:
    """One reading of settings with certain variables set."""

    repository: Repository
    locate: Callable[[str, str], str | None]  # dotted name, path of the asking module -> path of the file
    environment: dict[str, str] = field(default_factory=dict)
    modules: dict[str, Module] = field(default_factory=dict)
    # Modules imported only where a condition allows: read once, apart from those that are imported for certain.
    glimpsed: dict[str, Module | None] = field(default_factory=dict)
    required: dict[str, Evidence] = field(default_factory=dict)
    optional: dict[str, Evidence] = field(default_factory=dict)
    reads: list[Read] = field(default_factory=list)
    # Files opened for certain, by what the code calls them: a path, or the variables that name it.
    opened: dict[Any, Evidence] = field(default_factory=dict)
    written: set[Any] = field(default_factory=set)  # of these, what the code itself may have made before
    may_be_missing: int = 0  # `try` statements around that look after a file which is not there
    settings_names: list[SettingsName] = field(default_factory=list)
    # Values given to DJANGO_CONFIGURATION, which django-configurations reads.
    configurations: dict[str, Evidence] = field(default_factory=dict)
    # Folders put on sys.path, and the folder that the code takes as the working directory.
    python_path: list[str] = field(default_factory=list)
    working_folder: str = "."
    unparsed: list[str] = field(default_factory=list)
    tolerance: int = 0
    steps: int = 0
    depth: int = 0

    def step(self) -> None:
        self.steps += 1
        if self.steps > MAX_STEPS:
            raise Exhausted

    @contextmanager
    def deeper(self) -> Iterator[None]:
        if self.depth >= MAX_DEPTH:
            raise Exhausted
        self.depth += 1
        try:
            yield
        finally:
            self.depth -= 1


@dataclass
class Frame:
    """Where the reading stands: a module, or a function called in it."""

    run: Run
    module: Module
    names: dict[str, Any]
    certain: bool = True
    local: bool = False
    origins: dict[str, frozenset[str]] = field(default_factory=dict)

    def place(self, node: ast.AST, note: str) -> Evidence:
        return Evidence(self.module.path, getattr(node, "lineno", None), note)

    def need(self, variable: str, node: ast.AST) -> None:
        """Record that the code fails unless the variable is set."""
        place = self.place(node, f"{variable} is read and has no default")
        if self.certain:
            self.run.required.setdefault(variable, place)
        else:
            self.run.optional.setdefault(variable, place)

    def shadow(self) -> Frame:
        """The same place in a branch that may not be taken: what is set there stays there."""
        names = {key: _copied(value) for key, value in self.names.items()}
        return Frame(self.run, self.module, names, False, self.local, dict(self.origins))

    @contextmanager
    def doubtful(self) -> Iterator[None]:
        before, self.certain = self.certain, False
        try:
            yield
        finally:
            self.certain = before


def _copied(value: Any) -> Any:
    if isinstance(value, list):
        return list(value)
    if isinstance(value, dict):
        return {key: _copied(item) for key, item in value.items()}
    return value
