"""Reads the statements of settings in order, without running them: which names get which values, which variables
must be set. A branch whose condition is known is followed; others are looked at for what may be."""

from __future__ import annotations

import ast
import fnmatch
from collections.abc import Sequence
from typing import Any

from ...base.files import join, parent
from . import imports
from .assignments import assign, augmented, bind, changed_in_place
from .branches import assert_, explore, if_, match, run_all, try_
from .expressions import evaluate
from .frame import Exhausted, Frame, Module, Raised, Run
from .values import UNKNOWN, ClassValue, External, Function, Method, known

MAX_LOOP = 60


class Returned(Exception):
    def __init__(self, value: Any) -> None:
        super().__init__()
        self.value = value


def run_module(run: Run, path: str, dotted: str) -> Module | None:
    """Read a module of the project once; None when it is not there or does not parse."""
    if path in run.modules:
        return run.modules[path]
    tree = run.repository.tree(path)
    if tree is None:
        if isinstance(run.repository.parse(path), SyntaxError):
            run.unparsed.append(path)
        return None
    module = Module(path, dotted)
    run.modules[path] = module
    tolerance, run.tolerance = run.tolerance, 0
    try:
        with run.deeper():
            run_block(tree.body, Frame(run, module, module.names))
    except Returned:
        pass
    except (Exhausted, RecursionError):
        run.repository.notes[path] = "too much is computed here to be followed to the end"
    finally:
        run.tolerance = tolerance
    return module


def run_block(statements: Sequence[ast.stmt], frame: Frame) -> None:
    for statement in statements:
        frame.run.step()
        if frame.local:
            run_statement(statement, frame)
            continue
        try:
            run_statement(statement, frame)
        except Raised as stopped:
            for variable in sorted(stopped.variables):
                frame.need(variable, statement)
            if not stopped.variables and frame.certain and isinstance(statement, ast.Raise):
                return


def run_statement(node: ast.stmt, frame: Frame) -> None:
    action = _ACTIONS.get(type(node))
    if action is not None:
        action(node, frame)


def _raise(node: ast.Raise, frame: Frame) -> None:
    raise Raised


def _for(node: ast.For, frame: Frame) -> None:
    source = evaluate(node.iter, frame)
    if isinstance(source, (list, tuple)) and len(source) <= MAX_LOOP:
        for item in source:
            bind(node.target, item, frozenset(), node, frame)
            run_all(node.body, frame)
    else:
        explore(node.body, frame.shadow())


def _with(node: ast.With | ast.AsyncWith, frame: Frame) -> None:
    prefixed = None
    for item in node.items:
        call = item.context_expr
        value = evaluate(call, frame)
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr == "prefixed":
            # environs: with env.prefixed("MAIL_"): every name read inside gets the prefix.
            reader = evaluate(call.func.value, frame)
            prefix = evaluate(call.args[0], frame) if call.args else ""
            if hasattr(reader, "prefix") and isinstance(prefix, str):
                prefixed = (reader, reader.prefix)
                reader.prefix += prefix
        if item.optional_vars is not None:
            bind(item.optional_vars, value, frozenset(), node, frame)
    try:
        run_all(node.body, frame)
    finally:
        if prefixed:
            prefixed[0].prefix = prefixed[1]


def _define(node: ast.FunctionDef | ast.AsyncFunctionDef, frame: Frame) -> None:
    frame.names[node.name] = Function(node, frame.module)


def _define_class(node: ast.ClassDef, frame: Frame) -> None:
    bases = [evaluate(base, frame) for base in node.bases]
    frame.names[node.name] = ClassValue(node, frame.module, bases)
    if not frame.local:
        frame.module.places.setdefault(node.name, frame.place(node, f"class {node.name}"))
        # Python runs the body of every class here, also of those that production does not use.
        body = Module(frame.module.path, node.name, names=dict(frame.names), origins=dict(frame.origins))
        run_block(node.body, Frame(frame.run, body, body.names, frame.certain))


def _expression(node: ast.Expr, frame: Frame) -> None:
    value = node.value
    if isinstance(value, ast.Call):
        function = evaluate(value.func, frame)
        if isinstance(function, External) and function.dotted == "split_settings.tools.include":
            _include(value, frame)
            return
        if isinstance(function, External) and function.dotted in ("sys.exit", "exit", "quit"):
            raise Raised
        if isinstance(function, Method) and isinstance(value.func, ast.Attribute):
            changed_in_place(value.func, frame, node)
    evaluate(value, frame)


def _include(call: ast.Call, frame: Frame) -> None:
    """django-split-settings runs the files in the names of the including module.

    Source: https://django-split-settings.readthedocs.io/
    """
    for argument in call.args:
        inner = argument.args[0] if isinstance(argument, ast.Call) and argument.args else argument
        pattern = evaluate(inner, frame)
        if not isinstance(pattern, str) or not known(pattern):
            continue
        folder = join(parent(frame.module.path), parent(pattern))
        wanted = pattern.rpartition("/")[2]
        if not frame.run.repository.is_folder(folder):
            continue
        for name in frame.run.repository.listing(folder).files:
            if fnmatch.fnmatchcase(name, wanted):
                imports.run_here(join(folder, name), frame)


def _import(node: ast.Import | ast.ImportFrom, frame: Frame) -> None:
    imports.run_import(node, frame)


def call_function(function: Function, args: list[Any], kwargs: dict[str, Any], node: ast.Call, frame: Frame) -> Any:
    """What a function of the project returns for these arguments."""
    definition = function.node
    given = definition.args
    names: dict[str, Any] = {}
    positional = [*given.posonlyargs, *given.args]
    inner = Frame(frame.run, function.module, names, frame.certain, local=True)
    for parameter, default in zip(reversed(positional), reversed(given.defaults), strict=False):
        names[parameter.arg] = evaluate(default, inner)
    for parameter, keyword_default in zip(given.kwonlyargs, given.kw_defaults, strict=True):
        names[parameter.arg] = evaluate(keyword_default, inner) if keyword_default is not None else UNKNOWN
    names.update(zip((parameter.arg for parameter in positional), args, strict=False))
    names.update(kwargs)
    for parameter in positional:
        names.setdefault(parameter.arg, UNKNOWN)
    if given.vararg:
        names[given.vararg.arg] = list(args[len(positional) :])
    if given.kwarg:
        names[given.kwarg.arg] = dict(kwargs)
    try:
        with frame.run.deeper():
            if isinstance(definition, ast.Lambda):
                return evaluate(definition.body, inner)
            run_block(definition.body, inner)
    except Returned as returned:
        return returned.value
    except Raised as stopped:
        if frame.run.tolerance or frame.local:
            raise
        for variable in sorted(stopped.variables):
            frame.need(variable, node)
        return UNKNOWN
    return None


def _return(node: ast.Return, frame: Frame) -> None:
    raise Returned(evaluate(node.value, frame))


_ACTIONS: dict[type[ast.AST], Any] = {
    ast.Assign: assign, ast.AnnAssign: assign, ast.AugAssign: augmented, ast.If: if_, ast.Try: try_,
    ast.Raise: _raise, ast.Assert: assert_, ast.For: _for, ast.With: _with, ast.AsyncWith: _with, ast.Match: match,
    ast.While: lambda node, frame: explore(node.body, frame.shadow()), ast.FunctionDef: _define,
    ast.AsyncFunctionDef: _define, ast.ClassDef: _define_class, ast.Expr: _expression, ast.Import: _import,
    ast.ImportFrom: _import, ast.Return: _return,
}  # fmt: skip
if hasattr(ast, "TryStar"):
    _ACTIONS[ast.TryStar] = try_

__all__ = ["Returned", "call_function", "explore", "run_block", "run_module", "run_statement"]
