"""What is to be done on a platform, as data: commands, steps and what was seen of them."""

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
    stdin: str | None = None  # a secret goes here wherever the program reads standard input
    shown: str = ""  # for people and logs, where the arguments hold secrets
    secret: bool = False  # the output is not logged
    timeout: float = 180  # seconds
    program: str = ""
    environ: Mapping[str, str] = field(default_factory=dict)  # more variables; a secret may be here too
    progress: str = ""  # what to say while it takes minutes
    folder: Callable[[], AbstractContextManager[Path]] | None = None  # where it runs; the git root where not given
    on_success: Callable[[str], None] | None = None  # gets the output of a success, before the next command is chosen

    def line(self, program: str) -> str:
        """The command as people would type it."""
        return self.shown or command_line([self.program or program, *self.argv])


@dataclass(frozen=True)
class Part:
    """What is deleted with the thing that it belongs to, without a command of its own."""

    what: str
    loses: str = ""  # the data that is lost with it
    cost: float = 0  # of a month


@dataclass(frozen=True)
class Leftover:
    """What is there and is not deleted, with the reason."""

    what: str
    why: str
    cost: float = 0  # of a month, which goes on
    undo: str = ""  # the complete command line with which its owner deletes it


@dataclass(frozen=True)
class Observation:
    """What the platform says of a step."""

    done: bool
    text: str = ""  # what is there, or what will be done in more words than the step's own
    first: bool = False  # of a release: none has succeeded there yet
    pending: bool = False  # ordered already, not ready yet: wait, do not order again
    failed: str = ""  # a sentence: the platform tried and gave up; it may be tried again
    problem: str = ""  # a sentence: the run cannot go on
    cost: float | None = None  # a month of what is there, where that is another than the step's
    differs: str = ""  # from the answers, by its owner's hand: it stays as it is, and the plan says so
    # Of a step that deletes, which is done when nothing is left to delete:
    loses: str = ""  # the data that is lost
    parts: tuple[Part, ...] = ()  # what is deleted with it
    leaves: tuple[Leftover, ...] = ()  # what it leaves


@dataclass(frozen=True)
class Step:
    """One thing that must be there. See the package's own text for how to write one."""

    name: str
    what: str
    observe: Callable[[], Observation]
    commands: Callable[[], Iterable[Command]]  # what is generated may depend on how the one before it ended
    plan: Callable[[], Sequence[str]] | None = None  # command lines for the plan, where `commands` would need secrets
    where: str = ""
    price: str = ""  # of a month, in words where `cost` does not say all; empty where it costs nothing by itself
    cost: float = 0  # of a month, in the platform's currency
    undo: str = ""  # the complete command line that takes it away again
    creates: str = ""  # identity of what is created, for the record; empty where nothing is
    after: tuple[str, ...] = ()
    # Asked where the account may not look: what else shows that it is there, such as a variable; "" where nothing does.
    shown: Callable[[], str] | None = None
    optional: bool = False  # whether the run goes on without it where the platform refuses it
    # Asked where the platform refused to create what is there all the same: a sentence that ends the run where another
    # clone was faster, "" where the program had asked twice and the first time it was created.
    contested: Callable[[], str] | None = None
    pause: float = 5  # seconds between two looks, at most: the first ones follow faster
    patience: float = 0  # seconds for which the platform may take until it shows what was done
    # Of a step that deletes: the steps of a deployment whose things are gone when it is done, as the record names them.
    deletes: tuple[str, ...] = ()
    # What the owner alone can do, in words with the link: a run ends well at it, and the next one goes on from there.
    by_hand: str = ""


class HandStep(Exception):
    """The next thing is the owner's to do: its text says what, and the run ends here."""


@dataclass(frozen=True)
class Destruction:
    """What deletes a site from a platform: steps in order, and what stays that no step has looked at."""

    steps: Sequence[Step]
    stays: Sequence[Leftover] = ()
    note: str = ""  # a sentence on what the platform does otherwise than usual
