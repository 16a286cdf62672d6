"""The real flyctl against the simulated Fly.io: lost answers, its own words for errors, and how true our `fly` program is.

Skipped without one. A run of the hook takes three seconds with it; every request and fault: `make test-provision`.
"""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.platforms import fly_scene
from tests.platforms.faults import recorded, tried
from tests.platforms.fly_scene import ARGUMENTS, fly
from tests.platforms.simulated.fly import Fly
from tests.platforms.simulated.server import Refused
from tests.platforms.simulated.stand_in import Ended
from tests.platforms.simulated.world import World
from tests.slow.test_commands import unknown
from tests.support.anchors import shows
from tests.tools import fly_commands, tool


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[tuple[World, Fly]]:
    with fly(tmp_path, tool("flyctl")) as both:
        yield both


@pytest.mark.parametrize(
    ("given", "creating"),
    [
        ({}, "/v1/apps|/postgresv2|/attachments|/secrets"),
        ({"fly_postgres": "unmanaged"}, "/shelf-db/(volumes|machines)"),
    ],
    ids=["managed", "unmanaged"],
)
def test_an_answer_that_was_lost_after_the_platform_had_acted_leaves_nothing_twice(
    tmp_path: Path, given: dict[str, str], creating: str
) -> None:
    real = fly_scene.real(**given)
    wanted = recorded(real, tmp_path / "recorded")
    lost = [number for number in wanted.changing() if re.search(f"POST /.*(?:{creating})$", wanted.requests[number])]

    counts = tried(real, tmp_path, wanted, [(number, "dropped") for number in lost])

    assert counts.faults >= 2
    assert not counts.found, "\n".join(counts.found)


def test_a_request_that_flyctl_repeats_by_itself_creates_one_app(scene: tuple[World, Fly]) -> None:
    """After 503 it sends a POST again, though the platform has acted; the second one is told that the name is taken."""
    world, platform = scene
    create, answers = platform.create_app, iter([503])

    def acts_and_is_unavailable(*given: Any) -> Any:
        app = create(*given)
        for status in answers:
            raise Refused(status, {"error": "unavailable"})
        return app

    platform.create_app = acts_and_is_unavailable  # type: ignore[method-assign]
    ended = world.run("provision", **ARGUMENTS)

    assert ended.status == 0, ended.output
    assert sum(str(asked) == "POST /v1/apps" for asked in platform.asked) == 2
    assert list(platform.apps) == ["shelf"]


def test_commands_that_a_run_shows_are_known(scene: tuple[World, Fly]) -> None:
    world, _ = scene
    shown = world.run(**ARGUMENTS).output
    lines = [line.strip() for line in shown.splitlines() if " fly " in line]
    commands = [
        part for line in lines for part in line[line.index("fly ") :].split(", then ") if part.startswith("fly ")
    ]

    assert len(commands) > 10
    assert unknown("".join(f"\n    {command}\n" for command in commands), "fly") == []


@pytest.mark.parametrize("group", ["apps", "deploy", "mpg", "secrets", "scale"])
def test_the_list_of_commands_that_is_kept_is_of_this_program(tmp_path: Path, group: str) -> None:
    """`python -m tests.tools.fly_commands` writes it again."""
    found = dict(fly_commands.told(str(tool("flyctl")), str(tmp_path), (group,)))
    kept = {name: options for name, options in fly_commands.known().items() if name.split()[0] == group}

    assert {name: set(options) for name, options in found.items() if name.split()[0] == group} == kept


@shows("platform-refused")
def test_an_old_token_is_told_apart(scene: tuple[World, Fly]) -> None:
    world, platform = scene
    platform.any_token = True
    world.environ["FLY_API_TOKEN"] = "no-macaroon"

    ended = world.run(**ARGUMENTS)

    assert ended.status == 1 and "Managed Postgres does not accept old tokens" in ended.output, ended.output
    assert platform.apps == {}


@shows("platform-unreachable")
def test_machines_that_cannot_be_reached(scene: tuple[World, Fly]) -> None:
    world, platform = scene
    world.environ["FLY_FLAPS_BASE_URL"] = "http://127.0.0.1:9"

    ended = world.run(**ARGUMENTS)

    assert ended.status == 1 and "cannot be reached" in ended.output, ended.output
    assert platform.apps == {}


@shows("not-logged-in")
@pytest.mark.parametrize("token", ["", "fm2_of-nobody"])
def test_nobody_is_logged_in(scene: tuple[World, Fly], token: str) -> None:
    world, platform = scene
    world.environ["FLY_API_TOKEN"] = token

    ended = world.run(**ARGUMENTS)

    assert ended.status == 1 and "fly auth login" in ended.output
    assert platform.apps == {}


# In the state that `filled` makes; {id} is the cluster's.
LINES = [
    "auth whoami",
    "orgs list --json",
    "apps list --json",
    "secrets list -a shelf --json",
    "secrets list -a empty --json",
    "secrets list -a gone --json",
    "mpg list --org personal --json",
    "mpg list --org acme --json",
    "mpg databases list {id} --json",
    "mpg attach {id} -a shelf",
    "mpg attach {id} -a empty",
    "mpg create --name other-db --org personal --region xyz --plan basic",
    "postgres list --json",
    "volumes list -a shelf --json",
    "volumes list -a empty --json",
    "machine list -a shelf --json",
    "machine list -a empty --json",
    "releases -a shelf --json",
    "releases -a empty --json",
    "apps create shelf --org personal --json",
    "apps create other --org nowhere --json",
    "secrets import -a shelf --stage",
    "scale count 1 -a empty --region fra --yes",
    "scale count 1 -a shelf --region fra --yes",
]


def test_our_program_answers_as_flyctl_does(scene: tuple[World, Fly]) -> None:
    world, platform = scene
    filled(platform)
    wrong = {}
    for template in LINES:
        line = template.format(id=platform.clusters[0].id)
        try:
            ours = (0, platform(line.split(), ""))
        except Ended as ended:
            ours = (ended.status, f"Error: {ended}")
        real = flyctl(world, line)
        if difference(ours, real):
            wrong[line] = (difference(ours, real), ours, real)

    assert wrong == {}


def filled(platform: Fly) -> None:
    platform.orgs["acme"] = "Acme"
    shelf = platform.create_app("shelf", "personal")
    platform.create_app("empty", "acme")
    cluster = platform.create_cluster("shelf-db", "personal", "fra", "basic")
    cluster.looks = -1
    cluster.attached.append("shelf")
    platform.set_secrets(shelf, {"DATABASE_URL": cluster.url()})
    platform.create_volume(shelf, "data", "fra")
    platform.create_machine(shelf, "fra")
    image = "registry.fly.io/shelf:commit-1@sha256:0"
    shelf.releases.append({"ID": "r1", "Version": 1, "Status": "complete", "ImageRef": image})


def flyctl(world: World, line: str) -> tuple[int, str]:
    done = subprocess.run(
        [tool("flyctl"), *line.split()],
        env=world.environment(NO_COLOR="1", FLY_NO_UPDATE_CHECK="1", FLY_SEND_METRICS="0"),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    return done.returncode, done.stdout.strip() or done.stderr.strip()


def difference(ours: tuple[int, str], real: tuple[int, str]) -> str:
    """What of ours the real one does not say; it says more."""
    if ours[0] != real[0]:
        return "exit status"
    try:
        said, true = json.loads(ours[1]), json.loads(real[1])
    except ValueError:
        # A refusal may be wrapped in what was asked for.
        return "" if ours[1].strip().removeprefix("Error: ") in real[1] else "text"
    return "" if part_of(said, true) else "JSON"


def part_of(said: Any, true: Any) -> bool:
    if isinstance(said, dict):
        return isinstance(true, dict) and all(key in true and part_of(value, true[key]) for key, value in said.items())
    if isinstance(said, list):
        return isinstance(true, list) and len(said) == len(true) and all(map(part_of, said, true))
    return bool(said == true)
