"""Statements: which names get which values, and what is defined, included and imported."""

from __future__ import annotations

import ast
import fnmatch
from collections.abc import Callable
from typing import Any

from ...base.files import join, parent
from .branches import BRANCHES
from .environment import ENVIRONMENTS, set_variable
from .frame import Frame, LoopLeft, NextItem, Raised, Returned
from .imports import NOT_FOUND, note_choice, run_here, run_import
from .namespaces import set_global
from .values import ITEMS_PER_STEP, UNKNOWN, ClassValue, External, Function, Method, Module, OptionalFile, known

MAX_LOOP = 300


def _assign(node: ast.Assign | ast.AnnAssign, frame: Frame) -> None:
    if node.value is None:
        return
    before = len(frame.run.reads)
    value: Any = UNKNOWN
    try:
        value = frame.evaluate(node.value)
    finally:
        origins = frame.variables_behind(node.value, before)
        for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
            if isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple) and isinstance(value, tuple):
                # HOST, PORT = os.environ["HOST"], 5432: each has its own variables
                for one, part, item in zip(target.elts, node.value.elts, value, strict=False):
                    _bind(one, item, frame.variables_of(part, before), node, frame)
            else:
                _bind(target, value, origins, node, frame)


def _bind(target: ast.expr, value: Any, origins: frozenset[str], node: ast.AST, frame: Frame) -> None:
    """Give a value to an assignment's target."""
    if isinstance(target, ast.Name):
        frame.set_name(target.id, value, origins, node)
    elif isinstance(target, (ast.Tuple, ast.List)):
        items = list(value) if isinstance(value, (list, tuple)) else []
        for position, part in enumerate(target.elts):
            _bind(part, items[position] if position < len(items) else UNKNOWN, origins, node, frame)
    elif isinstance(target, ast.Subscript):
        owner, key = frame.evaluate(target.value), frame.evaluate(target.slice)
        if isinstance(owner, External) and owner.dotted in ENVIRONMENTS:
            set_variable(frame, key, value, True, node)
        elif owner is frame.module.names:
            set_global(key, value, origins, node, frame)
        elif isinstance(owner, dict) and known(key):
            owner[key] = value
            if isinstance(target.value, ast.Name):
                frame.set_name(target.value.id, owner, origins, node)


def _augmented(node: ast.AugAssign, frame: Frame) -> None:
    before = len(frame.run.reads)
    if isinstance(node.target, (ast.Name, ast.Subscript, ast.Attribute)):
        joined = ast.copy_location(ast.BinOp(_loaded(node.target), node.op, node.value), node)
        value = frame.evaluate(joined)
        _bind(node.target, value, frame.variables_behind(node.value, before), node, frame)


def _loaded(target: ast.Name | ast.Subscript | ast.Attribute) -> ast.expr:
    return target


def _changed_in_place(function: ast.Attribute, frame: Frame, node: ast.stmt) -> None:
    """INSTALLED_APPS.append(...) and DATABASES["default"].update(...) set the name like an assignment."""
    target: ast.expr = function.value
    while isinstance(target, ast.Subscript):
        target = target.value
    if isinstance(target, ast.Name) and function.attr in ("append", "extend", "insert", "update", "remove"):
        value = frame.names.get(target.id)
        if isinstance(value, (list, dict)) and not frame.local:
            frame.module.may_be(target.id, [(value, frame.place(node, f"changes {target.id}"), frame.certain)])


def _raise(node: ast.Raise, frame: Frame) -> None:
    raise Raised


def _for(node: ast.For, frame: Frame) -> None:
    before = len(frame.run.reads)
    source = frame.evaluate(node.iter)
    if isinstance(source, (list, tuple)) and len(source) <= MAX_LOOP:
        origins = frame.variables_behind(node.iter, before)
        for item in source:
            _bind(node.target, item, origins, node, frame)
            try:
                frame.run_all(node.body)
            except NextItem:
                continue
            except LoopLeft:
                return
        frame.run_all(node.orelse)
    else:
        frame.shadow().explore(node.body)


def _with(node: ast.With | ast.AsyncWith, frame: Frame) -> None:
    prefixed = None
    for item in node.items:
        call = item.context_expr
        value = frame.evaluate(call)
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr == "prefixed":
            # environs: with env.prefixed("MAIL_"): every name read inside gets the prefix.
            reader = frame.evaluate(call.func.value)
            prefix = frame.evaluate(call.args[0]) if call.args else ""
            if hasattr(reader, "prefix") and isinstance(prefix, str):
                prefixed = (reader, reader.prefix)
                reader.prefix += prefix
        if item.optional_vars is not None:
            _bind(item.optional_vars, value, frozenset(), node, frame)
    suppressed = _suppressed(node, frame)
    try:
        if suppressed is None:
            frame.run_all(node.body)
        else:
            frame.run_statement(suppressed)
    finally:
        if prefixed:
            prefixed[0].prefix = prefixed[1]


def _suppressed(node: ast.With | ast.AsyncWith, frame: Frame) -> ast.Try | None:
    """`with suppress(ImportError)` as the `try` that it is; None for other blocks."""
    for item in node.items:
        call = item.context_expr
        function = frame.evaluate(call.func) if isinstance(call, ast.Call) else None
        if isinstance(call, ast.Call) and isinstance(function, External) and function.dotted == "contextlib.suppress":
            handler = ast.ExceptHandler(ast.Tuple(call.args, ast.Load()), None, [ast.Pass()])
            return ast.Try(node.body, [handler], [], [])
    return None


def _define(node: ast.FunctionDef | ast.AsyncFunctionDef, frame: Frame) -> None:
    frame.names[node.name] = Function(node, frame.module)


def _define_class(node: ast.ClassDef, frame: Frame) -> None:
    bases = [frame.evaluate(base) for base in node.bases]
    frame.names[node.name] = ClassValue(node, frame.module, bases)
    if not frame.local:
        frame.module.places.setdefault(node.name, frame.place(node, f"class {node.name}"))
        # Python runs the body of every class here, also of those that production does not use.
        frame.run.step(len(frame.names) // ITEMS_PER_STEP)
        body = Module(frame.module.path, node.name, names=dict(frame.names), origins=dict(frame.origins))
        Frame(frame.run, body, body.names, frame.certain).run_block(node.body)


def _expression(node: ast.Expr, frame: Frame) -> None:
    value = node.value
    if isinstance(value, ast.Call):
        function = frame.evaluate(value.func)
        if isinstance(function, External) and function.dotted == "split_settings.tools.include":
            _include(value, frame)
            return
        if isinstance(function, External) and function.dotted in ("sys.exit", "exit", "quit"):
            raise Raised
        if isinstance(function, Method) and isinstance(value.func, ast.Attribute):
            _changed_in_place(value.func, frame, node)
    frame.evaluate(value)


def _include(call: ast.Call, frame: Frame) -> None:
    """django-split-settings runs the files in the namespace of the including module.

    Source: https://django-split-settings.readthedocs.io/
    """
    for argument in call.args:
        node = argument.value if isinstance(argument, ast.Starred) else argument
        before = len(frame.run.reads)
        given = frame.evaluate(node)
        behind = frame.variables_behind(node, before)
        several = isinstance(argument, ast.Starred) and isinstance(given, (list, tuple))
        for pattern in given if several else [given]:
            if isinstance(pattern, str):
                _include_files(pattern, behind, node, frame)


def _include_files(pattern: str, behind: frozenset[str], node: ast.expr, frame: Frame) -> None:
    path, run = join(parent(frame.module.path), pattern), frame.run
    folder, _, wanted = path.rpartition("/")
    if behind or not known(pattern):
        note_choice(folder, behind, frame)
    names = run.repository.listing(folder).files if known(pattern) else ()
    found = [name for name in names if fnmatch.fnmatchcase(name, wanted)]
    needed = frame.certain and known(pattern) and not isinstance(pattern, OptionalFile) and "*" not in pattern
    place = frame.place(node, f"includes {path}")
    for name in found:
        if needed:
            run.imported.setdefault(join(folder, name), place)
        run_here(join(folder, name), frame)
    if not found and needed:
        if not behind:
            run.absent.setdefault(path, place)
        raise Raised(behind, NOT_FOUND)


def _continue(node: ast.Continue, frame: Frame) -> None:
    raise NextItem


def _break(node: ast.Break, frame: Frame) -> None:
    raise LoopLeft


def _return(node: ast.Return, frame: Frame) -> None:
    raise Returned(frame.evaluate(node.value))


def _while(node: ast.While, frame: Frame) -> None:
    frame.shadow().explore(node.body)


STATEMENTS: dict[type[ast.AST], Callable[[Any, Frame], None]] = {
    **BRANCHES,
    ast.Assign: _assign, ast.AnnAssign: _assign, ast.AugAssign: _augmented, ast.Raise: _raise, ast.For: _for,
    ast.While: _while, ast.With: _with, ast.AsyncWith: _with, ast.FunctionDef: _define, ast.AsyncFunctionDef: _define,
    ast.ClassDef: _define_class, ast.Expr: _expression, ast.Import: run_import, ast.ImportFrom: run_import,
    ast.Return: _return, ast.Continue: _continue, ast.Break: _break,
}  # fmt: skip
