"""Where a module or package of the project is found, as `import` looks for it."""

from __future__ import annotations

from collections.abc import Iterable

from ..base.files import Repository, join


def locate(repository: Repository, dotted: str, roots: Iterable[str]) -> str | None:
    """The file that `import dotted` reads, looked for in each root in turn."""
    if not all(part.isidentifier() for part in dotted.split(".")):
        return None
    for root in roots:
        base = join(root, *dotted.split("."))
        for path in (join(base, "__init__.py"), base + ".py"):
            if repository.is_file(path):
                return path
    return None


def module_name(path: str, root: str) -> str:
    """The name under which `import` finds the file or package at a path, if `root` is on the path."""
    inside = path if root == "." else path[len(root) + 1 :]
    return inside.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def is_package(repository: Repository, dotted: str, roots: Iterable[str]) -> str | None:
    """The folder of a package, with or without __init__.py, or None."""
    for root in roots:
        base = join(root, *dotted.split("."))
        if repository.is_folder(base):
            return base
    return None
