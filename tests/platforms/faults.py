"""The loop over faults: every request of a recorded run fails in every way, the hook runs again, the end is the same.

A platform is a `Scene`: it makes a world with a simulated platform in it, from nothing, as often as the loop wants one.
"""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import itertools
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from tests.platforms.simulated.server import FAULTS, Simulated
from tests.platforms.simulated.world import DATE, Ended, World, kill
from tests.support.hook import GIT

TELLING = ("500", "dropped", "killed before", "killed after")  # ways that leave a change done or not
TIMEOUT = 3.0  # seconds that a command may take where an answer never comes


class Platform(Protocol):
    """What the loop asks of a simulated platform beside answering."""

    def final(self) -> dict[str, Any]:
        """The state in which two ends are compared."""

    def confidential(self) -> list[str]:
        """Every secret that the platform knows: none may be left anywhere."""


@dataclass
class Scene:
    """`make` builds world and platform in a folder; `arguments` are those of `World.run`, `words` a command instead."""

    make: Callable[[Path], contextlib.AbstractContextManager[tuple[World, Any]]]
    arguments: dict[str, Any] = field(default_factory=dict)
    timeout: float = TIMEOUT
    words: tuple[str, ...] = ()
    environ: Mapping[str, str] = field(default_factory=dict)  # of that command
    step: int = 1  # of all bounded cases, every so many are tried, where a run takes long
    once: bool = False  # a run that ended well is not repeated: the next one would do something else

    def run(self, world: World, environ: dict[str, str], begun: Callable[[int], None] | None = None) -> Ended:
        if self.words:
            return world.command(*self.words, begun=begun, **{**self.environ, **environ})
        given = self.arguments | {"environ": self.arguments.get("environ", {}) | environ}
        return world.run(**given, begun=begun)


@contextlib.contextmanager
def online(scene: Scene, folder: Path) -> Iterator[tuple[World, Any]]:
    """The scene after a run of its own."""
    with scene.make(folder) as (world, platform):
        ended = world.run(**scene.arguments)
        assert ended.status == 0, ended.output
        yield world, platform


def beside(scene: Scene) -> Scene:
    """The same with production deployed already: what runs in the loop is `staging` beside it."""
    return dataclasses.replace(
        scene, make=functools.partial(online, scene), arguments=scene.arguments | {"environment": "staging"}
    )


def again(scene: Scene) -> Scene:
    """The same with the site online already: what runs in the loop deploys a new commit."""

    @contextlib.contextmanager
    def made(folder: Path) -> Iterator[tuple[World, Any]]:
        with online(scene, folder) as (world, platform):
            world.repository.write("news.txt", "news")
            world.repository.git("add", "--all")
            dates = {"GIT_AUTHOR_DATE": DATE, "GIT_COMMITTER_DATE": DATE}  # the same hash in every world
            command = [*GIT, "commit", "--quiet", "--message", "News"]
            subprocess.run(command, cwd=world.repository.root, env=os.environ | dates, check=True)
            yield world, platform

    return Scene(made, scene.arguments, scene.timeout)


@dataclass
class Counts:
    faults: int = 0
    duplicates: list[str] = field(default_factory=list)
    secrets: list[str] = field(default_factory=list)
    others: list[str] = field(default_factory=list)

    def add(self, other: Counts) -> None:
        self.faults += other.faults
        self.duplicates += other.duplicates
        self.secrets += other.secrets
        self.others += other.others

    @property
    def found(self) -> list[str]:
        return [*self.duplicates, *self.secrets, *self.others]


@dataclass(frozen=True)
class Recorded:
    """A run from nothing to deployed: its requests in order, and the state that every other run has to reach."""

    requests: tuple[str, ...]
    final: dict[str, Any]

    def changing(self) -> list[int]:
        return [number for number, request in enumerate(self.requests) if not request.startswith("GET ")]


def recorded(scene: Scene, folder: Path) -> Recorded:
    with scene.make(folder) as (world, platform):
        platform.begin()
        ended = scene.run(world, {})
        assert ended.status == 0, ended.output
        assert not leaked(world, platform)
        return Recorded(tuple(map(str, platform.asked)), platform.final())


def tried(scene: Scene, folder: Path, wanted: Recorded, cases: Iterable[tuple[int, str]]) -> Counts:
    """One world for each case (number of the request, fault); what was found wrong is in the counts."""
    counts = Counts()
    for number, kind in cases:
        place = folder / f"{number}-{kind.replace(' ', '-')}"
        with scene.make(place) as (world, platform):
            _case(scene, world, platform, wanted, number, kind, counts)
        shutil.rmtree(place, ignore_errors=True)
    return counts


def bounded(scene: Scene, wanted: Recorded, spared: int = 4) -> list[tuple[int, str]]:
    """Every request that changes something in each way that can leave a duplicate behind, and one of `spared` others."""
    kinds = itertools.cycle(kind for kind in FAULTS if kind != "timeout")
    changing = wanted.changing()
    others = [(number, next(kinds)) for number in range(len(wanted.requests)) if number not in changing]
    return [*itertools.product(changing, TELLING), (changing[0], "timeout"), *others[::spared]][:: scene.step]


def every(wanted: Recorded) -> Iterator[tuple[int, str]]:
    """Every request once, with one fault after the other in turn; then every request with the next fault, and so on."""
    for turn in range(len(FAULTS)):
        for number in range(len(wanted.requests)):
            yield number, FAULTS[(number + turn) % len(FAULTS)]


def _case(scene: Scene, world: World, platform: Any, wanted: Recorded, number: int, kind: str, counts: Counts) -> None:
    name = f"{wanted.requests[number]} ({number}): {kind}"
    pids: list[int] = []
    slow = {"DEPLOY_OVERLAY_TIMEOUT": str(scene.timeout)} if kind in ("timeout", "late") else {}
    platform.begin((number, kind), functools.partial(_kill_first, pids))
    first = scene.run(world, slow, pids.append)
    if len(platform.asked) <= number:
        return  # a program that asks until something is ready asked less often this time
    counts.faults += 1
    if kind.startswith("killed") and first.status == 0:
        counts.others.append(f"{name}: was not killed")
    if "Traceback" in first.output or (first.status not in (0, 1, -9)):
        counts.others.append(f"{name}: ended with {first.status}\n{first.output}")
    if first.status == 1 and not re.search(r"Continue with|More: ", first.output):
        counts.others.append(f"{name}: does not say how to continue\n{first.output}")
    platform.begin()
    second = first if scene.once and first.status == 0 else scene.run(world, {})
    if second.status != 0:
        counts.others.append(f"{name}: the run after it failed\n{first.output}\n{second.output}")
    if platform.final() != wanted.final:
        counts.duplicates.append(f"{name}: {platform.final()} instead of {wanted.final}")
    counts.secrets += [f"{name}: {where}" for where in leaked(world, platform)]


def _kill_first(pids: list[int]) -> None:
    kill(pids[0])


def leaked(world: World, platform: Any) -> list[str]:
    """Where a secret was left: the screen, logs, the project, git's folder, the home."""
    secrets = [secret for secret in platform.confidential() if secret]
    assert secrets, "a platform without a secret proves nothing"
    return [where for where, text in world.texts().items() if any(secret in text for secret in secrets)]


__all__ = ["Counts", "Recorded", "Scene", "Simulated", "bounded", "every", "leaked", "online", "recorded", "tried"]
