"""Computes from the answers what a platform has to run, store and know: `plan(answers, platform)`, a pure function.

Templates, the summary, the price, deploy/README.md and provisioning read it, so that they cannot contradict each other.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from ..base.answers import texts
from ..base.plan import Cost, Process, Registry, Resource, Shell, Variable
from ..base.platform import Backups, Platform
from . import prices
from .application import Application, application, image, on_volume, own_dockerfile
from .backups import MAY_LACK, VARIABLES, backups
from .connections import Needed, needed
from .databases import postgres_image
from .processes import UNPRIVILEGED, CommandLine, processes
from .registry import registry
from .resources import environment, resources
from .runs import early_celery, media_path
from .variables import is_of_mail


class Plan(NamedTuple):
    """Production on one platform.

    `price` is one line with the total and its parts; both are empty if no platform is known.
    """

    app: Application
    image: bool  # whether it runs in our image
    own_dockerfile: bool  # whether the Docker files at the root are not ours
    registry: Registry  # where the image is, of platforms that do not build it
    line: CommandLine
    processes: tuple[Process, ...]
    resources: tuple[Resource, ...]
    environment: tuple[Variable, ...]
    replaced: Mapping[str, str]  # read by the project's settings only for what the overlay's set, with a value
    costs: tuple[Cost, ...]  # of what is started and made
    total: str
    price: str
    prices_seen: str  # the day on which the prices were read, YYYY-MM-DD
    prices_caveat: str  # a sentence on what the total leaves open; empty if it holds all
    backups: Backups  # what is done for the data without its owner
    postgres_image: str  # of the database in a container of our files; empty where it is something else
    connections: Needed | None  # of the site to its database; None if nothing is known that limits them
    unprivileged: str  # begins a command where the image starts as root; empty if it does not
    celery: str  # the module of Celery's application, if the overlay's own loads it; else empty
    media: str  # path at which the site's uploads on its volume are served to everybody; empty if they are not
    own: Mapping[str, Any]  # what the platform's files depend on besides

    @property
    def folder(self) -> str:
        """The overlay's folder, POSIX, from the git root."""
        return self.app.folder

    @property
    def web(self) -> Process:
        return self.processes[0]

    @property
    def release(self) -> str:
        """The line that each release runs, by itself or before the server of an image with a volume."""
        return self.line.django(self.app.release)

    @property
    def server(self) -> str:
        """The line that starts Gunicorn."""
        return self.line.server()

    @property
    def build(self) -> tuple[str, ...]:
        """Lines that a build runs in the Django root, collectstatic among them, with DEPLOY_BUILD=1."""
        return tuple(f"python -m django {command}" for command in self.app.build)

    @property
    def background(self) -> tuple[Process, ...]:
        """The background processes."""
        return tuple(process for process in self.processes if process.kind not in ("web", "release"))

    @property
    def started(self) -> tuple[Process, ...]:
        """The processes that always run, the web process first."""
        return tuple(one for one in self.processes if one.state == "started" and one.kind not in ("release", "cron"))

    @property
    def jobs(self) -> tuple[Process, ...]:
        """The scheduled jobs that run."""
        return tuple(one for one in self.processes if one.state == "started" and one.kind == "cron")

    @property
    def listed(self) -> tuple[Process, ...]:
        """What a file can name that lists processes: all but scheduled jobs, and our process for them if they are run."""
        by_jobs = [one for one in self.processes if one.chosen == "cron" and one.state != "started"]
        return tuple(one for one in self.processes if one.kind != "cron" and one not in by_jobs)

    @property
    def beside(self) -> tuple[Process, ...]:
        """The processes that always run, except the web process."""
        return self.started[1:]

    @property
    def variables(self) -> tuple[str, ...]:
        """Variables that the user sets, without the secret key and those of resources."""
        return tuple(one.name for one in self.environment if one.source == "owner" and one.required)

    @property
    def of_backup(self) -> tuple[str, ...]:
        """Variables of the user that only the nightly dump of the database needs."""
        return tuple(one.name for one in self.environment if one.name in (*VARIABLES, *MAY_LACK))

    @property
    def made(self) -> tuple[str, ...]:
        """Variables that come with the site's resources, such as DATABASE_URL."""
        return tuple(one.name for one in self.environment if one.source == "resource")

    @property
    def secrets(self) -> tuple[str, ...]:
        """Variables of every process whose values may not be in a file: the key, addresses of resources, the user's."""
        addresses = {"postgres": "DATABASE_URL", "redis": "REDIS_URL"}
        made = [addresses[one.kind] for one in self.resources if one.kind in addresses and one.how != "by hand"]
        owners = [name for name in self.variables if name not in self.of_backup]
        return tuple(dict.fromkeys([self.app.secret_key, *made, *owners]))

    @property
    def mail(self) -> tuple[str, ...]:
        """The user's variables for sending mail."""
        return tuple(one.name for one in self.environment if one.source == "owner" and is_of_mail(one.name))

    @property
    def parts(self) -> dict[str, dict[str, str]]:
        """By DATABASE_URL and REDIS_URL: the project's own variables that hold the same address, or which part of it."""
        found: dict[str, dict[str, str]] = {}
        for kind, address in (("postgres", "DATABASE_URL"), ("redis", "REDIS_URL")):
            variables = getattr(self.resource(kind), "variables", {})
            own = {name: part for name, part in variables.items() if name != address}
            found |= {address: own} if own else {}
        return found

    def resource(self, kind: str) -> Resource | None:
        return next((one for one in self.resources if one.kind == kind), None)


def plan(answers: Mapping[str, Any], platform: Platform | None = None) -> Plan:
    """The plan of a site on a platform; without one, what holds for our image wherever it runs.

    Pure: the same answers and declaration give the same plan, in an empty folder too. An answer that is missing counts as
    its default, so that questions may ask before the last one is known.
    """
    app = application(answers)
    line = CommandLine(platform.runs.shell if platform else Shell(), answers, app)
    parts = processes(answers, app, platform, line)
    found = resources(answers, platform)
    started = [one for one in parts if one.state == "started" and one.kind != "release"]
    costs = prices.costs(platform, answers, started, found) if platform else []
    return Plan(
        app=app,
        image=image(platform),
        own_dockerfile=own_dockerfile(answers),
        registry=registry(answers),
        line=line,
        processes=tuple(parts),
        resources=tuple(found),
        environment=tuple(environment(answers, app, found, platform)),
        replaced=dict(pair.split("=", 1) for pair in texts(answers, "django_replaced_env")),
        costs=tuple(costs),
        total=prices.total(platform, answers, costs) if platform else "",
        price=prices.price(platform, answers, costs) if platform else "",
        prices_seen=platform.prices_seen if platform else "",
        prices_caveat=prices.caveat(platform, answers) if platform else "",
        backups=backups(answers, platform),
        postgres_image=postgres_image(answers, platform),
        connections=needed(answers, platform, app, started),
        unprivileged=UNPRIVILEGED if on_volume(answers, platform) else "",
        celery=early_celery(answers),
        media=media_path(answers),
        own=platform.own(answers) if platform and platform.own else {},
    )
