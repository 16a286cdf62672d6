"""Files that settings open when they are imported."""

from __future__ import annotations

import ast
import posixpath
from typing import Any

from ...base.files import join
from .frame import Frame
from .values import GAP, RepoPath, known

OPENERS = ("open", "io.open", "codecs.open")
# Errors that mean a missing file: https://docs.python.org/3/library/exceptions.html#FileNotFoundError
_CATCHING = {"FileNotFoundError", "OSError", "IOError", "EnvironmentError", "Exception", "BaseException"}


def note_opening(args: list[Any], kwargs: dict[str, Any], node: ast.Call, frame: Frame, reads_before: int) -> None:
    """Record what `open(...)` opens for reading, if it certainly runs."""
    mode = kwargs.get("mode", args[1] if len(args) > 1 else "r")
    path = _path(args[0] if args else kwargs.get("file"), node, frame)
    named = path or frame.variables_behind(node, reads_before)
    if not named:
        return
    if not isinstance(mode, str) or mode[:1] in ("w", "a", "x"):
        frame.run.written.add(named)
    elif frame.certain and not frame.run.may_be_missing and named not in frame.run.written:
        frame.run.opened.setdefault(named, frame.place(node, "opens a file"))


def _path(value: Any, node: ast.Call, frame: Frame) -> str:
    """The path from the git root, or an absolute one; "" if only running the code would tell."""
    if isinstance(value, RepoPath):
        return value.path
    if isinstance(value, str) and known(value) and value:
        return value if posixpath.isabs(value) else join(frame.run.working_folder, value)
    if isinstance(value, str) and value.startswith(GAP + "/") and node.args:
        # A folder of the repository in a text looks like any other gap: what it was made from tells.
        first: ast.expr = node.args[0]
        while isinstance(first, (ast.BinOp, ast.JoinedStr, ast.FormattedValue)):
            if isinstance(first, ast.JoinedStr):
                first = first.values[0]
            else:
                first = first.left if isinstance(first, ast.BinOp) else first.value
        return join(value[2:]) if isinstance(frame.evaluate(first), RepoPath) else ""
    return ""


def looks_after_missing(handlers: list[ast.ExceptHandler]) -> bool:
    """Whether one of the handlers continues without the file instead of raising an error."""
    for handler in handlers:
        types = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
        names = {ast.unparse(kind).rpartition(".")[2] for kind in types if kind is not None}
        if (handler.type is None or names & _CATCHING) and not isinstance(handler.body[-1], ast.Raise):
            return True
    return False
