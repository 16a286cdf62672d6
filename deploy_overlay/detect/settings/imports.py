"""Imports in settings: the project's modules are read, everything else is known by its dotted name."""

from __future__ import annotations

import ast
from typing import Any

from ...base.evidence import Evidence
from ...base.files import join, parent
from .frame import Frame, Raised, Run
from .namespaces import take
from .values import GAP, UNKNOWN, EnvReader, External, Instance, Module, external, known

# A module this large is data or generated; settings are never that long.
MAX_SOURCE = 300_000
# What a module or file that is not there raises.
NOT_FOUND = frozenset(
    {"ImportError", "ModuleNotFoundError", "FileNotFoundError", "OSError", "IOError", "Exception", "BaseException"}
)
VALUES_PER_STEP = 4  # names and values that are taken over in the time of one step


def run_import(node: ast.Import | ast.ImportFrom, frame: Frame) -> None:
    """Bind the names of an import statement."""
    if isinstance(node, ast.ImportFrom):
        _from(node, frame)
        return
    for alias in node.names:
        name = alias.asname or alias.name.partition(".")[0]
        module = load(frame, alias.name)
        if module is not None and (alias.asname or "." not in alias.name):
            frame.names[name] = _as_value(module)
        elif module is None or not isinstance(frame.names.get(name), Instance):
            frame.names[name] = External(alias.name if alias.asname else name)


def _from(node: ast.ImportFrom, frame: Frame) -> None:
    dotted = absolute(node, frame.module)
    if node.level == 0 and dotted == "__future__":
        return
    module = load(frame, dotted)
    if frame.certain:
        _need(dotted, node, frame)
    for alias in node.names:
        if alias.name == "*":
            if module is not None:
                _take_all(module, frame, Evidence(frame.module.path, node.lineno, f"imported from {dotted}"))
            continue
        name = alias.asname or alias.name
        if module is not None and alias.name in module.names:
            take(name, alias.name, module, Evidence(frame.module.path, node.lineno, f"imported from {dotted}"), frame)
            continue
        child = load(frame, f"{dotted}.{alias.name}") if dotted else None
        frame.names[name] = _as_value(child) if child is not None else _external(f"{dotted}.{alias.name}")


def _need(dotted: str, node: ast.ImportFrom, frame: Frame) -> None:
    """Note a module of the project that has to be there. Raises Raised where a `try` looks after one that is not."""
    run = frame.run
    caught, path = run.catches(NOT_FOUND), run.locate(dotted) if dotted else None
    if path is not None and not caught:
        run.imported.setdefault(path, frame.place(node, f"imports {dotted}"))
    elif path is None and _is_missing(dotted, node, frame):
        if caught:
            raise Raised(errors=NOT_FOUND)
        run.absent.setdefault(dotted, frame.place(node, f"imports {dotted}"))


def _is_missing(dotted: str, node: ast.ImportFrom, frame: Frame) -> bool:
    """Whether a module of the project's own packages is not in the repository."""
    run, top = frame.run, dotted.partition(".")[0]
    own = bool(node.level) or (top != dotted and run.locate(top) is not None)
    return own and not run.locate(dotted) and not _folder(dotted, run)


def _as_value(module: Module) -> Instance:
    return Instance(module.names, module.origins, module)


def import_chosen(name: Any, package: Any, node: ast.Call, frame: Frame, reads_before: int) -> Any:
    """The module that `import_module(name, package)` gives. Its name may depend on variables."""
    if not isinstance(name, str) or not isinstance(package, str):
        return UNKNOWN
    dotted = _resolved(name, package)
    folder = _folder(dotted.partition(GAP)[0].rpartition(".")[0], frame.run)
    if folder:
        note_choice(folder, frame.variables_behind(node, reads_before), frame)
    module = load(frame, dotted) if known(dotted) else None
    if module is None:
        if folder and known(dotted) and frame.certain and not frame.run.locate(dotted):
            refuse_chosen(node, frame, reads_before)
        return UNKNOWN if folder or not known(dotted) else External(dotted)
    frame.run.chosen.append(module)
    return _as_value(module)


def _folder(package: str, run: Run) -> str:
    """The folder of a package, with or without __init__.py; "" for one that is not the project's."""
    path = run.locate(package) if package else None
    if path:
        return parent(path) if path.endswith("__init__.py") else ""
    folder = join(run.working_folder, *package.split("."))
    return folder if package and run.repository.is_folder(folder) else ""


def note_choice(folder: str, variables: frozenset[str], frame: Frame) -> None:
    """The code computes from these variables which file of a folder it reads."""
    frame.run.choices[folder] = frame.run.choices.get(folder, frozenset()) | variables


def refuse_chosen(node: ast.AST, frame: Frame, reads_before: int) -> None:
    """The project has no module or file of a computed name. Raises Raised, with the variables that decide."""
    raise Raised(frame.variables_behind(node, reads_before), NOT_FOUND)


def _resolved(name: str, package: str) -> str:
    """The absolute name of `..env.production` in a package."""
    plain = name.lstrip(".")
    level = len(name) - len(plain)
    if not level:
        return name
    parents = package.split(".")
    return ".".join([*parents[: len(parents) - level + 1], plain])


def _external(dotted: str) -> object:
    if dotted == "environs.env":
        return EnvReader("environs")
    return external(dotted)


def absolute(node: ast.ImportFrom, module: Module) -> str:
    """The dotted name that a from-import means in this module."""
    if not node.level:
        return node.module or ""
    parts = module.package.split(".")
    parts = parts[: len(parts) - (node.level - 1)] if node.level > 1 else parts
    return ".".join([*parts, *([node.module] if node.module else [])])


def load(frame: Frame, dotted: str) -> Module | None:
    """Read the project's module of this name; None for other modules."""
    run = frame.run
    path = run.locate(dotted) if dotted else None
    if path is None:
        return None
    data = run.repository.read(path)
    if data is None or len(data) > MAX_SOURCE:
        return None
    if path not in run.modules and not frame.certain:
        if frame.local:
            return None  # inside a function that may never be called
        return _glimpsed(frame, path, dotted)
    return run.read_module(path, dotted)


def _glimpsed(frame: Frame, path: str, dotted: str) -> Module | None:
    """A module that is imported only under a condition, so its needs are not certain."""
    run = frame.run
    if path in run.glimpsed:
        return run.glimpsed[path]
    run.glimpsed[path] = None
    required, variables = dict(run.required), dict(run.environment)
    imported, absent = dict(run.imported), dict(run.absent)
    module = run.read_module(path, dotted)
    run.glimpsed[path] = module
    run.imported, run.absent = imported, absent
    for name, place in run.required.items():
        if name not in required:
            run.optional.setdefault(name, place)
    run.required, run.environment = required, variables
    run.modules.pop(path, None)
    return module


def run_here(path: str, frame: Frame) -> None:
    """Read a file in the namespace of the module that includes it."""
    tree = frame.run.repository.tree(path)
    if tree is None:
        return
    guest = frame.module.including(path)
    frame.run.modules.setdefault(path, guest)
    with frame.run.deeper():
        Frame(frame.run, guest, frame.names, frame.certain, frame.local, frame.origins).run_block(tree.body)


def _take_all(module: Module, frame: Frame, place: Evidence) -> None:
    frame.run.step(len(module.names) // VALUES_PER_STEP)
    public = module.names.get("__all__")
    for name, value in list(module.names.items()):
        if isinstance(public, (list, tuple)) and name not in public:
            continue
        if name.startswith("_") and not isinstance(public, (list, tuple)):
            continue
        frame.names[name] = value  # a list or dictionary is shared in Python too
        frame.origins[name] = module.origins.get(name, frozenset())
        if frame.local:
            continue
        target = frame.module
        if not frame.certain and name.isupper():
            target.may_be(name, [(value, place, False)])
        if name in module.possible and frame.certain:
            frame.run.step(len(module.possible[name]) // VALUES_PER_STEP)
            target.may_be(name, module.possible[name])
        if frame.certain:
            target.origins[name] = module.origins.get(name, frozenset())
            if name in module.places:
                target.places[name] = module.places[name]
            target.undecided.discard(name)
            if name in module.undecided:
                target.undecided.add(name)
    for name, values in module.possible.items():
        # Set only in a branch that the module did not take.
        if name not in module.names and name.isupper() and not name.startswith("_") and not frame.local:
            frame.module.may_be(name, [(value, where, False) for value, where, _ in values])
