"""The values that reading settings without running them can give, beside Python's own constants."""

from __future__ import annotations

import ast
import posixpath
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .frame import Module


class _Unknown:
    """A value that only running the code would tell."""

    def __repr__(self) -> str:
        return "UNKNOWN"


UNKNOWN = _Unknown()

# Stands for the unknown part of a text that is known otherwise: f"config.settings.{name}".
GAP = "\0"


@dataclass(frozen=True)
class RepoPath:
    """A path inside the repository, relative to the git root; the code computed it from __file__."""

    path: str

    def joined(self, *parts: str) -> RepoPath:
        return RepoPath(posixpath.normpath(posixpath.join(self.path, *parts)))

    @property
    def parent(self) -> RepoPath:
        return RepoPath(posixpath.dirname(self.path) or ("." if self.path != "." else ".."))

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
    """A class of the project: django-configurations and pydantic-settings keep settings in such."""

    node: ast.ClassDef
    module: Module
    bases: list[Any]


@dataclass
class Instance:
    """An object with known attributes; `origins`: the variables that each was computed from."""

    attributes: dict[str, Any]
    origins: dict[str, frozenset[str]] = field(default_factory=dict)


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


def truth(value: Any) -> bool | None:
    """Whether Python takes the value as true, or None when that is not known."""
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
    """The value inside a text: what is not known leaves a gap."""
    if isinstance(value, (str, int, float)) or value is None:
        return str(value)
    return str(value) if isinstance(value, RepoPath) else GAP
