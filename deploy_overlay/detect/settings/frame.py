"""The position in the code being read: one run, and the frame of a module or function.

A frame reads expressions and statements through the run's `Grammar`, so that the modules for each kind
of node (`expressions`, `calls`, `statements`, ...) import only this one, without circles.
"""

from __future__ import annotations

import ast
import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from ...base.evidence import Evidence
from ...base.files import Repository
from .values import SOMETHING, UNKNOWN, Instance, Module, copied, instance_at

# Bounds the work for any project: settings that need more steps than this compute something we cannot follow anyway.
MAX_STEPS = 25_000
MAX_DEPTH = 90


# What Python or a library raises where a variable is not set: reading it, calculating with None, or calling its method.
ABSENT = frozenset(
    {
        "KeyError", "Exception", "BaseException", "ImproperlyConfigured", "UndefinedValueError", "EnvError", "LookupError",
        "ValidationError", "EnvValidationError", "ConfigurationError",
    }
)  # fmt: skip
NOT_A_VALUE = frozenset({"TypeError", "Exception", "BaseException"})
NO_ATTRIBUTE = frozenset({"AttributeError", "Exception", "BaseException"})


class MissingVariable(Exception):
    """Without the variable, the code fails with one of these errors, inside a `try` that handles it."""

    def __init__(self, variable: str, errors: frozenset[str]) -> None:
        super().__init__(variable)
        self.variable, self.errors = variable, errors


class Raised(Exception):
    """The code raises one of these errors. `variables` are those whose absence led there."""

    def __init__(self, variables: frozenset[str] = frozenset(), errors: frozenset[str] = ABSENT) -> None:
        super().__init__(", ".join(sorted(variables)))
        self.variables, self.errors = variables, errors


class Returned(Exception):
    """A `return` in a function of the project."""

    def __init__(self, value: Any) -> None:
        super().__init__()
        self.value = value


class NextItem(Exception):
    """`continue`: skip the rest of the loop's body for this item."""


class LoopLeft(Exception):
    """`break`: end the loop."""


class Exhausted(Exception):
    """Too many steps."""


class Read(NamedTuple):
    """One reading of an environment variable; `default` is the code's default.

    `instead`: read for the case that another variable is not set.
    """

    variable: str
    default: Any
    place: Evidence
    instead: bool = False


class SettingsName(NamedTuple):
    """A value that code sets for DJANGO_SETTINGS_MODULE; `assigned`: overriding the environment."""

    value: Any
    assigned: bool
    certain: bool
    place: Evidence


class Grammar(NamedTuple):
    """How to evaluate expressions and run statements."""

    expressions: Mapping[type[ast.AST], Callable[[Any, Frame], Any]]
    statements: Mapping[type[ast.AST], Callable[[Any, Frame], None]]


@dataclass
class Work:
    """The number of steps of all runs over one repository, and its limit."""

    limit: int = 500_000
    steps: int = 0


@dataclass
class Run:
    """One reading of code with certain variables set."""

    repository: Repository
    locate: Callable[[str], str | None]  # dotted name -> path of the file
    grammar: Grammar
    environment: dict[str, str] = field(default_factory=dict)
    modules: dict[str, Module] = field(default_factory=dict)
    # Modules imported only where a condition allows: read once, apart from those that are imported for certain.
    glimpsed: dict[str, Module | None] = field(default_factory=dict)
    # Modules whose names the code computes, and the folders that it chooses from, with the variables that decide.
    chosen: list[Module] = field(default_factory=list)
    choices: dict[str, frozenset[str]] = field(default_factory=dict)
    required: dict[str, Evidence] = field(default_factory=dict)
    optional: dict[str, Evidence] = field(default_factory=dict)
    reads: list[Read] = field(default_factory=list)
    # Files opened for certain, by what the code calls them: a path, or the variables that name it.
    opened: dict[Any, Evidence] = field(default_factory=dict)
    written: set[Any] = field(default_factory=set)  # of these, what the code itself may have made before
    # The project's modules that are imported for certain: their paths, or their dotted names if they are not there.
    imported: dict[str, Evidence] = field(default_factory=dict)
    absent: dict[str, Evidence] = field(default_factory=dict)
    may_be_missing: int = 0  # `try` statements around that look after a file which is not there
    settings_names: list[SettingsName] = field(default_factory=list)
    # Values given to DJANGO_CONFIGURATION, which django-configurations reads.
    configurations: dict[str, Evidence] = field(default_factory=dict)
    # Folders put on sys.path, and the folder that the code takes as the working directory.
    python_path: list[str] = field(default_factory=list)
    working_folder: str = "."
    unparsed: list[str] = field(default_factory=list)
    # What each `try` around looks after, by the names of the errors.
    caught: list[frozenset[str]] = field(default_factory=list)
    given: frozenset[str] = frozenset()  # variables that are taken as set, to see what is needed besides
    work: Work = field(default_factory=Work)
    steps: int = 0
    depth: int = 0

    def step(self, count: int = 1) -> None:
        """Count a step. Raises Exhausted if this run or all runs took too many."""
        self.steps += count
        self.work.steps += count
        if self.steps > MAX_STEPS or self.work.steps > self.work.limit:
            raise Exhausted

    @contextmanager
    def giving(self, variables: frozenset[str]) -> Iterator[None]:
        """Within this block, these variables are set to something that is not known."""
        before = self.environment, self.given
        self.environment, self.given = {**self.environment, **dict.fromkeys(variables, SOMETHING)}, variables
        try:
            yield
        finally:
            self.environment, self.given = before

    def read_instead(self, first: int, last: int | None = None) -> None:
        """The variables of these readings are read for the case that another one is not set."""
        self.reads[first:last] = [read._replace(instead=True) for read in self.reads[first:last]]

    def at_fault(self, variables: frozenset[str]) -> frozenset[str]:
        """Of variables that lead to an error, those to set: not also each that would do instead."""
        first = {read.variable for read in self.reads if not read.instead}
        return variables & first or variables

    def catches(self, errors: frozenset[str]) -> bool:
        return any(errors & names for names in self.caught)

    @contextmanager
    def deeper(self) -> Iterator[None]:
        if self.depth >= MAX_DEPTH:
            raise Exhausted
        self.depth += 1
        try:
            yield
        finally:
            self.depth -= 1

    @contextmanager
    def bounded(self, path: str) -> Iterator[None]:
        """Stop with a note if there are too many steps."""
        try:
            yield
        except (Exhausted, RecursionError):
            self.repository.notes[path] = "too much is computed here to be followed to the end"

    def read_module(self, path: str, dotted: str) -> Module | None:
        """Read a module of the project once. None if it does not exist or does not parse."""
        if path in self.modules:
            return self.modules[path]
        tree = self.repository.tree(path)
        if tree is None:
            if isinstance(self.repository.parse(path), SyntaxError):
                self.unparsed.append(path)
            return None
        module = Module(path, dotted)
        self.modules[path] = module
        caught, self.caught = self.caught, []
        try:
            with self.bounded(path), contextlib.suppress(Returned, NextItem, LoopLeft), self.deeper():
                Frame(self, module, module.names).run_block(tree.body)
        finally:
            self.caught = caught
        return module


@dataclass
class Frame:
    """A module that is being read, or a function called in it."""

    run: Run
    module: Module
    names: dict[str, Any]
    certain: bool = True
    local: bool = False
    origins: dict[str, frozenset[str]] = field(default_factory=dict)

    def evaluate(self, node: ast.expr | None) -> Any:
        """The value of an expression, or UNKNOWN (or a string with gaps). Records reads of variables."""
        if node is None:
            return None
        self.run.step()
        if self.run.depth >= MAX_DEPTH - 1:
            return UNKNOWN
        with self.run.deeper():
            reader = self.run.grammar.expressions.get(type(node))
            return reader(node, self) if reader else self._evaluate_parts(node)

    def _evaluate_parts(self, node: ast.expr) -> Any:
        if not isinstance(node, (ast.Await, ast.Yield, ast.YieldFrom, ast.DictComp)):
            for part in ast.iter_child_nodes(node):
                if isinstance(part, ast.expr):
                    self.evaluate(part)
        return UNKNOWN

    def run_statement(self, node: ast.stmt) -> None:
        """Run a statement. Raises Raised or Returned if it ends its block."""
        self.run.step()
        action = self.run.grammar.statements.get(type(node))
        if action is not None:
            action(node, self)

    def run_all(self, statements: Sequence[ast.stmt]) -> None:
        """Run statements until one of them raises."""
        for statement in statements:
            self.run_statement(statement)

    def run_block(self, statements: Sequence[ast.stmt]) -> None:
        """Run the body of a module, class or function. Outside functions, reading continues after an error."""
        for statement in statements:
            if self.local:
                self.run_statement(statement)
                continue
            try:
                self.run_statement(statement)
            except Raised as stopped:
                self.need_all(stopped.variables, statement)
                if not stopped.variables and self.certain and isinstance(statement, ast.Raise):
                    return

    def explore(self, statements: Sequence[ast.stmt]) -> None:
        """Read statements that may not run, ignoring what they raise."""
        self.certain = False
        caught, self.run.caught = self.run.caught, []
        for statement in statements:
            try:
                self.run_statement(statement)
            except (Raised, MissingVariable, Returned, NextItem, LoopLeft):
                break
        self.run.caught = caught

    def outer(self) -> Frame:
        """The position in the module from within one of its functions."""
        module = self.module
        return Frame(self.run, module, module.names, self.certain, origins=module.origins) if self.local else self

    def set_name(self, name: str, value: Any, origins: frozenset[str], node: ast.AST) -> None:
        """Bind a name; of a module also with its place."""
        self.names[name] = value
        self.origins[name] = origins
        if self.local:
            return
        place = self.place(node, f"sets {name}")
        self.module.may_be(name, [(value, place, self.certain)])
        if self.certain:
            self.module.places[name] = place
            self.module.origins[name] = origins
            self.module.undecided.discard(name)

    def place(self, node: ast.AST, note: str) -> Evidence:
        return Evidence(self.module.path, getattr(node, "lineno", None), note)

    def fail(self, variable: str, node: ast.AST, errors: frozenset[str]) -> None:
        """The code fails here unless the variable is set; raises MissingVariable if a surrounding `try` handles that."""
        if self.run.catches(errors):
            raise MissingVariable(variable, errors)
        self.need(variable, node)

    def need(self, variable: str, node: ast.AST) -> None:
        """Record that the code fails unless the variable is set."""
        place = self.place(node, f"reads {variable} without a default")
        if self.certain:
            self.run.required.setdefault(variable, place)
        else:
            self.run.optional.setdefault(variable, place)

    def need_all(self, variables: frozenset[str], node: ast.stmt | ast.expr) -> None:
        """Record the variables without which this failed, and those without which it still fails once they are set.

        `if not getenv("A") or not getenv("B"): raise` reads B only where A is set.
        """
        found = self.run.given
        while variables - found:
            for variable in sorted(variables - found):
                self.need(variable, node)
            found |= variables
            try:
                with self.run.giving(found):
                    frame = self._given(found)
                    frame.run_statement(node) if isinstance(node, ast.stmt) else frame.evaluate(node)
            except Raised as stopped:
                variables = stopped.variables
            except (MissingVariable, Returned, NextItem, LoopLeft):
                return

    def _given(self, variables: frozenset[str]) -> Frame:
        """The same position where these variables are set, and what comes from them is not known."""
        frame = self.shadow()
        frame.certain = self.certain
        for name, value in frame.names.items():
            if (self.origins.get(name) or self.module.origins.get(name, frozenset())) & variables:
                frame.names[name] = SOMETHING if value is None or isinstance(value, str) else UNKNOWN
        return frame

    def at_fault(self, node: ast.AST, reads_before: int) -> frozenset[str]:
        """Those of the variables behind an expression that have to be set for it not to fail."""
        return self.run.at_fault(self.variables_behind(node, reads_before))

    def variables_behind(self, node: ast.AST, reads_before: int) -> frozenset[str]:
        """The variables that an expression depends on, directly or through names."""
        found = {read.variable for read in self.run.reads[reads_before:]}
        settled: set[ast.AST] = set()  # objects whose attribute tells its variables itself
        for part in ast.walk(node):
            if isinstance(part, ast.Attribute) and part not in settled:
                owner = self.instance_at(part.value)
                if owner is not None and part.attr in owner.origins:
                    found |= owner.origins[part.attr]
                    settled.update(ast.walk(part.value))
            elif isinstance(part, ast.Name) and part not in settled:
                found |= self.origins.get(part.id, frozenset()) | self.module.origins.get(part.id, frozenset())
        return frozenset(found)

    def instance_at(self, node: ast.expr) -> Instance | None:
        """The object that a name, or an attribute of another object, has now."""
        return instance_at(node, self.names)

    def variables_of(self, part: ast.expr, reads_before: int) -> frozenset[str]:
        """The variables behind a part of an expression that has been evaluated: of those that it read, the named ones."""
        read = {one.variable for one in self.run.reads[reads_before:]}
        named = {one.value for one in ast.walk(part) if isinstance(one, ast.Constant)}
        return self.variables_behind(part, len(self.run.reads)) | (read & named)

    def shadow(self) -> Frame:
        """The same position in a branch that may not be taken: what is set there stays there."""
        names = copied(self.names, self.run.step)
        return Frame(self.run, self.module, names, False, self.local, dict(self.origins))

    @contextmanager
    def doubtful(self) -> Iterator[None]:
        before, self.certain = self.certain, False
        try:
            yield
        finally:
            self.certain = before
