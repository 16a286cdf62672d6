"""Puts the modules of a package into one file: a project gets one file to carry, and Copier one file to render.

Modules of such a package import each other only as `from .module import name`, without renaming, and no two of them
define the same top-level name; anything else is a ValueError, so that a mistake is found by the first test that renders.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from graphlib import TopologicalSorter
from pathlib import Path


@dataclass(frozen=True)
class _Module:
    name: str
    title: str  # first line of its docstring
    needs: frozenset[str]
    imports: tuple[str, ...]
    body: str
    defines: frozenset[str]


def bundled(folder: Path) -> str:
    """Python source of all modules in `folder`, `__main__` last, their imports first. `__init__` gives the docstring."""
    modules = {path.stem: _read(path) for path in sorted(folder.glob("*.py")) if path.stem != "__init__"}
    _refuse_clashes(modules)
    order = list(TopologicalSorter({n: m.needs for n, m in modules.items()}).static_order())
    docstring = ast.get_docstring(ast.parse((folder / "__init__.py").read_text(encoding="utf-8")), clean=False) or ""
    imports = sorted({line for module in modules.values() for line in module.imports}, key=_import_order)
    parts = [f'"""{docstring}"""', "from __future__ import annotations", "\n".join(imports)]
    for name in [*(name for name in order if name != "__main__"), "__main__"]:
        module = modules[name]
        rule = "-" * (113 - len(module.title) - 1) if len(module.title) < 111 else ""
        parts.append(f"\n# {module.title} {rule}".rstrip() + f"\n\n{module.body}")
    return "\n\n".join(parts) + "\n"


def _read(path: Path) -> _Module:
    source = path.read_text(encoding="utf-8")
    tree = ast.parse(source, filename=str(path))
    lines = source.splitlines()
    needs: set[str] = set()
    imports: list[str] = []
    dropped: set[int] = set()
    for node in tree.body:
        if isinstance(node, ast.ImportFrom) and node.level == 1:
            if node.module is None or any(alias.asname for alias in node.names):
                raise ValueError(f"{path.name}:{node.lineno}: write `from .module import name`")
            needs.add(node.module)
        elif isinstance(node, ast.ImportFrom | ast.Import):
            if not (isinstance(node, ast.ImportFrom) and node.module == "__future__"):
                imports += _statements(node)
        elif not (isinstance(node, ast.Expr) and node is tree.body[0]):
            continue
        dropped |= set(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    body = "\n".join(line for number, line in enumerate(lines, 1) if number not in dropped).strip()
    title = (ast.get_docstring(tree) or path.stem).splitlines()[0].rstrip(".")
    return _Module(path.stem, title, frozenset(needs), tuple(imports), body, frozenset(_names(tree)))


def _statements(node: ast.Import | ast.ImportFrom) -> list[str]:
    """One statement for each imported name, so that modules' imports can be joined without repeating any."""
    prefix = f"from {'.' * node.level}{node.module or ''} import " if isinstance(node, ast.ImportFrom) else "import "
    return [f"{prefix}{alias.name}{f' as {alias.asname}' if alias.asname else ''}" for alias in node.names]


def _import_order(statement: str) -> tuple[bool, str]:
    return statement.startswith("from "), statement.lower()


def _names(tree: ast.Module) -> list[str]:
    names = []
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.append(node.name)
        elif isinstance(node, ast.Assign):
            names += [target.id for target in node.targets if isinstance(target, ast.Name)]
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            names.append(node.target.id)
    return names


def _refuse_clashes(modules: dict[str, _Module]) -> None:
    owners: dict[str, str] = {}
    for module in modules.values():
        for name in module.defines:
            if name in owners:
                raise ValueError(f"{name} is defined in {owners[name]}.py and in {module.name}.py")
            owners[name] = module.name
