"""Gives values to names, as assignments and changes in place do."""

from __future__ import annotations

import ast
from typing import Any

from .calls import set_variable
from .expressions import ENVIRONMENTS, evaluate, variables_behind
from .frame import Frame
from .values import UNKNOWN, External, known


def assign(node: ast.Assign | ast.AnnAssign, frame: Frame) -> None:
    if node.value is None:
        return
    before = len(frame.run.reads)
    value: Any = UNKNOWN
    try:
        value = evaluate(node.value, frame)
    finally:
        origins = variables_behind(node.value, frame, before)
        for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
            bind(target, value, origins, node, frame)


def bind(target: ast.expr, value: Any, origins: frozenset[str], node: ast.AST, frame: Frame) -> None:
    """Give a value to an assignment's target."""
    if isinstance(target, ast.Name):
        set_name(target.id, value, origins, node, frame)
    elif isinstance(target, (ast.Tuple, ast.List)):
        items = list(value) if isinstance(value, (list, tuple)) else []
        for position, part in enumerate(target.elts):
            bind(part, items[position] if position < len(items) else UNKNOWN, origins, node, frame)
    elif isinstance(target, ast.Subscript):
        owner, key = evaluate(target.value, frame), evaluate(target.slice, frame)
        if isinstance(owner, External) and owner.dotted in ENVIRONMENTS:
            set_variable(frame, key, value, True, node)
        elif isinstance(owner, dict) and known(key):
            owner[key] = value
            if isinstance(target.value, ast.Name):
                set_name(target.value.id, owner, origins, node, frame)


def set_name(name: str, value: Any, origins: frozenset[str], node: ast.AST, frame: Frame) -> None:
    frame.names[name] = value
    frame.origins[name] = origins
    if frame.local:
        return
    place = frame.place(node, f"sets {name}")
    frame.module.possible.setdefault(name, []).append((value, place, frame.certain))
    if frame.certain:
        frame.module.places[name] = place
        frame.module.origins[name] = origins
        frame.module.undecided.discard(name)


def augmented(node: ast.AugAssign, frame: Frame) -> None:
    before = len(frame.run.reads)
    if isinstance(node.target, (ast.Name, ast.Subscript, ast.Attribute)):
        joined = ast.copy_location(ast.BinOp(_loaded(node.target), node.op, node.value), node)
        value = evaluate(joined, frame)
        bind(node.target, value, variables_behind(node.value, frame, before), node, frame)


def _loaded(target: ast.Name | ast.Subscript | ast.Attribute) -> ast.expr:
    return target


def changed_in_place(function: ast.Attribute, frame: Frame, node: ast.stmt) -> None:
    """INSTALLED_APPS.append(...) and DATABASES["default"].update(...) set the name as an assignment does."""
    target: ast.expr = function.value
    while isinstance(target, ast.Subscript):
        target = target.value
    if isinstance(target, ast.Name) and function.attr in ("append", "extend", "insert", "update", "remove"):
        value = frame.names.get(target.id)
        if isinstance(value, (list, dict)) and not frame.local:
            frame.module.possible.setdefault(target.id, []).append(
                (value, frame.place(node, f"changes {target.id}"), frame.certain)
            )
