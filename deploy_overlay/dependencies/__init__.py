"""One module for each dependency manager, found by its name; each knows what is there, how to add, how to install."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Protocol, cast

from ..base.answer_forms import MANAGERS
from ..base.message import Failure

if TYPE_CHECKING:  # questions ask only which managers there are
    from ..base.log import Log
    from .manifests.declared import Declared


class Project(NamedTuple):
    """What a manager needs to know of the project. Paths are POSIX and relative to the git root."""

    root: Path  # the git root, absolute
    folder: str  # of the manifest, "." for the git root
    files: tuple[str, ...]  # the manifest and lock files, as detected
    python: str  # "3.13", or "" when unknown
    log: Log
    groups: frozenset[str] = frozenset()  # groups and extras that production installs beside what it always does
    required: str = ""  # versions of the manager that the project insists on: "==0.9.*"

    @property
    def directory(self) -> Path:
        return self.root / self.folder

    def beside(self, name: str) -> str:
        """Path, relative to the git root, of a file in the manifest's folder."""
        return name if self.folder == "." else f"{self.folder}/{name}"

    def nearest(self, name: str) -> str:
        """The file of that name beside the manifest or in a folder above it; else where it would be made."""
        parts = [] if self.folder == "." else self.folder.split("/")
        for depth in range(len(parts), -1, -1):
            path = "/".join([*parts[:depth], name])
            if (self.root / path).is_file():
                return path
        return self.beside(name)


class Manager(Protocol):
    """What each module of this package offers."""

    def changes(self, project: Project) -> list[str]:
        """Files that adding may change or make, relative to the git root."""

    def declared(self, project: Project) -> Declared:
        """What the project declares. Raises Failure when a file cannot be read."""

    def add(self, project: Project, requirements: Sequence[str]) -> None:
        """Adds requirements (PEP 508) to production and brings the lock in step; installs nothing.

        Raises Failure, with the commands to run by hand. The caller restores the files then.
        """

    def remove(self, project: Project, names: Sequence[str]) -> None:
        """Takes packages (canonical names) out of production and brings the lock in step; uninstalls nothing.

        Raises Failure as `add` does.
        """

    def install(self, project: Project) -> str:
        """The command line that installs the project for work on it, run in the manifest's folder."""


def manager(name: str) -> Manager:
    """Raises Failure for a name that has no module."""
    if name not in MANAGERS:
        raise Failure(
            f"{name!r} is not a supported dependency manager: use -d django_dependency_manager= with one of "
            f"{', '.join(MANAGERS)}.",
            anchor="unknown-manager",
        )
    return cast(Manager, importlib.import_module(f".{name.replace('-', '_')}", __name__))
