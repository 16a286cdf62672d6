"""Conditions and errors. A branch whose condition is known is followed; others are read for possible values."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any

from .frame import ABSENT, Frame, MissingVariable, Raised
from .opened_files import looks_after_missing
from .values import UNKNOWN, known, truth


def _if(node: ast.If, frame: Frame) -> None:
    before = len(frame.run.reads)
    verdict = truth(frame.evaluate(node.test))
    behind = _behind(node.test, before, frame)
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
        raise Raised(_at_fault(stopped.variables | behind, frame), stopped.errors) from None


def _behind(test: ast.expr, before: int, frame: Frame) -> frozenset[str]:
    """The variables that a condition depends on; of those that would each do, the first."""
    found = frame.variables_behind(test, before)
    parts = [frame.variables_of(part, before) for part in _alternatives(test)]
    if not parts or not parts[0]:
        return found
    return found - frozenset[str]().union(*parts[1:]) | parts[0]


def _alternatives(test: ast.expr) -> list[ast.expr]:
    """What is missing altogether where this holds: A and B of `not A and B is None` and of `not (A or B)`."""
    if isinstance(test, ast.BoolOp) and isinstance(test.op, ast.And):
        return [part for part in test.values if _tests_absence(part)]
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not) and isinstance(test.operand, ast.BoolOp):
        return test.operand.values if isinstance(test.operand.op, ast.Or) else []
    return []


def _tests_absence(part: ast.expr) -> bool:
    if isinstance(part, ast.Compare):
        against = part.comparators[-1]
        return isinstance(part.ops[0], (ast.Is, ast.Eq)) and isinstance(against, ast.Constant) and not against.value
    return isinstance(part, ast.UnaryOp) and isinstance(part.op, ast.Not)


def _at_fault(variables: frozenset[str], frame: Frame) -> frozenset[str]:
    """Variables that are not set and have no default, if any: `if not DEBUG and not KEY: raise` needs KEY, not DEBUG."""
    run = frame.run
    given = {read.variable for read in run.reads if read.default not in (None, "", False)} | set(run.environment)
    left = run.at_fault(frozenset(name for name in variables if name not in given) or variables)
    return frozenset(name for name in left if "DEBUG" not in name) or left


def _keep_new_names(frame: Frame, *branches: Frame) -> None:
    """After an undecided condition, use names that are set only in a branch."""
    for branch in branches:
        for name, value in branch.names.items():
            if name not in frame.names:
                frame.names[name] = value
                if not frame.local:
                    frame.module.undecided.add(name)
            elif not frame.local and known(frame.names[name]) and known(value) and frame.names[name] != value:
                frame.module.undecided.add(name)


def _try(node: ast.Try, frame: Frame) -> None:
    catching = {handler: _caught(handler) for handler in node.handlers}
    missing_files = looks_after_missing(node.handlers)
    frame.run.caught.append(frozenset().union(*catching.values()))
    frame.run.may_be_missing += missing_files
    # Those that look after a variable that is absent are taken for what the code itself raises, too.
    at_work: ast.ExceptHandler | None = None
    failed: str | None = None
    missing_variable = False
    try:
        for statement in node.body:
            try:
                frame.run_statement(statement)
            except Raised as stopped:
                at_work = next((handler for handler, names in catching.items() if names & stopped.errors), None)
                if at_work is None:
                    raise
                failed = next(iter(sorted(stopped.variables)), "")
                break
    except MissingVariable as missing:
        at_work = next((handler for handler, names in catching.items() if names & missing.errors), None)
        if at_work is None:
            raise
        failed, missing_variable = missing.variable, True
    finally:
        frame.run.caught.pop()
        frame.run.may_be_missing -= missing_files
    for handler in node.handlers:
        if failed is None or handler is not at_work:
            frame.shadow().explore(handler.body)
    if failed is None or at_work is None:
        frame.run_all(node.orelse)
    else:
        try:
            frame.run_all(at_work.body)
        except Raised as stopped:
            if missing_variable and not frame.run.catches(ABSENT):
                # Whatever is missing ends the program: each variable of the body is needed, not the first alone.
                frame.run_all(node.body)
                frame.run_all(node.orelse)
            else:
                raise Raised(stopped.variables or (frozenset({failed}) if failed else frozenset())) from None
    frame.run_all(node.finalbody)


def _caught(handler: ast.ExceptHandler) -> frozenset[str]:
    """Names of the errors that a handler catches."""
    if handler.type is None:
        return frozenset({"BaseException"})
    types = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return frozenset(ast.unparse(name).rpartition(".")[2] for name in types)


def _assert(node: ast.Assert, frame: Frame) -> None:
    before = len(frame.run.reads)
    if truth(frame.evaluate(node.test)) is False:
        raise Raised(frame.at_fault(node.test, before))


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
