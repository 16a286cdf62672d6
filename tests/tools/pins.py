"""Which programs, in which versions, and where each lies in the cache folder."""

from __future__ import annotations

import functools
import os
import platform
import shutil
import tomllib
from dataclasses import dataclass
from pathlib import Path

from tests.support.cache import kept_folder

PINS = Path(__file__).with_name("tools.toml")


@dataclass(frozen=True)
class Pin:
    """One table of `tools.toml`: `package` in `registry` (pypi, npm or go) has the program called `name`."""

    name: str
    registry: str
    package: str
    version: str
    shows: tuple[str, ...]
    system: str = ""
    optional: bool = False
    aliases: tuple[str, ...] = ()  # other names of the program, on machines that have it already
    main: str = ""  # the package of a Go module that is the program, where it is not the module itself

    @property
    def key(self) -> list[str]:
        """What the folder in the cache is named after: another version is another folder."""
        return [self.name, self.registry, self.package, self.version, _system()]

    @property
    def folder(self) -> Path:
        return kept_folder("judges", self.key)

    @property
    def program(self) -> Path:
        return self.folder / "bin" / self.name

    @property
    def variable(self) -> str:
        """The environment variable that may name a program of the machine."""
        return f"DEPLOY_OVERLAY_{self.name.upper()}"

    @property
    def own(self) -> Path | None:
        """What the machine has of an optional program already: named by a variable, else on PATH.

        Raises AssertionError for a variable that names no program.
        """
        if not self.optional:
            return None
        told = os.environ.get(self.variable)
        if told:
            assert shutil.which(told), f"{self.variable} is {told}, which is no program"
            return Path(told).absolute()
        found = next(filter(None, map(shutil.which, (self.name, *self.aliases))), None)
        return Path(found) if found else None

    @property
    def refusal(self) -> Path:
        """A file with the one sentence why an optional program could not be installed."""
        return self.folder.with_name(self.folder.name + ".refused")

    @property
    def runs_here(self) -> bool:
        return self.system in ("", _system())


@functools.cache
def pinned() -> dict[str, Pin]:
    """Every program by its name, in the order of the file."""
    pins = {}
    for name, table in tomllib.loads(PINS.read_text(encoding="utf-8")).items():
        registry = next(key for key in ("pypi", "npm", "go") if key in table)
        pins[name] = Pin(
            name,
            registry,
            table[registry],
            table["version"],
            tuple(table["shows"]),
            table.get("system", ""),
            table.get("optional", False),
            tuple(table.get("aliases", ())),
            table.get("main", ""),
        )
    return pins


def _system() -> str:
    return f"{platform.system().lower()}-{platform.machine().lower()}"
