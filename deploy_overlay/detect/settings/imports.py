"""Imports in settings: the project's modules are read, everything else is known by its dotted name."""

from __future__ import annotations

import ast

from ...base.evidence import Evidence
from .frame import Frame
from .values import EnvReader, External, Instance, Module, external

# A module this large is data or generated; settings are never that long.
MAX_SOURCE = 300_000
VALUES_PER_STEP = 4  # names and values that are taken over in the time of one step


def run_import(node: ast.Import | ast.ImportFrom, frame: Frame) -> None:
    """Bind the names of an import statement."""
    if isinstance(node, ast.ImportFrom):
        _from(node, frame)
        return
    for alias in node.names:
        name = alias.asname or alias.name.partition(".")[0]
        module = load(frame, alias.name)
        if module is not None and alias.asname:
            frame.names[name] = Instance(module.names, module.origins)
        elif module is None or not isinstance(frame.names.get(name), Instance):
            frame.names[name] = External(alias.name if alias.asname else name)


def _from(node: ast.ImportFrom, frame: Frame) -> None:
    dotted = absolute(node, frame.module)
    if node.level == 0 and dotted == "__future__":
        return
    module = load(frame, dotted)
    for alias in node.names:
        if alias.name == "*":
            if module is not None:
                _take_all(module, frame, Evidence(frame.module.path, node.lineno, f"imported from {dotted}"))
            continue
        name = alias.asname or alias.name
        if module is not None and alias.name in module.names:
            frame.names[name] = module.names[alias.name]
            frame.origins[name] = module.origins.get(alias.name, frozenset())
            if not frame.local:
                if not frame.certain:
                    place = Evidence(frame.module.path, node.lineno, f"imported from {dotted}")
                    frame.module.may_be(name, [(module.names[alias.name], place, False)])
                    continue
                frame.module.may_be(name, module.possible.get(alias.name, []))
                if alias.name in module.places:
                    frame.module.places[name] = module.places[alias.name]
                frame.module.origins[name] = frame.origins[name]
            continue
        child = load(frame, f"{dotted}.{alias.name}") if dotted else None
        known = Instance(child.names, child.origins) if child is not None else None
        frame.names[name] = known or _external(f"{dotted}.{alias.name}")


def _external(dotted: str) -> object:
    if dotted == "environs.env":
        return EnvReader("environs")
    return external(dotted)


def absolute(node: ast.ImportFrom, module: Module) -> str:
    """The dotted name that a from-import means in this module."""
    if not node.level:
        return node.module or ""
    parts = module.dotted.split(".")
    if not module.path.endswith("__init__.py"):
        parts = parts[:-1]
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
    module = run.read_module(path, dotted)
    run.glimpsed[path] = module
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
