"""Which branch production takes, judging by names in the condition or the key: `if "test" in sys.argv`."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import Literal

from ...base.evidence import Evidence
from ..deployed import DEVELOPMENT_WORDS, PRODUCTION_WORDS
from ..project import Project

Side = Literal["production", "development", ""]
# Variables of services that run tests: https://docs.github.com/en/actions/reference/workflows-and-actions/variables
_TESTS = frozenset(
    {"ci", "github", "gitlab", "travis", "circleci", "jenkins", "appveyor", "test", "testing", "pytest", "tox", "debug"}
)
OTHER: dict[Side, Side] = {"production": "development", "development": "production", "": ""}
_FALSE = ("", "0", "false", "no", "off", "none")
_TRUE = ("1", "true", "yes", "on")


def side_of(text: str) -> Side:
    """The environment that a name or value suggests."""
    words = {word for word in re.split(r"[^a-z0-9]+", text.lower()) if word}
    if words & {"production", "prod", "live", "prd"}:
        return "production"
    if words & (DEVELOPMENT_WORDS | _TESTS):
        return "development"
    return "production" if words & set(PRODUCTION_WORDS) - {"docker"} else ""


def side_of_test(test: ast.expr) -> Side:
    """In which environments the body of `if test` runs."""
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        return OTHER[side_of_test(test.operand)]
    if isinstance(test, ast.BoolOp):
        sides = {side_of_test(part) for part in test.values} - {""}
        return sides.pop() if len(sides) == 1 else ""
    if isinstance(test, ast.Compare) and len(test.ops) == 1:
        return _compared(test.left, test.ops[0], test.comparators[0])
    names = [text for text in _names(test) if side_of(text)]
    return side_of(names[0]) if names else ""


def _compared(left: ast.expr, operator: ast.cmpop, right: ast.expr) -> Side:
    said = list(_values(left)) or list(_values(right))
    negative = isinstance(operator, (ast.NotEq, ast.NotIn, ast.IsNot))
    other = right if list(_values(left)) else left
    sides = {side_of(str(value)) for value in said}
    found: Side = ""
    if isinstance(operator, (ast.In, ast.NotIn)) and "environ" in ast.unparse(right):
        found = next(iter(sides)) if len(sides) == 1 else ""
    elif said and all(str(value).lower() in (*_FALSE, *_TRUE) for value in said):
        found = next((side_of(text) for text in _names(other) if side_of(text)), "")
        negative ^= all(str(value).lower() in _FALSE for value in said)
    elif len(sides) == 1:
        found = next(iter(sides))
    return OTHER[found] if negative else found


def _values(node: ast.expr) -> Iterator[str | bool | int | None]:
    if isinstance(node, ast.Constant) and (node.value is None or isinstance(node.value, (str, int))):
        yield node.value
    elif isinstance(node, (ast.List, ast.Tuple, ast.Set)):
        for item in node.elts:
            yield from _values(item)


def _names(node: ast.expr) -> Iterator[str]:
    """Names in a condition, and the variables that it reads, without defaults."""
    if isinstance(node, ast.Name):
        yield node.id
    elif isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.Attribute):
        yield node.attr
    elif isinstance(node, ast.Call):
        for argument in node.args[:1]:
            yield from _names(argument)
    elif isinstance(node, ast.Subscript):
        yield from _names(node.slice)
    elif isinstance(node, ast.Compare):
        for part in (node.left, *node.comparators):
            yield from _names(part)


def side_of_place(project: Project, place: Evidence) -> Side:
    """In which environments this line runs, by the surrounding conditions, nearest first."""
    tree = project.repository.tree(place.path)
    found: Side = ""
    for node in ast.walk(tree) if tree and place.line else ():
        if isinstance(node, ast.If) and node.lineno <= (place.line or 0) <= (node.end_lineno or 0):
            inside = any(part.lineno <= (place.line or 0) <= (part.end_lineno or 0) for part in node.body)
            side = side_of_test(node.test)
            found = (side if inside else _else_of(node, side)) or found
        elif isinstance(node, ast.match_case) and node.body:
            first, last = node.body[0].lineno, node.body[-1].end_lineno or 0
            if first <= (place.line or 0) <= last:
                values = [part.value for part in ast.walk(node.pattern) if isinstance(part, ast.Constant)]
                sides = {side_of(str(value)) for value in values}
                found = (sides.pop() if len(sides) == 1 else "") or found
    return found


def _else_of(node: ast.If, side: Side) -> Side:
    """`else` after a test for development is for production; `elif` has its own test."""
    last = not (node.orelse and isinstance(node.orelse[0], ast.If))
    return OTHER[side] if last or side == "production" else ""
