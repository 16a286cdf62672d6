"""One look at a repository: what every fact is computed from, computed once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ..base.evidence import Evidence, Fact
from ..base.files import Repository, join, parent
from .settings.frame import Module, Run
from .settings.interpreter import run_module


class Project:
    """A repository, the answers given, and the facts computed so far.

    `table` maps each fact's name to the function that computes it. An answer in `given` replaces its fact. `platforms`
    maps each platform's name to the function that finds its files.
    """

    def __init__(
        self,
        repository: Repository,
        given: Mapping[str, object],
        table: Mapping[str, Callable[[Project], Fact]],
        python_before: str = "",
        platforms: Mapping[str, Callable[[Project], list[Evidence]]] | None = None,
    ) -> None:
        self.repository = repository
        self.python_before = python_before  # what was chosen by an earlier run, where no file names a Python
        self.given = {name: value for name, value in given.items() if value is not None}
        self.platforms = dict(platforms or {})
        self._table = table
        self._facts: dict[str, Fact] = {}
        self._memory: dict[Any, Any] = {}
        # Work done so far, in the interpreter's steps: what is nice to know stops before it costs much.
        self.steps = 0

    def fact(self, name: str) -> Fact:
        """The fact of this name; raises Failure when the project rules out a useful value, KeyError for other names."""
        if name not in self._facts:
            if name in self.given:
                self._facts[name] = Fact(self.given[name], (Evidence("", None, "given as an answer"),))
            else:
                self._facts[name] = self._table[name](self)
        return self._facts[name]

    def once(self, key: Any, compute: Callable[[], Any]) -> Any:
        """The result of `compute`, kept under `key`."""
        if key not in self._memory:
            self._memory[key] = compute()
        return self._memory[key]

    @property
    def root(self) -> str:
        """The folder of manage.py."""
        return str(self.fact("django_root").value)

    def code_roots(self) -> tuple[str, ...]:
        """Folders from which the project's modules are imported, in the order of sys.path."""
        from .layout.layout import added_folders  # the layout is a fact of the project

        found = [self.root, *added_folders(self), ".", "src"]
        if self.root != ".":
            found[-2:-2] = [join(self.root, "src"), parent(self.root)]
        return tuple(dict.fromkeys(found))

    def locate(self, dotted: str, roots: tuple[str, ...] | None = None) -> str | None:
        """The file of a module of this project, or None."""
        return locate(self.repository, dotted, self.code_roots() if roots is None else roots)

    def read_settings(self, dotted: str, environment: Mapping[str, str] | None = None) -> tuple[Run, Module | None]:
        """The settings module as production would read it with these variables set."""
        variables = dict(environment or {})
        key = ("settings", dotted, tuple(sorted(variables.items())))

        def compute() -> tuple[Run, Module | None]:
            run = self.new_run(variables)
            package, _, _ = dotted.rpartition(".")
            while package:
                # Importing a.b.c imports a and a.b first.
                path = self.locate(package)
                if path is not None and path not in run.modules:
                    run_module(run, path, package)
                package = package.rpartition(".")[0]
            path = self.locate(dotted)
            module = run_module(run, path, dotted) if path else None
            self.steps += run.steps
            return run, module

        result: tuple[Run, Module | None] = self.once(key, compute)
        return result

    def new_run(self, environment: Mapping[str, str], roots: tuple[str, ...] | None = None) -> Run:
        searched = self.code_roots() if roots is None else roots
        run = Run(
            self.repository,
            lambda dotted, asking: locate(self.repository, dotted, searched),
            dict(environment),
            working_folder=searched[0],
        )
        return run


def locate(repository: Repository, dotted: str, roots: tuple[str, ...]) -> str | None:
    """The file that `import dotted` reads, looked for in each root in turn."""
    if not all(part.isidentifier() for part in dotted.split(".")):
        return None
    for root in roots:
        base = join(root, *dotted.split("."))
        for path in (join(base, "__init__.py"), base + ".py"):
            if repository.is_file(path):
                return path
    return None


def is_package(repository: Repository, dotted: str, roots: tuple[str, ...]) -> str | None:
    """The folder of a package, with or without __init__.py, or None."""
    for root in roots:
        base = join(root, *dotted.split("."))
        if repository.is_folder(base):
            return base
    return None
