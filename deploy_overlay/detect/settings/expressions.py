"""The value of a Python expression, as far as it can be told without running anything."""

from __future__ import annotations

import ast
from typing import Any

from .frame import MAX_DEPTH, Frame, MissingVariable
from .operators import MAX_ITEMS, binary, compare, list_items
from .values import UNKNOWN, EnvReader, External, Function, Instance, Method, RepoPath, as_text, known, truth
from .variables import read_variable

BUILTINS = {
    "str", "int", "bool", "float", "list", "tuple", "dict", "set", "frozenset", "len", "open", "bytes", "any", "all",
    "globals", "locals", "getattr", "sorted", "range", "zip", "map", "filter", "exec", "print", "eval", "min", "max",
}  # fmt: skip
ENVIRONMENTS = {"os.environ", "environ.Env.ENVIRON", "environ.Env.environ", "os.environb"}
CONSTANTS = {
    "sys.platform": "linux", "os.name": "posix", "os.sep": "/", "os.path.pardir": "..", "os.pardir": "..",
    "typing.TYPE_CHECKING": False, "django.conf.ENVIRONMENT_VARIABLE": "DJANGO_SETTINGS_MODULE",
}  # fmt: skip
MAX_TEXT = 20_000


def evaluate(node: ast.expr | None, frame: Frame) -> Any:
    """The value of an expression; UNKNOWN (or a text with gaps) where it is not known. Reads are recorded."""
    if node is None:
        return None
    frame.run.step()
    if frame.run.depth >= MAX_DEPTH - 1:
        return UNKNOWN
    with frame.run.deeper():
        reader = _READERS.get(type(node))
        if reader is None:
            return _others(node, frame)
        return reader(node, frame)


def _constant(node: ast.Constant, frame: Frame) -> Any:
    return node.value


def _name(node: ast.Name, frame: Frame) -> Any:
    if node.id in frame.names:
        return frame.names[node.id]
    if node.id in frame.module.names:
        return frame.module.names[node.id]
    if node.id == "__file__":
        return RepoPath(frame.module.path)
    if node.id in ("__name__", "__package__"):
        return frame.module.dotted
    if node.id in BUILTINS:
        return External(node.id)
    return UNKNOWN


def _joined(node: ast.JoinedStr, frame: Frame) -> Any:
    return "".join(as_text(evaluate(part, frame)) for part in node.values)[:MAX_TEXT]


def _formatted(node: ast.FormattedValue, frame: Frame) -> Any:
    value = evaluate(node.value, frame)
    return value if node.format_spec is None and node.conversion == -1 else as_text(value)


def _boolean(node: ast.BoolOp, frame: Frame) -> Any:
    stops_at = isinstance(node.op, ast.Or)
    result: Any = UNKNOWN
    undecided = False
    for part in node.values:
        if undecided:
            with frame.doubtful():
                value = _tolerant(part, frame)
        else:
            value = evaluate(part, frame)
        verdict = truth(value)
        if verdict is stops_at:
            # x or True is true and x and False is false, whatever x is.
            return value if not undecided or isinstance(value, bool) else UNKNOWN
        undecided = undecided or verdict is None
        result = value
    return UNKNOWN if undecided else result


def _tolerant(node: ast.expr, frame: Frame) -> Any:
    try:
        return evaluate(node, frame)
    except MissingVariable:
        return UNKNOWN


def _unary(node: ast.UnaryOp, frame: Frame) -> Any:
    value = evaluate(node.operand, frame)
    if isinstance(node.op, ast.Not):
        verdict = truth(value)
        return UNKNOWN if verdict is None else not verdict
    if isinstance(node.op, ast.USub) and isinstance(value, (int, float)):
        return -value
    return UNKNOWN


def _either(node: ast.IfExp, frame: Frame) -> Any:
    verdict = truth(evaluate(node.test, frame))
    if verdict is not None:
        with frame.doubtful():
            _tolerant(node.orelse if verdict else node.body, frame)
        return evaluate(node.body if verdict else node.orelse, frame)
    with frame.doubtful():
        one, other = _tolerant(node.body, frame), _tolerant(node.orelse, frame)
    return one if known(one) and known(other) and one == other else UNKNOWN


def _sequence(node: ast.List | ast.Tuple | ast.Set, frame: Frame) -> Any:
    items: list[Any] = []
    for part in node.elts:
        if isinstance(part, ast.Starred):
            items += list_items(evaluate(part.value, frame))
        else:
            items.append(evaluate(part, frame))
    del items[MAX_ITEMS:]
    return tuple(items) if isinstance(node, ast.Tuple) else items


def _dict(node: ast.Dict, frame: Frame) -> Any:
    result: dict[Any, Any] = {}
    for key_node, value_node in zip(node.keys, node.values, strict=True):
        value = evaluate(value_node, frame)
        if key_node is None:
            if isinstance(value, dict):
                result.update(value)
            continue
        key = evaluate(key_node, frame)
        if known(key):
            result[key] = value
    return result


def _subscript(node: ast.Subscript, frame: Frame) -> Any:
    owner = evaluate(node.value, frame)
    if isinstance(node.slice, ast.Slice):
        return UNKNOWN
    key = evaluate(node.slice, frame)
    if isinstance(owner, External) and owner.dotted in ENVIRONMENTS:
        return read_variable(frame, key, node)
    if isinstance(owner, EnvReader):
        return read_variable(frame, key, node)
    if isinstance(owner, Method) and isinstance(owner.owner, RepoPath) and owner.name == "parents":
        path = owner.owner
        for _ in range((key if isinstance(key, int) and 0 <= key < 20 else 0) + 1):
            path = path.parent
        return path
    if isinstance(owner, dict) and known(key):
        return owner.get(key, UNKNOWN)
    if isinstance(owner, (list, tuple)) and isinstance(key, int) and -len(owner) <= key < len(owner):
        return owner[key]
    return UNKNOWN


def _attribute(node: ast.Attribute, frame: Frame) -> Any:
    before = len(frame.run.reads)
    owner = evaluate(node.value, frame)
    if isinstance(owner, External):
        dotted = f"{owner.dotted}.{node.attr}"
        return ["manage.py"] if dotted == "sys.argv" else CONSTANTS.get(dotted, External(dotted))
    if isinstance(owner, RepoPath) and node.attr == "parent":
        return owner.parent
    if isinstance(owner, RepoPath) and node.attr in ("name", "stem"):
        return owner.path.rpartition("/")[2].removesuffix(".py" if node.attr == "stem" else "")
    if isinstance(owner, Instance):
        return owner.attributes.get(node.attr, UNKNOWN)
    if owner is None:
        # os.environ.get("X").split(","): fails unless X is set.
        for variable in variables_behind(node.value, frame, before):
            frame.need(variable, node)
        return UNKNOWN
    if isinstance(owner, (str, list, tuple, dict, set, RepoPath, EnvReader)):
        return Method(owner, node.attr)
    return UNKNOWN


def variables_behind(node: ast.AST, frame: Frame, reads_before: int) -> frozenset[str]:
    """The variables that an expression was computed from: read in it, or by the names that it uses."""
    found = {read.variable for read in frame.run.reads[reads_before:]}
    settled: set[ast.AST] = set()  # names of objects whose attribute tells its variables itself
    for part in ast.walk(node):
        if isinstance(part, ast.Attribute) and isinstance(part.value, ast.Name):
            owner = frame.names.get(part.value.id)
            if isinstance(owner, Instance) and part.attr in owner.origins:
                found |= owner.origins[part.attr]
                settled.add(part.value)
        elif isinstance(part, ast.Name) and part not in settled:
            found |= frame.origins.get(part.id, frozenset()) | frame.module.origins.get(part.id, frozenset())
    return frozenset(found)


def _comprehension(node: ast.ListComp | ast.SetComp | ast.GeneratorExp, frame: Frame) -> Any:
    generator = node.generators[0]
    source = evaluate(generator.iter, frame)
    if len(node.generators) > 1 or not isinstance(source, (list, tuple)) or not isinstance(generator.target, ast.Name):
        return UNKNOWN
    inner = Frame(frame.run, frame.module, dict(frame.names), frame.certain, True, frame.origins)
    result = []
    for item in source[:100]:
        inner.names[generator.target.id] = item
        if all(truth(evaluate(test, inner)) is not False for test in generator.ifs):
            result.append(evaluate(node.elt, inner))
    return result


def _walrus(node: ast.NamedExpr, frame: Frame) -> Any:
    before = len(frame.run.reads)
    value = evaluate(node.value, frame)
    frame.names[node.target.id] = value
    frame.origins[node.target.id] = variables_behind(node.value, frame, before)
    return value


def _lambda(node: ast.Lambda, frame: Frame) -> Any:
    return Function(node, frame.module)


def _call(node: ast.Call, frame: Frame) -> Any:
    from .calls import call  # calls evaluates arguments: each needs the other

    return call(node, frame)


def _others(node: ast.expr, frame: Frame) -> Any:
    if isinstance(node, (ast.Await, ast.Yield, ast.YieldFrom, ast.DictComp)):
        return UNKNOWN
    for part in ast.iter_child_nodes(node):
        if isinstance(part, ast.expr):
            evaluate(part, frame)
    return UNKNOWN


_READERS: dict[type[ast.AST], Any] = {
    ast.Constant: _constant, ast.Name: _name, ast.JoinedStr: _joined, ast.FormattedValue: _formatted,
    ast.BinOp: binary, ast.BoolOp: _boolean, ast.UnaryOp: _unary, ast.Compare: compare, ast.IfExp: _either,
    ast.List: _sequence, ast.Tuple: _sequence, ast.Set: _sequence, ast.Dict: _dict, ast.Subscript: _subscript,
    ast.Attribute: _attribute, ast.ListComp: _comprehension, ast.SetComp: _comprehension,
    ast.GeneratorExp: _comprehension, ast.NamedExpr: _walrus, ast.Lambda: _lambda, ast.Call: _call,
}  # fmt: skip
