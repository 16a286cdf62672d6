"""Puts the modules of a package into one file: a project gets one file to carry, and Copier one file to render.

In one file all names are shared. So the modules import each other only by `from .module import name` at their top,
without renaming, and no top-level name means two things; anything else is a ValueError, which the first test that
renders finds. What the product's own package knows already comes along by `from deploy_overlay.base.module import name`.
"""

from __future__ import annotations

import ast
import builtins
import re
from collections.abc import Iterable, Iterator, Mapping
from graphlib import TopologicalSorter
from pathlib import Path
from typing import NamedTuple

from .bundled_imports import Import, import_lines, imports_of

ENTRY = "__main__"  # the module that is run: it comes last
BASE = Path(__file__).resolve().parents[1] / "base"
BANNER_WIDTH = 100
SHARED = "deploy_overlay.base."  # modules of the product that a bundle may take along
_MAY_NOT_FIT = re.compile(r"^\s+from \.|\b__name__\b", re.MULTILINE)


class _Module(NamedTuple):
    name: str
    docstring: str
    siblings: Mapping[str, tuple[str, ...]]  # what is imported from which other module
    shared: frozenset[str]  # those of them that the product's own package has
    imports: tuple[Import, ...]
    conditional: tuple[tuple[str, tuple[Import, ...]], ...]  # source of blocks that only import, and what they import
    body: str
    defines: frozenset[str]


def bundled(folder: Path, shared: Path = BASE) -> str:
    """Python source of all modules in `folder`, each after those it imports, under the docstring of `__init__`.

    `shared` is the folder of `deploy_overlay.base`, of the same version. The same modules give the same text. Raises
    ValueError where they cannot be one file.
    """
    modules = {path.stem: _read(path) for path in sorted(folder.glob("*.py")) if path.stem != "__init__"}
    for name in sorted({name for module in modules.values() for name in module.shared}):
        modules[name] = _read(shared / f"{name}.py")
    _refuse_unknown(modules)
    _refuse_two_meanings(modules.values())
    order = TopologicalSorter({name: sorted(module.siblings) for name, module in modules.items()}).static_order()
    ordered = sorted((modules[name] for name in order), key=lambda module: module.name == ENTRY)
    conditional = dict.fromkeys(source for module in ordered for source, _ in module.conditional)
    head = [
        _docstring_alone(folder / "__init__.py"),
        "from __future__ import annotations",
        import_lines(found for module in ordered for found in module.imports),
        *conditional,
    ]
    sections = (f"{_banner(module)}{_space_before(module.body)}{module.body}" for module in ordered)
    return "\n\n\n".join(["\n\n".join(filter(None, head)), *sections]) + "\n"


def _docstring_alone(path: Path) -> str:
    source = path.read_text(encoding="utf-8").strip()
    tree = ast.parse(source, filename=str(path))
    if len(tree.body) != 1 or ast.get_docstring(tree) is None:
        raise ValueError(f"{path.name} holds the docstring of the one file, and nothing else")
    return source


def _space_before(body: str) -> str:
    """As formatters have it: two empty lines before a class or function, one before anything else."""
    return "\n\n\n" if body.startswith(("class ", "def ", "@")) else "\n\n"


def _banner(module: _Module) -> str:
    name = "main" if module.name == ENTRY else module.name
    lines = [f"# {line}".rstrip() for line in module.docstring.splitlines()]
    return "\n".join([f"# --- {name} ".ljust(BANNER_WIDTH, "-"), *lines])


def _read(path: Path) -> _Module:
    source = path.read_text(encoding="utf-8")
    tree = ast.parse(source, filename=str(path))
    siblings: dict[str, tuple[str, ...]] = {}
    shared: set[str] = set()
    imports: list[Import] = []
    conditional: list[tuple[str, tuple[Import, ...]]] = []
    taken: list[ast.stmt] = []
    for node in tree.body:
        if isinstance(node, ast.ImportFrom) and not node.level and (node.module or "").startswith(SHARED):
            node.module, node.level = (node.module or "").removeprefix(SHARED), 1
            shared.add(node.module)
        if isinstance(node, ast.ImportFrom) and node.level:
            if node.level > 1 or node.module is None or any(alias.asname or alias.name == "*" for alias in node.names):
                raise ValueError(f"{path.name}:{node.lineno}: write `from .module import name`, without renaming")
            siblings[node.module] = siblings.get(node.module, ()) + tuple(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom | ast.Import):
            imports += imports_of(node)
        elif found := _only_imports(node):
            conditional.append((ast.get_source_segment(source, node) or "", found))
        elif node is not tree.body[0] or ast.get_docstring(tree) is None:
            continue
        taken.append(node)
    if _MAY_NOT_FIT.search(source):  # most modules are spared a walk over all of their nodes
        _refuse_what_does_not_fit(path, tree)
    gone = {number for node in taken for number in range(node.lineno, (node.end_lineno or node.lineno) + 1)}
    body = "\n".join(line for number, line in enumerate(source.splitlines(), 1) if number not in gone).strip()
    docstring = ast.get_docstring(tree) or ""
    return _Module(
        path.stem,
        docstring,
        siblings,
        frozenset(shared),
        tuple(imports),
        tuple(conditional),
        body,
        frozenset(_defined(tree)),
    )


def _only_imports(node: ast.stmt) -> tuple[Import, ...]:
    """What a block imports from elsewhere on a condition, such as the system's; empty where it does more than that."""
    if not isinstance(node, ast.If):
        return ()
    inner = [*node.body, *node.orelse]
    if not all(isinstance(statement, ast.Import | ast.ImportFrom) for statement in inner):
        return ()
    return tuple(found for statement in inner for found in imports_of(statement))


def _refuse_what_does_not_fit(path: Path, tree: ast.Module) -> None:
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.level and node not in tree.body:
            raise ValueError(f"{path.name}:{node.lineno}: import from another module at the top, not further in")
        if isinstance(node, ast.Name) and node.id == "__name__" and path.stem != ENTRY:
            raise ValueError(f"{path.name}:{node.lineno}: __name__ means something else in one file")


def _defined(node: ast.AST) -> Iterator[str]:
    """Names that a module's top level binds other than by an import."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield child.name
        elif isinstance(child, ast.Name) and isinstance(child.ctx, ast.Store):
            yield child.id
        elif not isinstance(child, ast.Lambda | ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp):
            yield from _defined(child)


def _refuse_unknown(modules: Mapping[str, _Module]) -> None:
    for module in modules.values():
        for sibling, names in module.siblings.items():
            for name in names:
                if sibling not in modules or name not in modules[sibling].defines:
                    raise ValueError(f"{module.name}.py imports {name}, which {sibling}.py does not define")


def _refuse_two_meanings(modules: Iterable[_Module]) -> None:
    meanings = {name: "a builtin" for name in dir(builtins) if not name.startswith("__")}
    for module in modules:
        for name, meaning in _meanings(module):
            if meanings.setdefault(name, meaning) != meaning:
                raise ValueError(f"{name} would have two meanings: {meanings[name]}, and {meaning}")


def _meanings(module: _Module) -> Iterator[tuple[str, str]]:
    for found in (*module.imports, *(found for _, imports in module.conditional for found in imports)):
        yield found.bound, f"imported as {found.origin}"
    for name in sorted(module.defines):
        yield name, f"defined in {module.name}.py"
