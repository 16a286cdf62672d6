"""`python -m tests.platforms.reliability`: the whole loop over faults, its counts on the screen and in docs/reliability.md.

--scene NAME      one scene (several times for several); all of them without it
--every N         only every Nth case, spread over requests and faults
--minutes N       for each scene, after which it begins no other case; each request has had its turn before any has its second
--jobs N          processes side by side

The page has a row for each scene; a run writes those of its scenes.
"""

from __future__ import annotations

import argparse
import concurrent.futures
import shutil
import sys
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path

import pytest

from tests.platforms import fly_scene, heroku_scene, upsun_scene
from tests.platforms.faults import Counts, Recorded, Scene, every, recorded, tried
from tests.platforms.simulated.server import FAULTS
from tests.support.template import REPOSITORY

PAGE = REPOSITORY / "docs" / "reliability.md"
MARK = "<!-- results -->"
SCENES = {
    "Heroku": lambda: heroku_scene.quick(),
    "Upsun Flex": lambda: upsun_scene.quick(),
    "Upsun Fixed": lambda: upsun_scene.fixed(),
    "Fly.io, managed PostgreSQL": lambda: fly_scene.scene(),
    "Fly.io, unmanaged PostgreSQL": lambda: fly_scene.scene(fly_postgres="unmanaged"),
    "Fly.io, SQLite": lambda: fly_scene.scene(deploy_database="sqlite"),
    "Heroku, real CLI": lambda: heroku_scene.real(),
    "Upsun Flex, real CLI": lambda: upsun_scene.real(),
    "Fly.io, real CLI": lambda: fly_scene.real(),
}
REAL = 30  # every so many cases with a real program, whose start takes a second for each question


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--scene", action="append", choices=SCENES)
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--minutes", type=float, default=24 * 60)
    parser.add_argument("--jobs", type=int, default=2)
    arguments = parser.parse_args()
    bad = 0
    for name in arguments.scene or SCENES:
        try:
            scene = SCENES[name]()
        except pytest.skip.Exception as without:  # its program is one that the machine does not have
            print(f"{name}: left out, {without}")
            continue
        folder = Path(tempfile.mkdtemp(prefix="reliability-"))
        wanted = recorded(scene, folder / "recorded")
        step = arguments.every * (REAL if "real" in name else 1)
        cases = list(every(wanted))[::step]
        started = time.monotonic()
        counts = spread(scene, folder, wanted, cases, arguments.jobs, started + arguments.minutes * 60)
        shutil.rmtree(folder, ignore_errors=True)
        bad += len(counts.found)
        write(name, row(name, wanted, len(list(every(wanted))), counts))
        print(f"{name}: {told(counts)} in {time.monotonic() - started:.0f} s", flush=True)
        for found in counts.found:
            print(f"  {found}", file=sys.stderr)
    return 1 if bad else 0


def spread(
    scene: Scene, folder: Path, wanted: Recorded, cases: Iterable[tuple[int, str]], jobs: int, end: float
) -> Counts:
    """The cases, shared among threads until the clock shows `end`: each has a world and a platform of its own."""
    total = Counts()

    def one(case: tuple[int, str]) -> Counts:
        return tried(scene, folder, wanted, [case]) if time.monotonic() < end else Counts()

    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        for counts in pool.map(one, cases):
            total.add(counts)
    return total


def told(counts: Counts) -> str:
    return (
        f"faults tried {counts.faults}, duplicates found {len(counts.duplicates)}, "
        f"secrets found {len(counts.secrets)}, other ends {len(counts.others)}"
    )


def row(name: str, wanted: Recorded, possible: int, counts: Counts) -> str:
    tried_ = f"{counts.faults} of {possible}"
    cells = (name, len(wanted.requests), tried_, len(counts.duplicates), len(counts.secrets), len(counts.others))
    return f"| {' | '.join(map(str, cells))} |"


def write(name: str, new: str) -> None:
    """Puts the row of one scene into the page, where its older one stood."""
    head, _, table = PAGE.read_text(encoding="utf-8").partition(MARK)
    rows = {one.split(" | ")[0].removeprefix("| "): one for one in table.splitlines() if one.startswith("| ")}
    rows[name] = new
    lines = [
        f"Written by `make test-provision`, last on {time.strftime('%Y-%m-%d')}, with {len(FAULTS)} faults for each request.",
        "",
        "| scene | requests of a run | faults tried | duplicates found | secrets found | other ends than success |",
        "| --- | --- | --- | --- | --- | --- |",
        *(rows[scene] for scene in SCENES if scene in rows),
    ]
    PAGE.write_text(head + MARK + "\n" + "\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
