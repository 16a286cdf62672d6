"""Migrations that lie between two commits, read from git: a rollback of the code leaves in the database what they did.

They are read, never run. What an operation means to older code: https://docs.djangoproject.com/en/stable/ref/migration-operations/
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..base import git

# Fields that an INSERT of older code can omit: a many-to-many has its own table, the database computes the others.
_WITHOUT_COLUMN = {"ManyToManyField", "GeneratedField", "GenericRelation", "GenericForeignKey"}
_NESTED = {"SeparateDatabaseAndState"}


@dataclass(frozen=True)
class Migration:
    path: str  # POSIX, from the git root
    risks: tuple[str, ...] = ()  # clauses: how it may break older code


def between(root: Path, older: str, newer: str) -> list[Migration] | None:
    """Migrations that are in `newer` but not in `older`; None if the clone lacks one of the commits."""
    told = git.output(root, "diff", "--name-only", "--no-renames", "--diff-filter=A", "-z", older, newer, "--", "*.py")
    if told is None:
        return None
    added = [path for path in told.decode("utf-8", "surrogateescape").split("\0") if path]
    if not added:
        return []
    listed = git.output(root, "grep", "-lz", "-E", r"^class Migration\(", newer, "--", "*.py") or b""
    migrations = {path.partition(":")[2] for path in listed.decode("utf-8", "surrogateescape").split("\0")}
    return [_read(root, newer, path) for path in sorted(added) if path in migrations]


def changed(root: Path, older: str, newer: str, paths: Sequence[str]) -> list[str]:
    """Which of these files differ between the two commits."""
    if not paths:
        return []
    told = git.text(root, "diff", "--name-only", older, newer, "--", *(f":(literal){path}" for path in paths))
    return told.splitlines()


def _read(root: Path, commit: str, path: str) -> Migration:
    content = git.content(root, commit, path) or b""
    try:
        tree = ast.parse(content)
    except (SyntaxError, ValueError):
        return Migration(path)
    return Migration(path, tuple(dict.fromkeys(_risks(tree))))


def _risks(tree: ast.Module) -> Iterator[str]:
    for node in tree.body:
        if isinstance(node, ast.ClassDef) and node.name == "Migration":
            for item in node.body:
                if isinstance(item, ast.Assign | ast.AnnAssign) and _name_of(item) == "operations" and item.value:
                    yield from _of_operations(item.value)


def _name_of(item: ast.Assign | ast.AnnAssign) -> str:
    target = item.targets[0] if isinstance(item, ast.Assign) else item.target
    return target.id if isinstance(target, ast.Name) else ""


def _of_operations(value: ast.expr) -> Iterator[str]:
    for call in value.elts if isinstance(value, ast.List | ast.Tuple) else []:
        if isinstance(call, ast.Call):
            yield from _of_operation(_call_name(call), call)


def _of_operation(operation: str, call: ast.Call) -> Iterator[str]:
    """Clauses: what the operation did, and what that means for older code."""
    if operation in _NESTED:
        nested = _argument(call, "database_operations", 0)
        yield from _of_operations(nested) if nested is not None else ()
        return
    model = _text_argument(call, "model_name", 0)
    field = f"{model}.{_text_argument(call, 'name', 1)}"
    if operation == "RemoveField":
        yield f"removes {field}, which the older code reads and writes"
    elif operation == "DeleteModel":
        yield f"deletes {_text_argument(call, 'name', 0)} and its rows"
    elif operation == "RenameField":
        yield f"renames {model}.{_text_argument(call, 'old_name', 1)} to {_text_argument(call, 'new_name', 2)}"
    elif operation == "RenameModel":
        yield f"renames {_text_argument(call, 'old_name', 0)} to {_text_argument(call, 'new_name', 1)}, and its table"
    elif operation == "AlterModelTable":
        yield f"renames the table of {_text_argument(call, 'name', 0)}"
    elif operation == "AlterField":
        yield f"alters {field}"
    elif operation == "AddField" and _requires_value(_argument(call, "field", 2)):
        yield f"adds {field} without a default in the database: the older code cannot insert a {model}"
    elif operation in ("RunSQL", "RunPython"):
        yield "runs custom SQL or Python: read it"


def _requires_value(field: ast.expr | None) -> bool:
    """Django takes a default out of the database again once the column is there, so an INSERT has to name it.

    https://docs.djangoproject.com/en/stable/ref/models/fields/#db-default
    """
    if not isinstance(field, ast.Call) or _call_name(field) in _WITHOUT_COLUMN:
        return False
    given = {one.arg: one.value for one in field.keywords}
    null = given.get("null")
    return "db_default" not in given and not (isinstance(null, ast.Constant) and null.value is True)


def _call_name(call: ast.Call) -> str:
    function = call.func
    return (
        function.attr if isinstance(function, ast.Attribute) else function.id if isinstance(function, ast.Name) else ""
    )


def _argument(call: ast.Call, name: str, position: int) -> ast.expr | None:
    named = next((one.value for one in call.keywords if one.arg == name), None)
    return named if named is not None else call.args[position] if position < len(call.args) else None


def _text_argument(call: ast.Call, name: str, position: int) -> str:
    found = _argument(call, name, position)
    return str(found.value) if isinstance(found, ast.Constant) else "?"
