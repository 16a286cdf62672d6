"""Reads a settings module as production would import it, without running it."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence

from ...base.files import Repository
from ..modules import locate
from .calls import call
from .expressions import EXPRESSIONS
from .frame import Grammar, Run, Work
from .statements import STATEMENTS
from .values import Module

GRAMMAR = Grammar({**EXPRESSIONS, ast.Call: call}, STATEMENTS)


def read(
    module: str, environ: Mapping[str, str], *, repository: Repository, roots: Sequence[str], work: Work | None = None
) -> tuple[Run, Module | None]:
    """Read a settings module with these variables set.

    `module` is a dotted name and `roots` are the folders to search, in the order of sys.path; the first is the working
    directory. Returns None for the module if it does not exist or does not parse. `work` limits all readings that
    share it.
    """
    run = Run(
        repository,
        lambda dotted: locate(repository, dotted, roots),
        GRAMMAR,
        dict(environ),
        working_folder=roots[0],
        work=work or Work(),
    )
    package, _, _ = module.rpartition(".")
    while package:
        # Importing a.b.c imports a and a.b first.
        path = run.locate(package)
        if path is not None and path not in run.modules:
            run.read_module(path, package)
        package = package.rpartition(".")[0]
    path = run.locate(module)
    return run, run.read_module(path, module) if path else None
