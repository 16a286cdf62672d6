"""One look at a repository: what every fact is computed from, computed once."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

from ..base.evidence import Evidence, Fact
from ..base.files import Repository, join, parent
from .modules import is_package, locate
from .settings import EntryPoint, Module, Run, Work, read, read_entry_point


class Project:
    """A repository, the answers, and the facts computed so far.

    `table` maps each fact's name to the function that computes it. An answer replaces its fact. `platforms` maps each
    platform's name to the function that finds its files.
    """

    def __init__(
        self,
        repository: Repository,
        answers: Mapping[str, object],
        table: Mapping[str, Callable[[Project], Fact]],
        python_before: str = "",
        platforms: Mapping[str, Callable[[Project], list[Evidence]]] | None = None,
        earlier: Collection[str] = (),
    ) -> None:
        self.repository = repository
        self.python_before = python_before  # what was chosen by an earlier run, where no file names a Python
        self.answers = {name: value for name, value in answers.items() if value is not None}
        self.earlier = frozenset(earlier)
        self.platforms = dict(platforms or {})
        self._table = table
        self._facts: dict[str, Fact] = {}
        self._asking: list[str] = []  # facts that are being found, each for the one before it
        self.needed: dict[str, set[str]] = {}  # the facts that each fact asked for
        self._memory: dict[Any, Any] = {}
        # Steps of reading settings so far: what is nice to know stops before it costs much.
        self.steps = 0
        self.work = Work()

    def fact(self, name: str) -> Fact:
        """The fact of this name; raises Failure when the project rules out a useful value, KeyError for other names."""
        if self._asking:
            self.needed.setdefault(self._asking[-1], set()).add(name)
        if name not in self._facts:
            if name in self.answers:
                how = "from an earlier run" if name in self.earlier else "set by an answer"
                self._facts[name] = Fact(self.answers[name], (Evidence("", None, how),))
            else:
                self._asking.append(name)
                try:
                    self._facts[name] = self._table[name](self)
                finally:
                    self._asking.pop()
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

    def manage_script(self) -> EntryPoint | None:
        """The manage.py of the chosen Django root, read, or None when that folder has none."""
        path = self.repository.real(join(self.root, "manage.py"))
        if not self.repository.is_file(path):
            return None
        script: EntryPoint = self.once(("manage", path), lambda: self.read_script(path, parent(path)))
        return script

    def read_script(self, path: str, folder: str, dotted: str = "__main__") -> EntryPoint:
        """What a starting script says that Python runs in the folder."""
        return read_entry_point(self.repository, path, folder, dotted, self.work)

    def added_folders(self) -> list[str]:
        """Folders that manage.py puts on sys.path, relative to the git root; an answer counts as for the fact."""
        if "django_python_path" in self.answers:
            folders = self.answers["django_python_path"]
            return [join(self.root, str(folder)) for folder in folders] if isinstance(folders, (list, tuple)) else []
        manage = self.manage_script()
        return [folder for folder in manage.python_path if self.repository.is_folder(folder)] if manage else []

    def code_roots(self) -> tuple[str, ...]:
        """Folders from which the project's modules are imported, in the order of sys.path."""
        found = [self.root, *self.added_folders(), ".", "src"]
        if self.root != ".":
            found[-2:-2] = [join(self.root, "src"), parent(self.root)]
        return tuple(dict.fromkeys(found))

    def locate(self, dotted: str, roots: tuple[str, ...] | None = None) -> str | None:
        """The file of a module of this project, or None."""
        return locate(self.repository, dotted, self.code_roots() if roots is None else roots)

    def package_folder(self, dotted: str) -> str | None:
        """The folder of a package of this project, with or without __init__.py, or None."""
        return is_package(self.repository, dotted, self.code_roots())

    def read_settings(self, dotted: str, environment: Mapping[str, str] | None = None) -> tuple[Run, Module | None]:
        """The settings module as production would read it with these variables set."""
        variables = dict(environment or {})
        key = ("settings", dotted, tuple(sorted(variables.items())))

        def compute() -> tuple[Run, Module | None]:
            run, module = read(dotted, variables, repository=self.repository, roots=self.code_roots(), work=self.work)
            self.steps += run.steps
            return run, module

        result: tuple[Run, Module | None] = self.once(key, compute)
        return result
