"""Conditions and errors in settings: which branch is taken, and what the others may bring."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from . import interpreter
from .expressions import evaluate, variables_behind
from .frame import Frame, MissingVariable, Raised
from .opened_files import looks_after_missing
from .values import UNKNOWN, known, truth

MISSING_ERRORS = {
    "KeyError", "Exception", "BaseException", "ImproperlyConfigured", "UndefinedValueError", "EnvError", "LookupError",
    "ValidationError", "EnvValidationError", "ConfigurationError",
}  # fmt: skip


def if_(node: ast.If, frame: Frame) -> None:
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
            interpreter.run_block(taken, frame)
        else:
            for statement in taken:
                frame.run.step()
                interpreter.run_statement(statement, frame)
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
            interpreter.run_statement(statement, frame)
        except (Raised, MissingVariable, interpreter.Returned):
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


def try_(node: ast.Try, frame: Frame) -> None:
    catches = [handler for handler in node.handlers if _catches_missing(handler)]
    missing_files = looks_after_missing(node.handlers)
    frame.run.tolerance += bool(catches)
    frame.run.may_be_missing += missing_files
    failed: str | None = None
    missing_variable = False
    try:
        for statement in node.body:
            try:
                interpreter.run_statement(statement, frame)
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
            explore(handler.body, frame.shadow())
    if failed is None:
        run_all(node.orelse, frame)
    else:
        try:
            run_all(catches[0].body, frame)
        except Raised as stopped:
            if missing_variable and not frame.run.tolerance:
                # Whatever is missing ends the program: each variable of the body is needed, not the first alone.
                run_all(node.body, frame)
                run_all(node.orelse, frame)
            else:
                raise Raised(stopped.variables or (frozenset({failed}) if failed else frozenset())) from None
    run_all(node.finalbody, frame)


def run_all(statements: Sequence[ast.stmt], frame: Frame) -> None:
    for statement in statements:
        interpreter.run_statement(statement, frame)


def _catches_missing(handler: ast.ExceptHandler) -> bool:
    if handler.type is None:
        return True
    types = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return any(ast.unparse(name).rpartition(".")[2] in MISSING_ERRORS for name in types)


def assert_(node: ast.Assert, frame: Frame) -> None:
    before = len(frame.run.reads)
    if truth(evaluate(node.test, frame)) is False:
        raise Raised(variables_behind(node.test, frame, before))


def match(node: ast.Match, frame: Frame) -> None:
    subject = evaluate(node.subject, frame)
    decided = False
    for case in node.cases:
        pattern = case.pattern
        value = evaluate(pattern.value, frame) if isinstance(pattern, ast.MatchValue) else UNKNOWN
        default = isinstance(pattern, ast.MatchAs) and pattern.pattern is None and case.guard is None
        if not decided and known(subject) and (default or (known(value) and value == subject)):
            decided = True
            run_all(case.body, frame)
        else:
            explore(case.body, frame.shadow())
