"""The declaration of a platform: how it builds, what it has and at which price, how the site runs there.

A platform is one folder, `platforms/NAME/`, whose `__init__.py` has `PLATFORM`, a `Platform`, or a `Retired` for one that
is no longer offered. Questions, files, prices, refusals and documentation follow from the declaration.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import KW_ONLY, dataclass, field
from typing import Any, Literal, NamedTuple

from .plan import Shell

Values = Mapping[str, Any]  # answers by the name of their question; in a rendering also what is derived from them
Price = float | Mapping[str, float]  # of a month; by plan where there are several, the default plan first
Build = Literal["image", "source", "registry"]

# What a project can need besides the web process. A platform declares how it provides a kind; without a declaration, it is
# refused for projects that need the kind.
KINDS = ("web", "worker", "cron", "postgres", "redis", "volume", "bucket", "mail")
# The files of every platform that runs our image.
IMAGE_FILES = {"Dockerfile": "the image", ".dockerignore": "files excluded from the image"}


class File(NamedTuple):
    """A file of the platform's own."""

    purpose: str  # one phrase, for the summary
    when: Callable[[Values], bool] | None = None  # which projects get it; None for every project on the platform
    marked: bool = True  # False if it can hold no comment, so that nothing in it says that the overlay wrote it


@dataclass(frozen=True)
class Provided:
    """Something that the platform runs for the site, with its price in the platform's currency."""

    price: Price = 0.0
    _: KW_ONLY
    # By region, where the list has another price than `price`.
    regions: Mapping[str, Price] = field(default_factory=dict)
    label: str = ""  # in a list of prices: "Machine", "PostgreSQL {plan}"; empty for what costs nothing by itself
    labels: Mapping[str, str] = field(default_factory=dict)  # by plan, where one label does not fit all
    several: str = ""  # the label of more than one, such as "{count} Machines"
    plan: str = ""  # question whose answer chooses among the prices
    count: str = ""  # question that says how many
    existing: str = ""  # question that names one that is there already and costs nothing more
    shared: tuple[str, ...] = ()  # plans of which one price covers any number
    holders: int = 0  # how many instances of a process can have it; 0 for any number


class Declared(Provided):
    """A file of ours declares it, and a deploy makes it."""


class Made(Provided):
    """A step of provisioning makes it."""


class ByHand(NamedTuple):
    """The owner makes it: `words` say how, with the exact commands; `{name}` is the app."""

    words: str
    price: float = 0.0  # a month, where it is known


Has = Declared | Made | ByHand


class Backups(NamedTuple):
    """What is done for the site's data without its owner: a sentence, the page that says so, and the day of that page."""

    words: str
    source: str = ""
    seen: str = ""  # YYYY-MM-DD


class Runtime(NamedTuple):
    """How the site runs there."""

    code: Literal["ephemeral", "read-only"]  # what becomes of files written beside the code: lost, or refused
    user: str  # as whom the processes run
    grace: int  # seconds between SIGTERM and the end
    memory: int  # MB that a process has, of the smallest size that is offered
    processors: int = 0  # of that size, where a program sees no others; 0 if it sees those of a shared machine
    pythons: tuple[str, ...] = ()  # minor versions, the one to propose first; empty for any that an image can have
    proxy_header: tuple[str, str] | None = None  # what the proxy sets where a visitor used HTTPS, as Django names it
    buffers: bool = False  # whether the proxy hands a request over only when all of it has arrived
    ignore_file: str = ""  # what keeps files out of the build, beside .gitignore
    postgres: str = ""  # major version that new databases have, empty if the platform decides
    shell: Shell = Shell()  # how it runs the commands of a plan
    # Variables that it sets for every process, as for an app that a rehearsal makes up; `{app}` is the folder of the code.
    sets: Mapping[str, str] = {}
    variables: str = ""  # pattern of the names of all variables that it sets itself, besides PORT
    address: str = ""  # host name of that app; empty if sites have only domains of their own
    writable: tuple[str, ...] = ()  # folders below the code that the site can write to and that last
    # Whether all processes run on one machine, where they share its volumes: SQLite then has its workers beside it.
    one_machine: bool = False
    signals_all: bool = False  # whether SIGTERM is sent to every process, and not to the first one alone
    crons: bool = False  # whether it starts scheduled jobs itself; elsewhere a process of ours does, schedule.py
    # The same of other plans of the web process, by the answer to its question.
    memories: Mapping[str, int] = {}
    serves_media: bool = False  # whether its web server serves uploads from the volume; elsewhere media.py does
    adapts_redis: bool = False  # whether addresses of its Redis have to change; platforms/NAME.py of a site says how


class Program(NamedTuple):
    """A platform's program for a machine that has nothing yet: Linux, x86-64."""

    version: str
    archive: str  # address of a tar archive
    sha256: str
    folder: str = "."  # of the program in it


class Ci(NamedTuple):
    """How a machine of continuous integration deploys, where nobody can log in."""

    token: str  # the variable from which the program takes it, and so the name of the secret
    reaches: str  # what it can do, at the least: "this app alone"
    make: tuple[str, ...]  # command lines; `{name}` is the app
    note: str  # what else there is to do or to know, as sentences
    program: Program | None  # None if GitHub's machines have it
    packages: tuple[str, ...] = ()  # of Debian, with what GitHub's machines have and GitLab's image lacks
    file: bool = False  # whether each variable is to have the name of a file with the secret
    others: tuple[str, ...] = ()  # more secrets
    before: tuple[str, ...] = ()  # lines for a shell before the deployment; `{folder}` is the overlay's
    login: bool = False  # whether Docker has to be logged in to the registry
    options: str = ""  # of `deploy-overlay deploy` there, for a shell


class Accepted(NamedTuple):
    """Connections that the database of a site accepts, and on what it depends how many the site opens."""

    # PostgreSQL's default, without those of its superuser:
    # https://www.postgresql.org/docs/current/runtime-config-connection.html
    connections: int = 97
    processes: int = 2  # of the server, in each web instance
    overlaps: bool = False  # whether old and new processes run at the same time during a deployment


@dataclass(frozen=True, kw_only=True)
class Platform:
    """The declaration of a platform."""

    name: str  # as the platform writes it
    status: str  # `stable`, `preliminary`, or `deprecated until YYYY-MM-DD, use NAME`
    choice: str  # one phrase, for people who choose
    # image: it builds our Dockerfile; source: it builds by itself; registry: it runs an image that somebody pushed
    build: Build
    registry: str = ""  # one that it starts itself and that needs no account; empty if the owner has to name one
    longest_name: int  # characters of an app's name
    # How the owner gives the build a key for a repository that is cloned over SSH, as an imperative; "" if it takes none.
    clones_over_ssh: str = ""
    builds_folder: bool = False  # whether a deployment by hand sends the folder as it is, with what git ignores
    second_project: bool  # whether two projects of one repository can be on it
    # How its program calls production, where one project there has every environment of a site; empty if each is an app.
    production: str = ""
    addresses: Literal["own", "domains"]  # whether a site has an address without a domain of the owner's
    files: Mapping[str, str | File]  # what its own files are for, by path from the git root
    # The same in the overlay's folder, by name there.
    in_folder: Mapping[str, str | File] = field(default_factory=dict)
    has: Mapping[str, Has]  # by kind, see KINDS
    runs: Runtime
    # What people do later, as command lines: logs, shell, run, open. `{name}` is the app, `{environment}` an environment of
    # a project that has several, `{destination}` the option for one beside production; of what is run, `{command}` is the
    # whole line as one word, `{words}` are its words. `{--option=question}`: an option with what the owner chose for the site.
    verbs: Mapping[str, str] = field(default_factory=dict)
    currency: Literal["USD", "EUR"]
    prices_seen: str  # YYYY-MM-DD
    prices: str  # address of the price list
    estimate: str = ""  # before a total that is not exact, such as "about"
    region: str = ""  # question that names the region, where prices depend on it
    regions: tuple[str, ...] = ()  # those whose prices are known here; the first stands for the others
    fixed: Mapping[str, float] = field(default_factory=dict)  # what every site pays, by name
    own: Callable[[Values], Mapping[str, Any]] | None = None  # what else its files depend on, by name
    backups: Callable[[Values], Backups] | None = None  # of the database that it has for these answers
    # None where the platform has a pooler in front of the database, or does not say.
    accepted: Callable[[Values], Accepted] | None = None
    # Question with the major version of PostgreSQL, where that is a container of our files, which nobody else backs up.
    postgres_version: str = ""
    quoted: Callable[[Values], str] | None = None  # "", or where the price of these answers is to be found instead
    # Modules of this folder, loaded when they are used first; "" if there is none.
    there: str = ""
    checks: str = ""
    adapter: str = ""
    keeps_values: bool = (
        False  # whether values of variables stay with their owner, so that none is made, asked for or set
    )
    # What its owner does to deploy where there is no adapter, as an imperative with the commands; `{folder}` is the overlay's.
    by_hand: str = ""
    ci: Ci | None = None  # None if continuous integration cannot deploy to it
    replaced: Callable[[Values], Mapping[str, str]] | None = None  # files that the platform gives up: path, what to do
    asks_for: Callable[[Values, Values], list[str]] | None = None  # before, now: what a changed answer asks for

    @property
    def has_image(self) -> bool:
        """Whether it runs an image of our Dockerfile."""
        return self.build != "source"

    @property
    def purposes(self) -> dict[str, str]:
        """What the files of a site are for that is on this platform, by path from the git root."""
        own = {path: file if isinstance(file, str) else file.purpose for path, file in self.files.items()}
        return own | (IMAGE_FILES if self.has_image else {})

    def memory(self, answers: Values) -> int:
        """MB that a process has with these answers."""
        web = self.has.get("web")
        plan = str(answers.get(web.plan, "")) if isinstance(web, Provided) else ""
        return self.runs.memories.get(plan, self.runs.memory)

    def rendered(self, answers: Values) -> list[str]:
        """Those of its own files outside the overlay's folder that a project with these answers gets."""
        return _wanted(self.files, answers)

    def rendered_in_folder(self, answers: Values) -> list[str]:
        """The same in the overlay's folder, by name there."""
        return _wanted(self.in_folder, answers)


def _wanted(files: Mapping[str, str | File], answers: Values) -> list[str]:
    return [path for path, file in files.items() if isinstance(file, str) or not file.when or file.when(answers)]


class Unjudged(str):
    """What a file of the user's does in its own way, which may be right too: a sentence after its path."""


class Retired(NamedTuple):
    """What stays of a platform that is no longer offered, so that an update can say what became of it."""

    name: str
    until: str  # YYYY-MM-DD, as it was announced
    ended: str  # version that no longer offers it
    use: str  # another platform's name in the answers
