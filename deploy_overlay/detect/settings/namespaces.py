"""Names of a module that code sets by their text: `globals()["DEBUG"] = ...`, `setattr(sys.modules[__name__], ...)`."""

from __future__ import annotations

import ast
from typing import Any

from ...base.evidence import Evidence
from .frame import Frame
from .values import Module, known

_ABSENT = object()


def set_global(name: Any, value: Any, origins: frozenset[str], node: ast.AST, frame: Frame) -> None:
    """Set a name of the module, also from within a function; a value that another module has keeps its place."""
    if not isinstance(name, str) or not known(name):
        return
    source = next((one for one in reversed(frame.run.chosen) if one.names.get(name, _ABSENT) is value), None)
    if source is None:
        frame.outer().set_name(name, value, origins, node)
    else:
        take(name, name, source, frame.place(node, f"taken from {source.dotted}"), frame.outer())


def take(name: str, theirs: str, source: Module, place: Evidence, frame: Frame) -> None:
    """Bind what another module calls `theirs`, as `from source import theirs as name` does."""
    value = source.names[theirs]
    frame.names[name] = value
    frame.origins[name] = source.origins.get(theirs, frozenset())
    if frame.local:
        return
    if not frame.certain:
        frame.module.may_be(name, [(value, place, False)])
        return
    frame.module.may_be(name, source.possible.get(theirs, []))
    if theirs in source.places:
        frame.module.places[name] = source.places[theirs]
    frame.module.origins[name] = frame.origins[name]
