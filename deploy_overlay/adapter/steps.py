"""What has to be done on a platform, as data: commands, steps and observations of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path

from ..base.message import command_line


@dataclass(frozen=True)
class Command:
    """A command of a platform's program, without its name; `program` for another one, such as git."""

    argv: tuple[str, ...]
    stdin: str | None = None  # put a secret here if the program reads standard input
    shown: str = ""  # for people and logs, if the arguments contain secrets
    secret: bool = False  # the output is not logged
    timeout: float = 180  # seconds
    program: str = ""
    environ: Mapping[str, str] = field(default_factory=dict)  # more variables; may contain secrets
    progress: str = ""  # what to show while it takes minutes
    folder: Callable[[], AbstractContextManager[Path]] | None = None  # where it runs; default: the git root
    on_success: Callable[[str], None] | None = None  # gets the output of a success, before the next command starts

    def line(self, program: str) -> str:
        """The command as people would type it."""
        return self.shown or command_line([self.program or program, *self.argv])


@dataclass(frozen=True)
class Part:
    """What is deleted together with the resource that it belongs to."""

    what: str
    loses: str = ""  # the data that is lost with it
    cost: float = 0  # a month


@dataclass(frozen=True)
class Leftover:
    """What is not deleted, with the reason."""

    what: str
    why: str
    cost: float = 0  # a month
    undo: str = ""  # the complete command line that deletes it


@dataclass(frozen=True)
class Observation:
    """What the platform says of a step."""

    done: bool
    text: str = ""  # what exists, or what will be done, in more words than the step's
    first: bool = False  # of a release: none has succeeded there yet
    pending: bool = False  # ordered but not ready yet: wait, do not order again
    failed: str = ""  # a sentence: the platform tried and gave up; it may be tried again
    problem: str = ""  # a sentence: the run cannot continue
    cost: float | None = None  # monthly cost of what exists, if it is not the step's
    differs: str = ""  # how the owner changed it from the answers; it stays as it is
    # Of a step that deletes, which is done when nothing is left to delete:
    loses: str = ""  # the data that is lost
    parts: tuple[Part, ...] = ()  # what is deleted with it
    leaves: tuple[Leftover, ...] = ()  # what it leaves


@dataclass(frozen=True)
class Step:
    """One resource or action. See `provision/__init__.py` for how to write one."""

    name: str
    what: str
    observe: Callable[[], Observation]
    commands: Callable[[], Iterable[Command]]  # a generator can depend on how the previous command ended
    plan: Callable[[], Sequence[str]] | None = None  # command lines for the plan, if `commands` needs secrets
    where: str = ""
    price: str = ""  # a month, in words if `cost` is not enough; empty if it costs nothing itself
    cost: float = 0  # a month, in the platform's currency
    undo: str = ""  # the complete command line that deletes it
    creates: str = ""  # identity of what is created, for the record; empty for nothing
    unique: bool = True  # whether the platform refuses to create another one of this name
    after: tuple[str, ...] = ()
    # Called if the account may not observe it: other evidence that it exists, such as a variable, or "".
    shown: Callable[[], str] | None = None
    optional: bool = False  # whether the run continues without it if the platform refuses it
    # Called if the platform refused to create a resource that exists all the same: a sentence that ends the run if another
    # clone was faster, or "" if the program asked twice and the first request created it.
    contested: Callable[[], str] | None = None
    pause: float = 5  # at most, in seconds, between two observations; the first ones follow faster
    patience: float = 10  # seconds until the platform must show what was done
    # Of a step that deletes: names of the deployment steps whose resources are then gone.
    deletes: tuple[str, ...] = ()
    # What only the owner can do, with the link. The run ends here without an error, and the next one continues.
    by_hand: str = ""


class HandStep(Exception):
    """Only the owner can do the next step: the text says what, and the run ends here."""


@dataclass(frozen=True)
class Destruction:
    """How to delete a site from a platform: steps in order, and leftovers that no step covers."""

    steps: Sequence[Step]
    stays: Sequence[Leftover] = ()
    note: str = ""  # a sentence on what is unusual on this platform
