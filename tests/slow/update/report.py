"""`make test-update`: releases to the current version for projects of many shapes, and generated edits, counted.

TRIES=N batches of edits, six files each; 20 when not given.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, settings

from tests.slow.update.generated import BATCHES, Edit, Tally, new_version, tried
from tests.slow.update.test_untouched import SHAPES, assert_updated_is_fresh
from tests.support import make_project, snapshot
from tests.support.platforms import needed, platforms
from tests.support.versions import Versions, released, releases, taken


def main() -> int:
    tries = int(os.environ.get("TRIES") or 20)
    with tempfile.TemporaryDirectory(prefix="deploy-overlay-updates-") as name:
        scratch = Path(name)
        template = snapshot(scratch / "template")
        done = _untouched(template, scratch)
        tally = _edited(template, scratch, tries)
    print(f"versions x projects updated, each like a fresh copy:  {done}")
    print(f"edits tried:                                          {tally.edits}")
    print(f"conflicts expected and found:                         {tally.expected} and {tally.found}")
    print(f"edits lost:                                           {tally.lost}")
    return 0 if done and not tally.lost and tally.expected == tally.found else 1


def _untouched(template: Path, scratch: Path) -> int:
    done = 0
    for version in releases():
        versions = released(template, scratch / f"from-{version}", version)
        for shape, options in SHAPES.items():
            place = scratch / f"{version}-{shape}"
            place.mkdir()
            assert_updated_is_fresh(make_project(place / "library", **options), versions, version, place)
            done += 1
            print(f"  {version} to this version, {shape}", flush=True)
    for platform in platforms():
        place = scratch / platform
        place.mkdir()
        versions = Versions(snapshot(place / "template"))
        versions.release("1.1.0")
        project = make_project(place / "library")
        assert_updated_is_fresh(project, versions, "1.0.0", place, deploy_platforms=[platform], **needed(platform))
        done += 1
        print(f"  the version before to this version, {platform}", flush=True)
    return done


def _edited(template: Path, scratch: Path, tries: int) -> Tally:
    versions = Versions(snapshot(scratch / "edited"))
    project = taken(make_project(scratch / "library"), versions)
    new_version(versions, project)
    tally = Tally()
    number = iter(range(10**9))

    @settings(
        max_examples=tries,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
        database=None,
    )
    @given(batch=BATCHES)
    def all_of_them(batch: dict[str, Edit]) -> None:
        tried(project, versions, batch, scratch / f"try-{next(number)}" / "library", tally)

    all_of_them()
    return tally


if __name__ == "__main__":
    sys.exit(main())
