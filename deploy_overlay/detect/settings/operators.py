"""What operators give for values that may be known in part only."""

from __future__ import annotations

import ast
from typing import Any

from . import expressions
from .frame import Frame
from .values import GAP, UNKNOWN, External, RepoPath, as_text, known
from .variables import read_variable

MAX_ITEMS = 5_000


def binary(node: ast.BinOp, frame: Frame) -> Any:
    left = _operand(node.left, node, frame)
    right = _operand(node.right, node, frame)
    if isinstance(node.op, ast.Add):
        if isinstance(left, str) or isinstance(right, str):
            return (as_text(left) + as_text(right))[: expressions.MAX_TEXT]
        if isinstance(left, (list, tuple)) or isinstance(right, (list, tuple)):
            both = [*list_items(left), *list_items(right)][:MAX_ITEMS]
            return tuple(both) if isinstance(left, tuple) else both
        if isinstance(left, (int, float)) and isinstance(right, (int, float)):
            return left + right
    if isinstance(node.op, ast.Div):
        if isinstance(left, RepoPath):
            return left.joined(as_text(right)) if isinstance(right, str) and known(right) else UNKNOWN
        if isinstance(left, External) and left.dotted == "cwd" and isinstance(right, str) and known(right):
            return UNKNOWN
    if isinstance(node.op, ast.Mod) and isinstance(left, str):
        return _percent(left, right)
    if isinstance(node.op, ast.BitOr) and isinstance(left, dict) and isinstance(right, dict):
        return {**left, **right}
    return UNKNOWN


def _operand(part: ast.expr, node: ast.BinOp, frame: Frame) -> Any:
    """One side of an operator; to None nothing can be added, so the variable that it stands for must be set."""
    before = len(frame.run.reads)
    value = expressions.evaluate(part, frame)
    if value is None and isinstance(node.op, ast.Add):
        for variable in expressions.variables_behind(part, frame, before):
            frame.need(variable, node)
    return value


def _percent(text: str, values: Any) -> str:
    parts = values if isinstance(values, tuple) else (values,)
    for part in parts:
        text = text.replace("%s", as_text(part), 1)[: expressions.MAX_TEXT]
    return text.replace("%s", GAP)


def list_items(value: Any) -> list[Any]:
    """At most some thousands: what is added to itself again and again would fill the memory."""
    return list(value)[:MAX_ITEMS] if isinstance(value, (list, tuple, set)) else []


def compare(node: ast.Compare, frame: Frame) -> Any:
    left = expressions.evaluate(node.left, frame)
    result: Any = True
    for operator, right_node in zip(node.ops, node.comparators, strict=True):
        right = expressions.evaluate(right_node, frame)
        outcome = _compared(operator, left, right, node, frame)
        if outcome is not True:
            if outcome is False:
                return False
            result = UNKNOWN
        left = right
    return result


def _compared(operator: ast.cmpop, left: Any, right: Any, node: ast.AST, frame: Frame) -> Any:
    if isinstance(operator, (ast.In, ast.NotIn)):
        if isinstance(right, External) and right.dotted in expressions.ENVIRONMENTS and isinstance(left, str):
            inside = read_variable(frame, left, node, None) is not None
        elif (isinstance(right, (list, tuple, set, dict)) and known(left) and all(known(item) for item in right)) or (
            isinstance(right, str) and known(right) and isinstance(left, str) and known(left)
        ):
            inside = left in right
        else:
            return UNKNOWN
        return inside if isinstance(operator, ast.In) else not inside
    if not (known(left) and known(right)):
        return UNKNOWN
    if isinstance(operator, (ast.Eq, ast.Is)):
        return left == right
    if isinstance(operator, (ast.NotEq, ast.IsNot)):
        return left != right
    if isinstance(left, (int, float)) and isinstance(right, (int, float)):
        if isinstance(operator, ast.Lt):
            return left < right
        if isinstance(operator, ast.LtE):
            return left <= right
        return left > right if isinstance(operator, ast.Gt) else left >= right
    return UNKNOWN
