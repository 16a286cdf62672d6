"""Puts the modules of a package into one file: a project gets one file to carry, and Copier one file to render.

In one file all names are shared. So the modules import each other only by `from .module import name` at their top,
without renaming, and no top-level name means two things. Only their imports are read here; the tests read all of each
module, and refuse what does not fit. What the product's own package knows already comes along by
`from deploy_overlay.base.module import name`.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from graphlib import TopologicalSorter
from pathlib import Path
from typing import NamedTuple

from .bundled_imports import Import, import_lines, imports_of

ENTRY = "__main__"  # the module that is run: it comes last
BASE = Path(__file__).resolve().parents[1] / "base"
BANNER_WIDTH = 100
SHARED = "deploy_overlay.base."  # modules of the product that a bundle may take along
_DOCSTRING = re.compile(r'\s*""".*?"""[ \t]*\n', re.DOTALL)
_CODE = re.compile(r"^(?!import |from |if |elif |else:|[\s)#])", re.MULTILINE)  # where the imports of a module end


class _Module(NamedTuple):
    name: str
    docstring: str
    siblings: frozenset[str]  # the other modules that it imports from
    shared: frozenset[str]  # those of them that the product's own package has
    imports: tuple[Import, ...]
    conditional: tuple[str, ...]  # source of blocks that only import
    body: str


def bundled(folder: Path, shared: Path = BASE) -> str:
    """Python source of all modules in `folder`, each after those it imports, under the docstring of `__init__`.

    `shared` is the folder of `deploy_overlay.base`, of the same version. The same modules give the same text. Raises
    ValueError where they import each other in a circle.
    """
    modules = {path.stem: _read(path) for path in sorted(folder.glob("*.py")) if path.stem != "__init__"}
    for name in sorted({name for module in modules.values() for name in module.shared}):
        modules[name] = _read(shared / f"{name}.py")
    order = _order(modules)
    conditional = dict.fromkeys(source for module in order for source in module.conditional)
    head = [
        (folder / "__init__.py").read_text(encoding="utf-8").strip(),
        "from __future__ import annotations",
        import_lines(found for module in order for found in module.imports),
        *conditional,
    ]
    sections = (f"{_banner(module)}{_space_before(module.body)}{module.body}" for module in order)
    return "\n\n\n".join(["\n\n".join(filter(None, head)), *sections]) + "\n"


def _order(modules: Mapping[str, _Module]) -> list[_Module]:
    names = TopologicalSorter({name: sorted(module.siblings) for name, module in modules.items()}).static_order()
    return sorted((modules[name] for name in names), key=lambda module: module.name == ENTRY)


def _space_before(body: str) -> str:
    """As formatters have it: two empty lines before a class or function, one before anything else."""
    return "\n\n\n" if body.startswith(("class ", "def ", "@")) else "\n\n"


def _banner(module: _Module) -> str:
    name = "main" if module.name == ENTRY else module.name
    lines = [f"# {line}".rstrip() for line in module.docstring.splitlines()]
    return "\n".join([f"# --- {name} ".ljust(BANNER_WIDTH, "-"), *lines])


def _read(path: Path) -> _Module:
    source = path.read_text(encoding="utf-8")
    told = _DOCSTRING.match(source)
    code = _CODE.search(source, told.end() if told else 0)
    head = source[: code.start()] if code else source
    tree = ast.parse(head, filename=str(path))
    siblings: set[str] = set()
    shared: set[str] = set()
    imports: list[Import] = []
    conditional: list[str] = []
    taken: list[ast.stmt] = []
    for node in tree.body:
        if isinstance(node, ast.ImportFrom) and (node.level or (node.module or "").startswith(SHARED)):
            name = (node.module or "").removeprefix(SHARED)
            siblings.add(name)
            shared |= set() if node.level else {name}
        elif isinstance(node, ast.ImportFrom | ast.Import):
            imports += imports_of(node)
        elif only_imports(node):
            conditional.append(ast.get_source_segment(head, node) or "")
        elif node is not tree.body[0] or not told:
            continue
        taken.append(node)
    gone = {number for node in taken for number in range(node.lineno, (node.end_lineno or node.lineno) + 1)}
    body = "\n".join(line for number, line in enumerate(source.splitlines(), 1) if number not in gone).strip()
    return _Module(
        path.stem,
        ast.get_docstring(tree) or "",
        frozenset(siblings),
        frozenset(shared),
        tuple(imports),
        tuple(conditional),
        body,
    )


def only_imports(node: ast.stmt) -> bool:
    """Whether a block does nothing but import from elsewhere on a condition, such as the system's."""
    if not isinstance(node, ast.If):
        return False
    return all(isinstance(statement, ast.Import | ast.ImportFrom) for statement in (*node.body, *node.orelse))
