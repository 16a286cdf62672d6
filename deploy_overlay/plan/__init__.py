"""From answers to what a platform has to run, keep and be told: `plan(answers, platform)`, which looks at nothing else.

Templates, the summary, the price, deploy/README.md and provisioning read it, so that they cannot contradict each other.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ..base.answers import texts
from ..base.plan import Cost, Declaration, How, Kind, Process, Resource, Shell, Variable
from .application import Application, application
from .processes import CommandLine, processes
from .resources import environment, resources

# Where the overlay's image lets a file of the user's stand: it then lies in the overlay's folder.
DOCKER_FILES = ("Dockerfile", ".dockerignore")


@dataclass(frozen=True)
class AnyPlatform:
    """What holds wherever the image runs: commands start in the Django root, and nothing has a price."""

    build: str = "image"
    shell: Shell = field(default_factory=Shell)
    has: Mapping[str, How] = field(default_factory=dict)
    prices_seen: str = ""

    def costs(self, answers: Mapping[str, Any]) -> list[Cost]:
        return []

    def price(self, kind: str, answers: Mapping[str, Any]) -> Cost | None:
        return None

    def own(self, answers: Mapping[str, Any]) -> Mapping[str, Any]:
        return {}


@dataclass(frozen=True)
class Plan:
    """What production consists of on one platform.

    `costs` are those of what is started and made, a month; `own` is what the platform's files depend on besides.
    """

    app: Application
    image: bool  # whether the platform runs the image of a Dockerfile
    own_dockerfile: bool  # whether the user's Docker files stay and ours lie in the overlay's folder
    line: CommandLine
    processes: tuple[Process, ...]
    resources: tuple[Resource, ...]
    environment: tuple[Variable, ...]
    costs: tuple[Cost, ...]
    prices_seen: str  # YYYY-MM-DD
    own: Mapping[str, Any]

    @property
    def folder(self) -> str:
        """The overlay's folder, POSIX, from the git root."""
        return self.app.folder

    @property
    def total(self) -> float:
        """The sum of the costs, in the platform's currency, a month."""
        return sum(cost.amount for cost in self.costs)

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
        """What runs beside the site."""
        return tuple(process for process in self.processes if process.kind not in ("web", "release"))

    @property
    def started(self) -> tuple[Process, ...]:
        """What runs all the time and is started unasked, the web process first."""
        return tuple(one for one in self.processes if one.state == "started" and one.kind != "release")

    @property
    def variables(self) -> tuple[str, ...]:
        """Names that the owner of the project sets; the secret key and those of resources are not among them."""
        return tuple(one.name for one in self.environment if one.source == "owner" and one.required)

    def resource(self, kind: str) -> Resource | None:
        return next((one for one in self.resources if one.kind == kind), None)


def plan(answers: Mapping[str, Any], platform: Declaration | None = None) -> Plan:
    """The plan of a site on a platform; without one, what holds for its image anywhere.

    Pure: the same answers and declaration give the same plan, in an empty folder too.
    """
    declared = platform or AnyPlatform()
    app = application(answers)
    image = declared.build == "image"
    kept = texts(answers, "deploy_kept_files")
    parts = processes(answers, app, declared)
    kinds: list[Kind] = [one.kind for one in parts if one.state == "started" and one.kind != "release"]
    found = resources(answers, declared)
    costs = [
        *declared.costs(answers),
        *(cost for kind in kinds if (cost := declared.price(kind, answers))),
        *(one.price for one in found if one.price),
    ]
    return Plan(
        app=app,
        image=image,
        own_dockerfile=image and any(name in kept for name in DOCKER_FILES),
        line=CommandLine(declared.shell, answers, app),
        processes=tuple(parts),
        resources=tuple(found),
        environment=tuple(environment(answers, app, found)),
        costs=tuple(costs),
        prices_seen=declared.prices_seen,
        own=declared.own(answers),
    )
