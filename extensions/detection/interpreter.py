"""Reads the statements of settings in order, without running them: which names get which values, which variables
must be set. A branch whose condition is known is followed; others are looked at for what may be."""

from __future__ import annotations

import ast
import fnmatch
from collections.abc import Sequence
from typing import Any

from . import imports
from .calls import set_variable
from .expressions import ENVIRONMENTS, evaluate, variables_behind
from .files import join, parent
from .frame import Exhausted, Frame, MissingVariable, Module, Raised, Run
from .values import UNKNOWN, ClassValue, External, Function, Method, known, truth

MISSING_ERRORS = {
    "KeyError", "Exception", "BaseException", "ImproperlyConfigured", "UndefinedValueError", "EnvError", "LookupError",
    "ValidationError", "EnvValidationError", "ConfigurationError",
}  # fmt: skip
MAX_LOOP = 60


class _Return(Exception):
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
    except _Return:
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
            _statement(statement, frame)
            continue
        try:
            _statement(statement, frame)
        except Raised as stopped:
            for variable in sorted(stopped.variables):
                frame.need(variable, statement)
            if not stopped.variables and frame.certain and isinstance(statement, ast.Raise):
                return


def _statement(node: ast.stmt, frame: Frame) -> None:
    action = _ACTIONS.get(type(node))
    if action is not None:
        action(node, frame)


def _assign(node: ast.Assign | ast.AnnAssign, frame: Frame) -> None:
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


def _augmented(node: ast.AugAssign, frame: Frame) -> None:
    before = len(frame.run.reads)
    if isinstance(node.target, (ast.Name, ast.Subscript, ast.Attribute)):
        joined = ast.copy_location(ast.BinOp(_loaded(node.target), node.op, node.value), node)
        value = evaluate(joined, frame)
        bind(node.target, value, variables_behind(node.value, frame, before), node, frame)


def _loaded(target: ast.Name | ast.Subscript | ast.Attribute) -> ast.expr:
    return target


def _if(node: ast.If, frame: Frame) -> None:
    before = len(frame.run.reads)
    verdict = truth(evaluate(node.test, frame))
    behind = variables_behind(node.test, frame, before)
    if verdict is None:
        one, other = frame.shadow(), frame.shadow()
        explore(node.body, one)
        explore(node.orelse, other)
        _keep_new_names(frame, one, other)
        return
    explore(node.orelse if verdict else node.body, frame.shadow())
    taken = node.body if verdict else node.orelse
    try:
        if frame.local:
            run_block(taken, frame)
        else:
            for statement in taken:
                frame.run.step()
                _statement(statement, frame)
    except Raised as stopped:
        raise Raised(_at_fault(stopped.variables | behind, frame)) from None


def _at_fault(variables: frozenset[str], frame: Frame) -> frozenset[str]:
    """Those that are not set and have no default: `if not DEBUG and not KEY: raise` asks for the key, not for DEBUG."""
    run = frame.run
    given = {read.variable for read in run.reads if read.default not in (None, "", False)} | set(run.environment)
    empty = frozenset(name for name in variables if name not in given)
    return frozenset(name for name in empty if "DEBUG" not in name) or empty or variables


def explore(statements: Sequence[ast.stmt], frame: Frame) -> None:
    """Look at statements that may not run: nothing that they raise counts."""
    frame.certain = False
    tolerance, frame.run.tolerance = frame.run.tolerance, 0
    for statement in statements:
        try:
            _statement(statement, frame)
        except (Raised, MissingVariable, _Return):
            break
    frame.run.tolerance = tolerance


def _keep_new_names(frame: Frame, *branches: Frame) -> None:
    """After a condition that could not be decided, names set in a branch only are taken from there."""
    for branch in branches:
        for name, value in branch.names.items():
            if name not in frame.names:
                frame.names[name] = value
                if not frame.local:
                    frame.module.undecided.add(name)
            elif not frame.local and known(frame.names[name]) and known(value) and frame.names[name] != value:
                frame.module.undecided.add(name)


def _try(node: ast.Try, frame: Frame) -> None:
    catches = [handler for handler in node.handlers if _catches_missing(handler)]
    frame.run.tolerance += bool(catches)
    failed: str | None = None
    try:
        for statement in node.body:
            try:
                _statement(statement, frame)
            except Raised as stopped:
                if not catches:
                    raise
                failed = next(iter(sorted(stopped.variables)), "")
                break
    except MissingVariable as missing:
        if not catches:
            raise
        failed = missing.variable
    finally:
        frame.run.tolerance -= bool(catches)
    for handler in node.handlers:
        if failed is None or handler is not catches[0]:
            explore(handler.body, frame.shadow())
    if failed is None:
        _run_all(node.orelse, frame)
    else:
        try:
            _run_all(catches[0].body, frame)
        except Raised as stopped:
            raise Raised(stopped.variables or (frozenset({failed}) if failed else frozenset())) from None
    _run_all(node.finalbody, frame)


def _run_all(statements: Sequence[ast.stmt], frame: Frame) -> None:
    for statement in statements:
        _statement(statement, frame)


def _catches_missing(handler: ast.ExceptHandler) -> bool:
    if handler.type is None:
        return True
    types = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return any(ast.unparse(name).rpartition(".")[2] in MISSING_ERRORS for name in types)


def _raise(node: ast.Raise, frame: Frame) -> None:
    raise Raised


def _assert(node: ast.Assert, frame: Frame) -> None:
    before = len(frame.run.reads)
    if truth(evaluate(node.test, frame)) is False:
        raise Raised(variables_behind(node.test, frame, before))


def _for(node: ast.For, frame: Frame) -> None:
    source = evaluate(node.iter, frame)
    if isinstance(source, (list, tuple)) and len(source) <= MAX_LOOP:
        for item in source:
            bind(node.target, item, frozenset(), node, frame)
            _run_all(node.body, frame)
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
        _run_all(node.body, frame)
    finally:
        if prefixed:
            prefixed[0].prefix = prefixed[1]


def _match(node: ast.Match, frame: Frame) -> None:
    subject = evaluate(node.subject, frame)
    decided = False
    for case in node.cases:
        pattern = case.pattern
        value = evaluate(pattern.value, frame) if isinstance(pattern, ast.MatchValue) else UNKNOWN
        default = isinstance(pattern, ast.MatchAs) and pattern.pattern is None and case.guard is None
        if not decided and known(subject) and (default or (known(value) and value == subject)):
            decided = True
            _run_all(case.body, frame)
        else:
            explore(case.body, frame.shadow())


def _define(node: ast.FunctionDef | ast.AsyncFunctionDef, frame: Frame) -> None:
    frame.names[node.name] = Function(node, frame.module)


def _define_class(node: ast.ClassDef, frame: Frame) -> None:
    bases = [evaluate(base, frame) for base in node.bases]
    frame.names[node.name] = ClassValue(node, frame.module, bases)
    if not frame.local:
        frame.module.places.setdefault(node.name, frame.place(node, f"class {node.name}"))


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
            _changed_in_place(value.func, frame, node)
    evaluate(value, frame)


def _changed_in_place(function: ast.Attribute, frame: Frame, node: ast.stmt) -> None:
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
    names.update({key: value for key, value in kwargs.items()})
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
    except _Return as returned:
        return returned.value
    except Raised as stopped:
        if frame.run.tolerance or frame.local:
            raise
        for variable in sorted(stopped.variables):
            frame.need(variable, node)
        return UNKNOWN
    return None


def _return(node: ast.Return, frame: Frame) -> None:
    raise _Return(evaluate(node.value, frame))


_ACTIONS: dict[type[ast.AST], Any] = {
    ast.Assign: _assign, ast.AnnAssign: _assign, ast.AugAssign: _augmented, ast.If: _if, ast.Try: _try,
    ast.Raise: _raise, ast.Assert: _assert, ast.For: _for, ast.With: _with, ast.AsyncWith: _with, ast.Match: _match,
    ast.While: lambda node, frame: explore(node.body, frame.shadow()), ast.FunctionDef: _define,
    ast.AsyncFunctionDef: _define, ast.ClassDef: _define_class, ast.Expr: _expression, ast.Import: _import,
    ast.ImportFrom: _import, ast.Return: _return,
}  # fmt: skip
if hasattr(ast, "TryStar"):
    _ACTIONS[ast.TryStar] = _try
