"""The imports of several modules as those of one file: each name once, in the order of isort."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple

LONGEST = 120


class Import(NamedTuple):
    """One name imported from elsewhere. `module` is empty for `import name`."""

    module: str
    name: str
    asname: str | None

    @property
    def bound(self) -> str:
        """The name that it binds: `http` for `import http.client`."""
        return self.asname or (self.name if self.module else self.name.partition(".")[0])

    @property
    def origin(self) -> str:
        """What that name stands for."""
        if self.module:
            return f"{self.module}.{self.name}"
        return self.name if self.asname else self.bound

    @property
    def text(self) -> str:
        return f"{self.name} as {self.asname}" if self.asname else self.name


def imports_of(node: ast.stmt) -> list[Import]:
    """Names that a statement imports from outside of the package; `__future__` is left out."""
    if isinstance(node, ast.Import):
        return [Import("", alias.name, alias.asname) for alias in node.names]
    if isinstance(node, ast.ImportFrom) and node.module and not node.level and node.module != "__future__":
        return [Import(node.module, alias.name, alias.asname) for alias in node.names]
    return []


def import_lines(imports: Iterable[Import]) -> str:
    """Statements that import all of these, each module once."""
    names: defaultdict[str, set[Import]] = defaultdict(set)
    for found in imports:
        names[found.module].add(found)
    lines = [f"import {text}" for text in sorted(found.text for found in names.pop("", set()))]
    for module in sorted(names):
        lines.append(_statement(module, [found.text for found in sorted(names[module], key=_by_kind)]))
    return "\n".join(lines)


def _by_kind(found: Import) -> tuple[bool, bool, str]:
    """Constants, then classes, then the rest: https://docs.astral.sh/ruff/settings/#lint_isort_order-by-type"""
    return not found.name.isupper(), not found.name[0].isupper(), found.text


def _statement(module: str, names: list[str]) -> str:
    line = f"from {module} import {', '.join(names)}"
    if len(line) <= LONGEST:
        return line
    return "\n".join([f"from {module} import (", *(f"    {name}," for name in names), ")"])
