"""The value of a Python expression, as far as it can be known without running it."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from .environment import ENVIRONMENTS, MISSING, is_environment, read_variable, unset_of
from .frame import NO_ATTRIBUTE, NOT_A_VALUE, Frame, MissingVariable
from .values import (
    GAP,
    ITEMS_PER_STEP,
    MAX_ITEMS,
    MAX_TEXT,
    UNKNOWN,
    ClassValue,
    EnvReader,
    External,
    FileText,
    Function,
    Instance,
    Method,
    RepoPath,
    as_text,
    external,
    is_type,
    known,
    list_items,
    truth,
)

BUILTINS = {
    "str", "int", "bool", "float", "list", "tuple", "dict", "set", "frozenset", "len", "open", "bytes", "any", "all",
    "globals", "locals", "getattr", "sorted", "range", "zip", "map", "filter", "exec", "print", "eval", "min", "max",
    "object", "exit", "quit", "vars", "dir", "setattr", "compile", "__import__", "type", "isinstance",
}  # fmt: skip
MOST_ITEMS = 300  # of a comprehension
EQUALITY = (ast.Is, ast.IsNot, ast.Eq, ast.NotEq)


def _constant(node: ast.Constant, frame: Frame) -> Any:
    return node.value


def _name(node: ast.Name, frame: Frame) -> Any:
    if node.id in frame.names:
        return frame.names[node.id]
    if node.id in frame.module.names:
        return frame.module.names[node.id]
    if node.id == "__file__":
        return RepoPath(frame.module.path)
    if node.id == "__name__":
        return frame.module.dotted
    if node.id == "__package__":
        return frame.module.package
    if node.id in BUILTINS:
        return External(node.id)
    return UNKNOWN


def _joined(node: ast.JoinedStr, frame: Frame) -> Any:
    return "".join(as_text(frame.evaluate(part)) for part in node.values)[:MAX_TEXT]


def _formatted(node: ast.FormattedValue, frame: Frame) -> Any:
    value = frame.evaluate(node.value)
    return value if node.format_spec is None and node.conversion == -1 else as_text(value)


def _boolean(node: ast.BoolOp, frame: Frame) -> Any:
    stops_at = isinstance(node.op, ast.Or)
    result: Any = UNKNOWN
    undecided = False
    for part in node.values:
        before = len(frame.run.reads)
        if undecided:
            with frame.doubtful():
                value = _tolerant(part, frame)
        else:
            value = frame.evaluate(part)
        if stops_at and part is not node.values[0] and isinstance(part, (ast.Call, ast.Subscript)):
            frame.run.read_instead(before)  # os.getenv("NEW_NAME") or os.getenv("OLD_NAME")
        verdict = truth(value)
        if verdict is stops_at:
            # x or True is true and x and None is false, whatever x is.
            return value if not undecided or isinstance(value, bool) or not stops_at else UNKNOWN
        undecided = undecided or verdict is None
        result = value
    return UNKNOWN if undecided else result


def _tolerant(node: ast.expr, frame: Frame) -> Any:
    try:
        return frame.evaluate(node)
    except MissingVariable:
        return UNKNOWN


def _unary(node: ast.UnaryOp, frame: Frame) -> Any:
    value = frame.evaluate(node.operand)
    if isinstance(node.op, ast.Not):
        verdict = truth(value)
        return UNKNOWN if verdict is None else not verdict
    if isinstance(node.op, ast.USub) and isinstance(value, (int, float)):
        return -value
    return UNKNOWN


def _either(node: ast.IfExp, frame: Frame) -> Any:
    verdict = truth(frame.evaluate(node.test))
    if verdict is not None:
        with frame.doubtful():
            _tolerant(node.orelse if verdict else node.body, frame)
        return frame.evaluate(node.body if verdict else node.orelse)
    with frame.doubtful():
        one, other = _tolerant(node.body, frame), _tolerant(node.orelse, frame)
    return one if known(one) and known(other) and one == other else UNKNOWN


def _sequence(node: ast.List | ast.Tuple | ast.Set, frame: Frame) -> Any:
    items: list[Any] = []
    for part in node.elts:
        if isinstance(part, ast.Starred):
            items += list_items(frame.evaluate(part.value))
        else:
            items.append(frame.evaluate(part))
    del items[MAX_ITEMS:]
    return tuple(items) if isinstance(node, ast.Tuple) else items


def _dict(node: ast.Dict, frame: Frame) -> Any:
    result: dict[Any, Any] = {}
    for key_node, value_node in zip(node.keys, node.values, strict=True):
        value = frame.evaluate(value_node)
        if key_node is None:
            if isinstance(value, dict):
                result.update(value)
            continue
        key = frame.evaluate(key_node)
        if known(key):
            result[key] = value
    return result


def _subscript(node: ast.Subscript, frame: Frame) -> Any:
    owner = frame.evaluate(node.value)
    if isinstance(node.slice, ast.Slice):
        return UNKNOWN
    key = frame.evaluate(node.slice)
    if isinstance(owner, External) and owner.dotted in ENVIRONMENTS:
        return read_variable(frame, key, node)
    if isinstance(owner, EnvReader):
        return read_variable(frame, key, node)
    if isinstance(owner, External) and owner.dotted == "sys.modules" and key == frame.module.dotted:
        return Instance(frame.module.names, frame.module.origins, frame.module)
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
    owner = frame.evaluate(node.value)
    if isinstance(owner, External):
        dotted = f"{owner.dotted}.{node.attr}"
        return MISSING if dotted.endswith("Env.NOTSET") else external(dotted)
    if isinstance(owner, EnvReader) and node.attr == "NOTSET":
        return MISSING
    if isinstance(owner, RepoPath) and node.attr == "parent":
        return owner.parent
    if isinstance(owner, RepoPath) and node.attr in ("name", "stem"):
        return owner.path.rpartition("/")[2].removesuffix(".py" if node.attr == "stem" else "")
    if isinstance(owner, Instance) and node.attr in ("model_dump", "dict") and node.attr not in owner.attributes:
        return Method(owner, node.attr)
    if isinstance(owner, Instance):
        return owner.attributes if node.attr == "__dict__" else owner.attributes.get(node.attr, UNKNOWN)
    if owner is None:
        # os.environ.get("X").split(","): fails unless X is set.
        for variable in sorted(frame.at_fault(node.value, before)):
            frame.fail(variable, node, NO_ATTRIBUTE)
        return UNKNOWN
    if isinstance(owner, (str, list, tuple, dict, set, RepoPath, EnvReader, FileText)):
        return Method(owner, node.attr)
    return UNKNOWN


def _comprehension(node: ast.ListComp | ast.SetComp | ast.GeneratorExp, frame: Frame) -> Any:
    items = _items(node.generators, frame)
    return UNKNOWN if items is None else [inner.evaluate(node.elt) for inner in items]


def _dict_comprehension(node: ast.DictComp, frame: Frame) -> Any:
    items = _items(node.generators, frame)
    if items is None:
        return UNKNOWN
    pairs = ((inner.evaluate(node.key), inner.evaluate(node.value)) for inner in items)
    return {key: value for key, value in pairs if known(key)}


def _items(generators: list[ast.comprehension], frame: Frame) -> Iterator[Frame] | None:
    """The frame of each item of a comprehension; None if only running the code would tell."""
    generator = generators[0]
    source = frame.evaluate(generator.iter)
    if isinstance(source, Instance) and source.module is None:
        source = list(source.attributes.items())  # a model of pydantic gives its fields
    targets = generator.target.elts if isinstance(generator.target, ast.Tuple) else [generator.target]
    names = [target.id for target in targets if isinstance(target, ast.Name)]
    if len(generators) > 1 or not isinstance(source, (list, tuple)) or len(names) < len(targets):
        return None
    return _each(source[:MOST_ITEMS], names, generator, frame)


def _each(source: Sequence[Any], names: list[str], generator: ast.comprehension, frame: Frame) -> Iterator[Frame]:
    frame.run.step(len(frame.names) // ITEMS_PER_STEP)
    inner = Frame(frame.run, frame.module, dict(frame.names), frame.certain, True, frame.origins)
    for item in source:
        values = [item] if isinstance(generator.target, ast.Name) else list_items(item)
        inner.names |= dict(zip(names, [*values, *[UNKNOWN] * len(names)], strict=False))
        if all(truth(inner.evaluate(test)) is not False for test in generator.ifs):
            yield inner


def _walrus(node: ast.NamedExpr, frame: Frame) -> Any:
    before = len(frame.run.reads)
    value = frame.evaluate(node.value)
    frame.names[node.target.id] = value
    frame.origins[node.target.id] = frame.variables_behind(node.value, before)
    return value


def _lambda(node: ast.Lambda, frame: Frame) -> Any:
    return Function(node, frame.module)


def _binary(node: ast.BinOp, frame: Frame) -> Any:
    left = _operand(node.left, node, frame)
    right = _operand(node.right, node, frame)
    if isinstance(node.op, ast.Add):
        if isinstance(left, str) or isinstance(right, str):
            return (as_text(left) + as_text(right))[:MAX_TEXT]
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
    if isinstance(node.op, ast.Sub) and isinstance(left, RepoPath) and isinstance(right, int):
        return left.ancestor(right)  # environ.Path(__file__) - 3
    if isinstance(node.op, ast.Sub) and is_environment(right):
        return unset_of(left, frame, node)
    if isinstance(node.op, ast.Mod) and isinstance(left, str):
        return _percent(left, right)
    if isinstance(node.op, ast.BitOr) and isinstance(left, dict) and isinstance(right, dict):
        return {**left, **right}
    return UNKNOWN


def _operand(part: ast.expr, node: ast.BinOp, frame: Frame) -> Any:
    """One side of an operator. None cannot be an operand, so the variable behind it must be set."""
    before = len(frame.run.reads)
    value = frame.evaluate(part)
    if value is None and isinstance(node.op, ast.Add):
        for variable in sorted(frame.at_fault(part, before)):
            frame.fail(variable, node, NOT_A_VALUE)
    return value


def _percent(text: str, values: Any) -> str:
    parts = values if isinstance(values, tuple) else (values,)
    for part in parts:
        text = text.replace("%s", as_text(part), 1)[:MAX_TEXT]
    return text.replace("%s", GAP)


def _compare(node: ast.Compare, frame: Frame) -> Any:
    left = frame.evaluate(node.left)
    result: Any = True
    for operator, right_node in zip(node.ops, node.comparators, strict=True):
        right = frame.evaluate(right_node)
        outcome = _compared(operator, left, right, node, frame)
        if outcome is not True:
            if outcome is False:
                return False
            result = UNKNOWN
        left = right
    return result


def _compared(operator: ast.cmpop, left: Any, right: Any, node: ast.AST, frame: Frame) -> Any:
    if isinstance(operator, (ast.In, ast.NotIn)):
        if isinstance(right, External) and right.dotted in ENVIRONMENTS and isinstance(left, str):
            inside = read_variable(frame, left, node, None) is not None
        elif (isinstance(right, (list, tuple, set, dict)) and known(left) and all(known(item) for item in right)) or (
            isinstance(right, str) and known(right) and isinstance(left, str) and known(left)
        ):
            inside = left in right
        else:
            return UNKNOWN
        return inside if isinstance(operator, ast.In) else not inside
    if isinstance(operator, (ast.Is, ast.IsNot)) and (_is_mark(left) or _is_mark(right)):
        return UNKNOWN if UNKNOWN in (left, right) else (left is right) is isinstance(operator, ast.Is)
    if isinstance(operator, EQUALITY) and is_type(left) and is_type(right):
        return (left == right) is isinstance(operator, (ast.Is, ast.Eq))
    if isinstance(operator, (ast.LtE, ast.Lt)) and is_environment(right):
        unset = unset_of(left, frame, node)
        return not unset if isinstance(unset, list) else UNKNOWN
    if None in (left, right) and isinstance(left, str) is not isinstance(right, str):
        return isinstance(operator, (ast.IsNot, ast.NotEq)) if isinstance(operator, EQUALITY) else UNKNOWN
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


def _is_mark(value: Any) -> bool:
    """Whether it is a default that stands for "none was given": `object()`, `...` or a class made for this."""
    return type(value) is object or value is Ellipsis or isinstance(value, (ClassValue, Instance))


EXPRESSIONS: dict[type[ast.AST], Callable[[Any, Frame], Any]] = {
    ast.Constant: _constant, ast.Name: _name, ast.JoinedStr: _joined, ast.FormattedValue: _formatted,
    ast.BinOp: _binary, ast.BoolOp: _boolean, ast.UnaryOp: _unary, ast.Compare: _compare, ast.IfExp: _either,
    ast.List: _sequence, ast.Tuple: _sequence, ast.Set: _sequence, ast.Dict: _dict, ast.Subscript: _subscript,
    ast.Attribute: _attribute, ast.ListComp: _comprehension, ast.SetComp: _comprehension,
    ast.GeneratorExp: _comprehension, ast.DictComp: _dict_comprehension, ast.NamedExpr: _walrus, ast.Lambda: _lambda,
}  # fmt: skip
