"""What a plan consists of, and what it has to know of a platform."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

Kind = Literal["web", "release", "worker", "scheduler", "cron"]
State = Literal["started", "not started", "by hand"]
How = Literal["declared", "made", "by hand"]
Source = Literal["generated", "owner", "resource", "constant"]


@dataclass(frozen=True)
class Cost:
    """A price of the platform's list, in its currency, for a month."""

    what: str
    amount: float


@dataclass(frozen=True)
class Process:
    """One process of the site. `command` is one line, written for the platform of the plan."""

    name: str
    kind: Kind
    command: str
    schedule: str = ""  # in the form of cron, UTC; only a cron job has one
    state: State = "started"  # by hand: the owner adds it to the platform's file


@dataclass(frozen=True)
class Resource:
    """Something that keeps data. `variables` says what of its address each variable holds: url, host, port, ..."""

    kind: Literal["postgres", "redis", "bucket", "volume", "mail"]
    variables: Mapping[str, str] = field(default_factory=dict)
    how: How = "by hand"  # declared: in the platform's file; made: by a command; by hand: by the owner
    price: Cost | None = None  # None where it is not on the list, not made or there already

    @property
    def parts(self) -> dict[str, str]:
        """The variables that hold a part of the address."""
        return {name: part for name, part in self.variables.items() if part != "url"}


@dataclass(frozen=True)
class Variable:
    """An environment variable of the site, and where its value comes from."""

    name: str
    source: Source
    value: str = ""  # of a constant
    required: bool = True  # whether the site starts without it


@dataclass(frozen=True)
class Shell:
    """How a platform runs the commands of a plan.

    `folder` names the answer that holds the folder where they start; empty for the root of the repository. `programs` is
    the folder of the installed programs, from there; empty where PATH has it.
    """

    folder: str = "django_root"
    programs: str = ""
    settings: bool = True  # whether DJANGO_SETTINGS_MODULE is set for each command
    joins: bool = True  # whether `a && b` is understood, without a shell being named
    replaced: bool = False  # whether what runs for long takes the place of the shell, to get its signals


class Declaration(Protocol):
    """What a plan reads of a platform."""

    @property
    def build(self) -> str:
        """`image`, `source` or `registry`: what it makes the site from."""

    @property
    def shell(self) -> Shell: ...

    @property
    def has(self) -> Mapping[str, How]:
        """How each kind of process and resource comes into being; a kind that is missing is the owner's to bring."""

    @property
    def prices_seen(self) -> str:
        """The day on which its prices were read, as YYYY-MM-DD."""

    def costs(self, answers: Mapping[str, Any]) -> list[Cost]:
        """What is paid whatever the site consists of."""

    def price(self, kind: str, answers: Mapping[str, Any]) -> Cost | None:
        """What one process or resource of this kind costs by these answers; None where nothing, or nothing known."""

    def own(self, answers: Mapping[str, Any]) -> Mapping[str, Any]:
        """What else its files depend on, by name."""
