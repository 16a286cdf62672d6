"""Values that reading settings can produce, besides Python's constants."""

from __future__ import annotations

import ast
import posixpath
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ...base.evidence import Evidence


class _Unknown:
    """A value that only running the code would tell."""

    def __repr__(self) -> str:
        return "UNKNOWN"


UNKNOWN = _Unknown()

# Stands for the unknown part of a text that is known otherwise: f"config.settings.{name}".
GAP = "\0"
SOMETHING = f"{GAP} {GAP}"  # a text of which is known only that it is not empty
# A value that is added to itself again and again would fill the memory.
MAX_TEXT = 20_000
MAX_ITEMS = 5_000
ITEMS_PER_STEP = 20  # names and items that are copied in the time of one step
CONSTANTS = {
    "sys.platform": "linux", "os.name": "posix", "os.sep": "/", "os.path.pardir": "..", "os.pardir": "..",
    "typing.TYPE_CHECKING": False, "django.conf.ENVIRONMENT_VARIABLE": "DJANGO_SETTINGS_MODULE",
}  # fmt: skip


@dataclass
class Module:
    """A module of the project, as far as it was read."""

    path: str
    dotted: str
    names: dict[str, Any] = field(default_factory=dict)
    places: dict[str, Evidence] = field(default_factory=dict)
    # Every value that a name may get, in order: with its place, and whether it is set for certain.
    possible: dict[str, list[tuple[Any, Evidence, bool]]] = field(default_factory=dict)
    # Names set only under a condition that could not be decided.
    undecided: set[str] = field(default_factory=set)
    origins: dict[str, frozenset[str]] = field(default_factory=dict)
    host: str = ""  # path of the module in whose namespace this file is read
    _noted: dict[str, set[tuple[int, Evidence, bool]]] = field(default_factory=dict, init=False, repr=False)

    @property
    def package(self) -> str:
        """The name of the package that the module is in, or that it is."""
        is_package = (self.host or self.path).endswith("__init__.py")
        return self.dotted if is_package else self.dotted.rpartition(".")[0]

    def may_be(self, name: str, values: list[tuple[Any, Evidence, bool]]) -> None:
        """Add possible values of a name; a value that arrives through several imports counts once."""
        noted = self._noted.setdefault(name, set())
        kept = self.possible.setdefault(name, [])
        for value, place, certain in values:
            if (id(value), place, certain) not in noted:
                noted.add((id(value), place, certain))
                kept.append((value, place, certain))

    def including(self, path: str) -> Module:
        """A file that is read in the namespace of this module."""
        guest = Module(path, self.dotted, self.names, self.places, self.possible, self.undecided, self.origins)
        guest._noted, guest.host = self._noted, self.host or self.path
        return guest


@dataclass(frozen=True)
class RepoPath:
    """A path inside the repository, relative to the git root; the code computed it from __file__."""

    path: str

    def joined(self, *parts: str) -> RepoPath:
        return RepoPath(posixpath.normpath(posixpath.join(self.path, *parts)))

    @property
    def parent(self) -> RepoPath:
        return RepoPath(posixpath.dirname(self.path) or ("." if self.path != "." else ".."))

    def ancestor(self, levels: int) -> RepoPath:
        path = self
        for _ in range(min(levels, 20)):
            path = path.parent
        return path

    def __str__(self) -> str:
        return GAP + "/" + self.path


@dataclass(frozen=True)
class External:
    """Something imported from outside the repository, by its dotted name: `os.environ`, `decouple.config`."""

    dotted: str


@dataclass(frozen=True)
class Method:
    """A method looked up on a value, not called yet."""

    owner: Any
    name: str


class OptionalFile(str):
    """A path of django-split-settings that need not be there: `optional("local.py")`."""


@dataclass
class EnvReader:
    """An object of django-environ, environs or python-decouple that reads variables from the environment."""

    library: str
    prefix: str = ""
    # django-environ: Env(DEBUG=(bool, False)) declares casts and defaults in advance.
    scheme: dict[str, tuple[str, Any]] = field(default_factory=dict)


@dataclass(frozen=True)
class Function:
    """A function or lambda of the project."""

    node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
    module: Module


@dataclass
class ClassValue:
    """A class of the project, as django-configurations and pydantic-settings use them."""

    node: ast.ClassDef
    module: Module
    bases: list[Any]


@dataclass
class Instance:
    """An object with known attributes; `origins`: the variables that each was computed from. Or a `module`."""

    attributes: dict[str, Any]
    origins: dict[str, frozenset[str]] = field(default_factory=dict)
    module: Module | None = None


def instance_at(node: ast.expr, names: Mapping[str, Any]) -> Instance | None:
    """The object that an expression such as `settings.database` has, with these names."""
    if isinstance(node, ast.Attribute):
        owner = instance_at(node.value, names)
        found = owner.attributes.get(node.attr) if owner else None
    else:
        found = names.get(node.id) if isinstance(node, ast.Name) else None
    return found if isinstance(found, Instance) else None


@dataclass(frozen=True)
class FileText:
    """The text of a file of the repository, or while `is_open` the file itself."""

    path: str
    is_open: bool = False


@dataclass(frozen=True)
class Setting:
    """A django-configurations value: `values.SecretValue()`; its variable follows from the attribute's name."""

    kind: str
    default: Any
    name: str | None
    prefix: str | None
    required: bool


@dataclass(frozen=True)
class DatabaseUrl:
    """A database described by a URL in a variable (None: no variable), with the scheme of the default."""

    variable: str | None
    default: str


_TYPES: dict[str, type] = {
    kind.__name__: kind for kind in (bool, int, float, str, bytes, list, tuple, dict, set, frozenset, object)
}


def type_of(value: Any) -> Any:
    """What `type(value)` is, if that is a built-in type. A list may stand for a set."""
    return External(type(value).__name__) if type(value) in _TYPES.values() and not isinstance(value, list) else UNKNOWN


def is_type(value: Any) -> bool:
    """Whether it is a built-in type."""
    return isinstance(value, External) and value.dotted in _TYPES


def is_instance(value: Any, kinds: Any) -> Any:
    """What `isinstance(value, kinds)` is for built-in types."""
    kinds = kinds if isinstance(kinds, (tuple, list)) else (kinds,)
    if not all(is_type(kind) for kind in kinds) or (value is not None and type(value) not in _TYPES.values()):
        return UNKNOWN
    verdict = isinstance(value, tuple(_TYPES[kind.dotted] for kind in kinds))
    return UNKNOWN if isinstance(value, list) and not verdict else verdict


def external(dotted: str) -> Any:
    """The value of an imported name from outside the repository, if it is always the same."""
    return ["manage.py"] if dotted == "sys.argv" else CONSTANTS.get(dotted, External(dotted))


def truth(value: Any) -> bool | None:
    """Whether the value is true in Python, or None if unknown."""
    if isinstance(value, str) and GAP in value:
        return True if value.strip(GAP) else None
    if value is None or isinstance(value, (str, bytes, int, float, bool, list, tuple, dict, set)):
        return bool(value)
    if isinstance(value, (RepoPath, DatabaseUrl, ClassValue, Function, Instance)):
        return True
    return None


def known(value: Any) -> bool:
    """Whether the value is a plain constant without an unknown part."""
    if isinstance(value, str):
        return GAP not in value
    return value is None or isinstance(value, (bytes, int, float, bool))


def as_text(value: Any) -> str:
    """The value as part of a string; unknown parts leave a gap."""
    if isinstance(value, (str, int, float)) or value is None:
        return str(value)
    return str(value) if isinstance(value, RepoPath) else GAP


def list_items(value: Any) -> list[Any]:
    """The items of a list, tuple or set, at most MAX_ITEMS; none for other values."""
    return list(value)[:MAX_ITEMS] if isinstance(value, (list, tuple, set)) else []


def parts(value: Any) -> Iterator[Any]:
    """A value, or the items and keys of a list or dictionary, five levels deep, each visited once."""
    seen: set[int] = set()
    todo = [(value, 0)]
    for one, depth in todo:
        if not isinstance(one, (list, tuple, set, dict)):
            yield one
        elif depth < 5 and id(one) not in seen and len(todo) < MAX_ITEMS:
            seen.add(id(one))
            todo += [(part, depth + 1) for part in one]
            todo += [(part, depth + 1) for part in one.values()] if isinstance(one, dict) else []


def copied(names: dict[Any, Any], count: Callable[[int], None]) -> dict[Any, Any]:
    """A deep copy of lists and dictionaries.

    Each is copied once, wherever it occurs. `count` gets its size first.
    """
    copies: dict[int, Any] = {}

    def copy(value: Any) -> Any:
        if not isinstance(value, (list, dict)):
            return value
        if id(value) not in copies:
            count(1 + len(value) // ITEMS_PER_STEP)
            if isinstance(value, list):
                copies[id(value)] = list(value)
            else:
                copies[id(value)] = {}
                copies[id(value)].update({key: copy(item) for key, item in value.items()})
        return copies[id(value)]

    result: dict[Any, Any] = copy(names)
    return result
