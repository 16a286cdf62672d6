"""Conditions and errors: a branch whose condition is known is followed, others are looked at for what may be."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any

from .frame import Frame, MissingVariable, Raised
from .opened_files import looks_after_missing
from .values import UNKNOWN, known, truth

MISSING_ERRORS = {
    "KeyError", "Exception", "BaseException", "ImproperlyConfigured", "UndefinedValueError", "EnvError", "LookupError",
    "ValidationError", "EnvValidationError", "ConfigurationError",
}  # fmt: skip


def _if(node: ast.If, frame: Frame) -> None:
    before = len(frame.run.reads)
    verdict = truth(frame.evaluate(node.test))
    behind = frame.variables_behind(node.test, before)
    if verdict is None:
        one, other = frame.shadow(), frame.shadow()
        one.explore(node.body)
        other.explore(node.orelse)
        _keep_new_names(frame, one, other)
        return
    frame.shadow().explore(node.orelse if verdict else node.body)
    taken = node.body if verdict else node.orelse
    try:
        frame.run_all(taken)
    except Raised as stopped:
        raise Raised(_at_fault(stopped.variables | behind, frame)) from None


def _at_fault(variables: frozenset[str], frame: Frame) -> frozenset[str]:
    """Those that are not set and have no default: `if not DEBUG and not KEY: raise` asks for the key, not for DEBUG."""
    run = frame.run
    given = {read.variable for read in run.reads if read.default not in (None, "", False)} | set(run.environment)
    empty = frozenset(name for name in variables if name not in given)
    return frozenset(name for name in empty if "DEBUG" not in name) or empty or variables


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
    missing_files = looks_after_missing(node.handlers)
    frame.run.tolerance += bool(catches)
    frame.run.may_be_missing += missing_files
    failed: str | None = None
    missing_variable = False
    try:
        for statement in node.body:
            try:
                frame.run_statement(statement)
            except Raised as stopped:
                if not catches:
                    raise
                failed = next(iter(sorted(stopped.variables)), "")
                break
    except MissingVariable as missing:
        if not catches:
            raise
        failed, missing_variable = missing.variable, True
    finally:
        frame.run.tolerance -= bool(catches)
        frame.run.may_be_missing -= missing_files
    for handler in node.handlers:
        if failed is None or handler is not catches[0]:
            frame.shadow().explore(handler.body)
    if failed is None:
        frame.run_all(node.orelse)
    else:
        try:
            frame.run_all(catches[0].body)
        except Raised as stopped:
            if missing_variable and not frame.run.tolerance:
                # Whatever is missing ends the program: each variable of the body is needed, not the first alone.
                frame.run_all(node.body)
                frame.run_all(node.orelse)
            else:
                raise Raised(stopped.variables or (frozenset({failed}) if failed else frozenset())) from None
    frame.run_all(node.finalbody)


def _catches_missing(handler: ast.ExceptHandler) -> bool:
    if handler.type is None:
        return True
    types = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return any(ast.unparse(name).rpartition(".")[2] in MISSING_ERRORS for name in types)


def _assert(node: ast.Assert, frame: Frame) -> None:
    before = len(frame.run.reads)
    if truth(frame.evaluate(node.test)) is False:
        raise Raised(frame.variables_behind(node.test, before))


def _match(node: ast.Match, frame: Frame) -> None:
    subject = frame.evaluate(node.subject)
    decided = False
    for case in node.cases:
        pattern = case.pattern
        value = frame.evaluate(pattern.value) if isinstance(pattern, ast.MatchValue) else UNKNOWN
        default = isinstance(pattern, ast.MatchAs) and pattern.pattern is None and case.guard is None
        if not decided and known(subject) and (default or (known(value) and value == subject)):
            decided = True
            frame.run_all(case.body)
        else:
            frame.shadow().explore(case.body)


BRANCHES: dict[type[ast.AST], Callable[[Any, Frame], None]] = {
    ast.If: _if,
    ast.Try: _try,
    ast.TryStar: _try,
    ast.Assert: _assert,
    ast.Match: _match,
}
