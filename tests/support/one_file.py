"""What keeps modules from becoming one file: `deploy_overlay.ask.bundle` trusts that nothing does."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from deploy_overlay.ask.bundle import BASE, ENTRY, SHARED
from deploy_overlay.ask.bundled_imports import imports_of


class _Module(NamedTuple):
    name: str
    siblings: dict[str, list[str]]  # what is imported from which other module
    meanings: list[tuple[str, str]]  # what each name at the top stands for
    defines: set[str]


def refuse_unfit(folder: Path, shared: Path = BASE) -> None:
    """Raise ValueError for the first thing in these modules that means something else in one file.

    The arguments are those of `bundled`.
    """
    docstring = ast.parse((folder / "__init__.py").read_text(encoding="utf-8"))
    if len(docstring.body) != 1 or ast.get_docstring(docstring) is None:
        raise ValueError("__init__.py holds the docstring of the one file, and nothing else")
    modules = {path.stem: _read(path) for path in sorted(folder.glob("*.py")) if path.stem != "__init__"}
    along = {name for module in modules.values() for name in module.siblings if not (folder / f"{name}.py").is_file()}
    modules |= {name: _read(shared / f"{name}.py") for name in along if (shared / f"{name}.py").is_file()}
    meanings = {name: "a builtin" for name in dir(builtins) if not name.startswith("__")}
    for module in modules.values():
        for sibling, names in module.siblings.items():
            for name in names:
                if sibling not in modules or name not in modules[sibling].defines:
                    raise ValueError(f"{module.name}.py imports {name}, which {sibling}.py does not define")
        for name, meaning in module.meanings:
            if meanings.setdefault(name, meaning) != meaning:
                raise ValueError(f"{name} would have two meanings: {meanings[name]}, and {meaning}")


def _read(path: Path) -> _Module:
    tree = ast.parse(path.read_text(encoding="utf-8"), filename=str(path))
    top = [
        *tree.body,
        *(inner for node in tree.body if isinstance(node, ast.If) for inner in (*node.body, *node.orelse)),
    ]
    siblings: dict[str, list[str]] = {}
    imported: list[tuple[str, str]] = []
    begun = False  # whether the imports are over
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and node.id == "__name__" and path.stem != ENTRY:
            raise ValueError(f"{path.name}:{node.lineno}: __name__ means something else in one file")
        if isinstance(node, ast.ImportFrom) and _module(node) and node not in tree.body:
            raise ValueError(f"{path.name}:{node.lineno}: import from another module at the top, not further in")
    for number, node in enumerate(tree.body):
        if isinstance(node, ast.ImportFrom) and node.level and not node.module:
            raise ValueError(f"{path.name}:{node.lineno}: write `from .module import name`, without renaming")
        begun |= not isinstance(node, ast.Import | ast.ImportFrom | ast.If) and not (number == 0 and _told(tree))
        if isinstance(node, ast.ImportFrom) and (found := _module(node)):
            if begun:
                raise ValueError(f"{path.name}:{node.lineno}: import from another module at the top, not further in")
            if node.level > 1 or any(alias.asname or alias.name == "*" for alias in node.names):
                raise ValueError(f"{path.name}:{node.lineno}: write `from .module import name`, without renaming")
            siblings.setdefault(found, []).extend(alias.name for alias in node.names)
    for node in top:
        if not (isinstance(node, ast.ImportFrom) and _module(node)):
            imported += [(found.bound, f"imported as {found.origin}") for found in imports_of(node)]
    defines = set(_defined(tree))
    return _Module(
        path.stem, siblings, [*imported, *((name, f"defined in {path.name}") for name in sorted(defines))], defines
    )


def _told(tree: ast.Module) -> bool:
    return ast.get_docstring(tree) is not None


def _module(node: ast.ImportFrom) -> str:
    """The other module of the one file that is imported from; "" for one from elsewhere."""
    name = node.module or ""
    return name if node.level else name.removeprefix(SHARED) if name.startswith(SHARED) else ""


def _defined(node: ast.AST) -> Iterator[str]:
    """Names that a module's top level binds other than by an import."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield child.name
        elif isinstance(child, ast.Name) and isinstance(child.ctx, ast.Store):
            yield child.id
        elif not isinstance(child, ast.Lambda | ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp):
            yield from _defined(child)
