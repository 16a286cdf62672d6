"""The parts of a plan."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal, NamedTuple

Kind = Literal["web", "release", "worker", "scheduler", "cron"]
Store = Literal["postgres", "redis", "bucket", "volume", "mail"]
State = Literal["started", "not started", "by hand"]
How = Literal["declared", "made", "by hand"]
Source = Literal["generated", "owner", "resource", "constant"]


class Cost(NamedTuple):
    label: str
    amount: float  # a month, in the platform's currency


class Shell(NamedTuple):
    """How a platform runs commands.

    `folder` names the answer that holds the folder where they start; empty for the root of the repository. `programs` is
    the folder of the installed programs, from there; empty if PATH has it.
    """

    folder: str = "django_root"
    programs: str = ""
    settings: bool = True  # whether DJANGO_SETTINGS_MODULE is set for each command
    joins: bool = True  # whether `a && b` is understood, without a shell being named
    replaced: bool = False  # whether what runs for long takes the place of the shell, to get its signals


class Process(NamedTuple):
    """One process of the site. `command` is one line, written for the platform of the plan."""

    name: str
    kind: Kind
    command: str
    schedule: str = ""  # in the form of cron, UTC; only a cron job has one
    state: State = "started"  # not started: the user has not chosen it; by hand: the overlay has no file for it
    chosen: str = ""  # the kind in the answer `deploy_runs` that starts it; empty for what always runs


class Resource(NamedTuple):
    """Something that stores data. `variables` maps each variable to what it holds.

    Of an address: url, host, port, user, password, name. Of a bucket: bucket, key, secret, region, endpoint. Of a volume:
    folder.
    """

    kind: Store
    variables: Mapping[str, str] = MappingProxyType({})
    how: How = "by hand"  # declared: in the platform's file; made: by a command; by hand: by the user
    price: Cost | None = None  # None if the overlay does not create it, if it exists already, or if the list lacks it

    @property
    def parts(self) -> dict[str, str]:
        """The variables that hold a part of the address."""
        return {name: part for name, part in self.variables.items() if part != "url"}


class Registry(NamedTuple):
    """Where images are pushed to and pulled from. All fields are empty if no platform takes an image from a registry."""

    server: str = ""  # host name, and port where it has one
    path: str = ""  # of the image there: account and name
    account: str = ""  # the first part of the path before the name
    user: str = ""  # who logs in

    @property
    def image(self) -> str:
        """What `docker push` and `docker pull` take, without a tag."""
        return f"{self.server}/{self.path}"

    @property
    def local(self) -> bool:
        """Whether it runs on the machine that pushes, without a login."""
        return self.server.partition(":")[0] == "localhost"


class Variable(NamedTuple):
    """An environment variable of the site, and where its value comes from."""

    name: str
    source: Source
    value: str = ""  # of a constant
    required: bool = True  # False if the site starts without it
