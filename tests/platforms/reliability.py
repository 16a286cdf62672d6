"""`python -m tests.platforms.reliability`: the whole loop over faults, its counts on the screen and in docs/reliability.md.

--scene NAME      one scene (several times for several); all of them without it
--every N         only every Nth case, spread over requests and faults
--minutes N       for each scene, after which it begins no other case; each request has had its turn before any has its second
--jobs N          processors to use
--fresh           forget what earlier runs tried

Cases that ended well are not tried again while their sources stay as they are: runs of single scenes, and runs that were
cut off, add up. The page has a row for each scene; a run writes those of its scenes.
"""

from __future__ import annotations

import argparse
import concurrent.futures
import shutil
import sys
import tempfile
import time
from pathlib import Path

import pytest

from tests.platforms import (
    destroy_scene,
    fly_scene,
    heroku_scene,
    kamal_scene,
    kubernetes_scene,
    pushed,
    render_scene,
    rolled_back,
    upsun_scene,
)
from tests.platforms.faults import Counts, Recorded, Scene, beside, every, recorded, tried
from tests.platforms.settled import Settled
from tests.platforms.simulated.server import FAULTS
from tests.support.template import REPOSITORY

PAGE = REPOSITORY / "docs" / "reliability.md"
MARK = "<!-- results -->"
SCENES = {
    "Heroku": lambda: heroku_scene.quick(),
    "Heroku, whole project": lambda: heroku_scene.quick(**heroku_scene.WHOLE),
    "Upsun Flex": lambda: upsun_scene.quick(),
    "Upsun Fixed": lambda: upsun_scene.fixed(),
    "Fly.io, managed PostgreSQL": lambda: fly_scene.scene(),
    "Fly.io, unmanaged PostgreSQL": lambda: fly_scene.scene(fly_postgres="unmanaged"),
    "Fly.io, SQLite": lambda: fly_scene.scene(deploy_database="sqlite"),
    "Fly.io, processes, Redis and bucket": lambda: fly_scene.scene(fly_postgres="unmanaged", **fly_scene.WHOLE),
    "Render": lambda: render_scene.scene(),
    "Render, whole project": lambda: render_scene.scene(**render_scene.WHOLE),
    "Kubernetes": lambda: kubernetes_scene.scene(),
    "Kamal": lambda: kamal_scene.scene(),
    "Heroku, destroyed": destroy_scene.SCENES["heroku"],
    "Kubernetes, destroyed": destroy_scene.SCENES["kubernetes"],
    "Render, destroyed": destroy_scene.SCENES["render"],
    "Upsun Flex, destroyed": destroy_scene.SCENES["upsun"],
    "Fly.io, managed PostgreSQL, destroyed": destroy_scene.SCENES["fly"],
    "Fly.io, unmanaged PostgreSQL, destroyed": destroy_scene.SCENES["fly, unmanaged"],
    "Kamal, destroyed": destroy_scene.kamal,
    "Heroku, staging beside production": lambda: beside(heroku_scene.quick()),
    "Upsun Flex, staging beside production": lambda: beside(upsun_scene.quick()),
    "Fly.io, staging beside production": lambda: beside(fly_scene.scene()),
    "Render, staging beside production": render_scene.staging,
    "Kubernetes, staging beside production": lambda: beside(kubernetes_scene.scene()),
    "Kamal, staging beside production": lambda: beside(kamal_scene.scene()),
    **pushed.SCENES,
    **rolled_back.SCENES,
    "Heroku, real CLI": lambda: heroku_scene.real(),
    "Upsun Flex, real CLI": lambda: upsun_scene.real(),
    "Fly.io, real CLI": lambda: fly_scene.real(),
}
# Every so many cases with a real program: starting it takes a second or, of flyctl, a tenth, and a run asks two dozen times.
SAMPLED = {"Heroku, real CLI": 20, "Upsun Flex, real CLI": 15, "Fly.io, real CLI": 4}
WAITING = 4  # cases at a time for each processor with a stand-in: most of the time they wait, for a clock or a timeout
HEAD = (
    "| scene | requests of a run | faults tried | duplicates found | secrets found | did not succeed | last run |",
    "| --- | --- | --- | --- | --- | --- | --- |",
)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--scene", action="append", choices=SCENES)
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--minutes", type=float, default=24 * 60)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--fresh", action="store_true")
    arguments = parser.parse_args()
    settled = Settled(fresh=arguments.fresh)
    bad = 0
    for name in arguments.scene or SCENES:
        try:
            scene = SCENES[name]()
        except pytest.skip.Exception as without:  # its program is one that the machine does not have
            print(f"{name}: left out, {without}")
            continue
        folder = Path(tempfile.mkdtemp(prefix="reliability-"))
        try:
            wanted = recorded(scene, folder / "recorded")
        except AssertionError as broken:  # the other scenes go on
            bad += 1
            print(f"{name}: not even a run without faults ends well: {broken}", file=sys.stderr)
            continue
        started = time.monotonic()
        counts = looped(name, scene, folder, wanted, settled, arguments)
        shutil.rmtree(folder, ignore_errors=True)
        bad += len(counts.found)
        write(name, row(name, wanted, counts))
        print(f"{name}: {told(counts)} in {time.monotonic() - started:.0f} s", flush=True)
        for found in counts.found:
            print(f"  {found}", file=sys.stderr)
    return 1 if bad else 0


def looped(
    name: str, scene: Scene, folder: Path, wanted: Recorded, settled: Settled, arguments: argparse.Namespace
) -> Counts:
    """The scene's cases, those of earlier runs counted in; each has a world and a platform of its own."""
    end = time.monotonic() + arguments.minutes * 60
    names = {case: f"{case[0]} of {len(wanted.requests)}, {case[1]}" for case in every(wanted)}
    before = settled.of(name) & set(names.values())
    cases = [case for case in names if names[case] not in before][:: arguments.every * SAMPLED.get(name, 1)]
    total = Counts(len(before))

    def one(case: tuple[int, str]) -> Counts:
        if time.monotonic() > end:
            return Counts()
        try:
            counts = tried(scene, folder, wanted, [case])
        except Exception as error:  # one case must not take the counts of a thousand with it
            counts = Counts(1, others=[f"{names[case]}: could not be tried: {error!r}"])
        if counts.faults and not counts.found:  # a request that did not come this time is open still
            settled.note(name, names[case])
        return counts

    with concurrent.futures.ThreadPoolExecutor(arguments.jobs * (1 if name in SAMPLED else WAITING)) as pool:
        for counts in pool.map(one, cases):
            total.add(counts)
    return total


def told(counts: Counts) -> str:
    return (
        f"faults tried {counts.faults}, duplicates found {len(counts.duplicates)}, "
        f"secrets found {len(counts.secrets)}, other ends {len(counts.others)}"
    )


def row(name: str, wanted: Recorded, counts: Counts) -> str:
    tried_ = f"{counts.faults} of {len(list(every(wanted)))}"
    found = (len(counts.duplicates), len(counts.secrets), len(counts.others))
    cells = (name, len(wanted.requests), tried_, *found, time.strftime("%Y-%m-%d"))
    return f"| {' | '.join(map(str, cells))} |"


def write(name: str, new: str) -> None:
    """Puts the row of one scene into the page, where its older one stood."""
    head, _, table = PAGE.read_text(encoding="utf-8").partition(MARK)
    rows = {one.split(" | ")[0].removeprefix("| "): one for one in table.splitlines() if one.startswith("| ")}
    rows[name] = new
    told_ = f"Written by `make test-provision`, with {len(FAULTS)} faults for each request."
    lines = [told_, "", *HEAD, *(rows[scene] for scene in SCENES if scene in rows)]
    PAGE.write_text(head + MARK + "\n" + "\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
