"""Values of the variables that the site needs: generated, from a file, from the environment or typed in; never stored."""

from __future__ import annotations

import os
import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ..base.env_file import read_owners_file
from ..base.message import Failure
from ..base.scrub import hide
from .prompts import Prompts
from .request import Request


@dataclass
class Values:
    """`lacking` are names without a value on the platform or from the user."""

    request: Request
    prompts: Prompts
    from_file: dict[str, str]
    secret_key: str = "SECRET_KEY"  # the variable for Django's secret key
    variables: tuple[str, ...] = ()  # what the owner of the project sets
    constants: Mapping[str, str] = field(default_factory=dict)  # known values, not secret: name → value
    from_old: dict[str, str] = field(default_factory=dict)  # variables of the old site, if one moves here
    old: str = ""  # the old site's name
    kept: bool = False  # whether their owner keeps them elsewhere, so that they are not generated or asked for
    lacking: list[str] = field(default_factory=list)
    absent: list[str] = field(default_factory=list)  # names that the platform did not have when last asked
    unseen: bool = True  # whether the platform has not been asked yet
    _typed: dict[str, str] = field(default_factory=dict)

    @property
    def names(self) -> list[str]:
        """Every variable that the owner sets, the secret key first; the platform sets the database's."""
        return list(dict.fromkeys([self.secret_key, *self.constants, *self.variables]))

    def missing(self, there: Collection[str]) -> list[str]:
        """Names that the platform does not have yet; stores those without a value in `lacking`."""
        self.unseen = False
        self.absent = [name for name in self.names if name not in there]
        self.lacking = [name for name in self.absent if not self.source(name)]
        return self.absent

    def source(self, name: str) -> str:
        """Where a value comes from, for the plan; empty if there is none."""
        if name in self.constants:
            return self.constants[name]
        if name in self.from_file:
            return f"from {self.request.env_file}"
        if name in self.from_old:
            return f"from {self.old}"
        if name == self.secret_key and not self.kept:
            return "generated"
        if os.environ.get(name):
            check_text(name, os.environ[name])
            return "from the environment"
        return "typed in" if self._typed.get(name) else ""

    def settable_now(self, absent: Collection[str]) -> list[str]:
        """The names that have a value or can still be asked for. Leaving one empty in the terminal counts as asked."""
        unasked = self.request.terminal
        return [name for name in absent if name not in self.lacking or (unasked and name not in self._typed)]

    def plan(self, absent: Collection[str]) -> str:
        """What will happen to these names, in words."""
        unknown = "asked for" if self.request.terminal else "still missing"
        return ", ".join(f"{name} ({self.source(name) or unknown})" for name in absent)

    def settable(self, absent: Collection[str]) -> dict[str, str]:
        """Name → value for those that have one. Asks for the others in a terminal, hidden."""
        if self.kept:
            return {}
        found = {name: value for name in absent if (value := self._value(name))}
        self.lacking = [name for name in absent if name not in found]
        for name, value in found.items():
            if name not in self.constants:
                hide(value)
        return found

    def _value(self, name: str) -> str:
        if name in self.constants:
            return self.constants[name]
        if name in self.from_file:
            return self.from_file[name]
        if name in self.from_old:
            return self.from_old[name]
        if name == self.secret_key:
            self._typed.setdefault(name, secrets.token_urlsafe(50))
        elif os.environ.get(name):
            return os.environ[name]
        elif name not in self._typed:
            self._typed[name] = self.prompts.ask_hidden(f"{name} (hidden; empty to set it later)")
        return self._typed[name]


def check_text(name: str, value: str) -> None:
    """Raises Failure for a value of the shell that no platform could store as it is."""
    try:
        value.encode()
    except UnicodeEncodeError:
        raise Failure(
            f"The value of {name} in this shell is not UTF-8 text: set it again, then run this again.",
            anchor="variable-not-text",
        ) from None


def values_of_file(path: str, root: Path) -> dict[str, str]:
    """The variables in the file of `deploy_env_file`, without those left empty. Raises Failure with the line."""
    if not path:
        return {}
    found = read_owners_file((root / path).expanduser(), path)
    found = {name: value for name, value in found.items() if value}
    for value in found.values():
        hide(value)
    return found
