"""Which variable decides a setting: the compared one before those in its default."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator

from ...base.evidence import Evidence
from ..project import Project
from ..settings import Module, Run

# How far a variable is from the value itself.
_THROUGH_A_NAME = 1  # LOCAL in `DEBUG = LOCAL`
_AROUND = 5  # in the test of an `if` around
_IN_A_DEFAULT = 20  # in os.environ.get("DEBUG", HERE)
_ELSEWHERE = 100
MAX_NAMES = 50  # that are followed to where they are set


def deciding(project: Project, run: Run, read: Module, name: str) -> list[str]:
    """The variables that a setting depends on, also in branches that are not taken, most direct first."""
    texts = _distances(project, read, name)
    found = {one.variable for one in run.reads if one.variable in texts} | read.origins.get(name, frozenset())
    return nearest_first(project, read, name, found)


def nearest_first(project: Project, read: Module, name: str, variables: Collection[str]) -> list[str]:
    """The variables, ordered by how directly the setting depends on them."""
    distances = _distances(project, read, name)
    texts = [text for text in distances if text.isidentifier()]

    def order(variable: str) -> tuple[int, int, str]:
        # A reader may put a prefix before the name in the code.
        text = variable if variable in texts else max(filter(variable.endswith, texts), key=len, default="")
        return distances.get(text, _ELSEWHERE), texts.index(text) if text else 0, variable

    return sorted(variables, key=order)


def _distances(project: Project, read: Module, name: str) -> dict[str, int]:
    """Strings in the code that computes a setting, with their distance, nearest first."""
    found: dict[str, int] = {}
    followed: set[str] = set()
    places = [place for _, place, _ in read.possible.get(name, [])]
    todo = [
        (expression, distance)
        for place in dict.fromkeys([*([read.places[name]] if name in read.places else []), *places])
        for expression, distance in _behind_assignment(project, place, name)
    ]
    while todo:
        expression, distance = todo.pop(0)
        for part, farther in _parts(expression, distance):
            if isinstance(part, ast.Constant) and isinstance(part.value, str) and part.value:
                found[part.value] = min(farther, found.get(part.value, farther))
            elif isinstance(part, ast.Name) and part.id not in followed and len(followed) < MAX_NAMES:
                followed.add(part.id)
                todo += [(one, farther + _THROUGH_A_NAME + more) for one, more in _behind_name(project, read, part.id)]
    return dict(sorted(found.items(), key=lambda item: item[1]))


def _parts(node: ast.expr, distance: int) -> Iterator[tuple[ast.expr, int]]:
    """The constants and names of an expression; defaults are more distant."""
    if isinstance(node, (ast.Constant, ast.Name)):
        yield node, distance
    elif isinstance(node, ast.Call):
        yield from _parts(node.func, distance)
        for position, argument in enumerate(node.args):
            yield from _parts(argument, distance if position == 0 else distance + _IN_A_DEFAULT)
        for keyword in node.keywords:
            yield from _parts(keyword.value, distance + _IN_A_DEFAULT)
    else:
        for part in ast.iter_child_nodes(node):
            if isinstance(part, ast.expr):
                yield from _parts(part, distance)


def _behind_name(project: Project, read: Module, name: str) -> Iterator[tuple[ast.expr, int]]:
    place = read.places.get(name)
    if place is not None:
        yield from _behind_assignment(project, place, name)
        return
    # A function: what it returns.
    for node in ast.walk(project.repository.tree(read.path) or ast.Module([], [])):
        if isinstance(node, ast.FunctionDef) and node.name == name:
            for inner in ast.walk(node):
                if isinstance(inner, ast.Return) and inner.value is not None:
                    yield inner.value, 0


def _behind_assignment(project: Project, place: Evidence, name: str) -> Iterator[tuple[ast.expr, int]]:
    """What is assigned to the name here, and the tests of the surrounding conditions."""
    tree = project.repository.tree(place.path)
    for node in ast.walk(tree) if tree else ():
        if isinstance(node, (ast.Assign, ast.AnnAssign)) and node.lineno == place.line and node.value is not None:
            yield node.value, 0
        elif isinstance(node, (ast.If, ast.Match)) and node.lineno <= (place.line or 0) <= (node.end_lineno or 0):
            yield node.test if isinstance(node, ast.If) else node.subject, _AROUND
