"""The loop over faults for the move: each request to the old and to the new platform fails, and the move is repeated.

No second app, no secret anywhere, the old site is never deleted, and it is never left closed without being told.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.platforms.faults import bounded, recorded, tried
from tests.platforms.moving_scene import scene
from tests.support import counted
from tests.support.postgres import NEWEST, Server, server

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="PostgreSQL refuses to run for administrators")
SLICES = 4


@pytest.fixture(scope="module")
def servers() -> Iterator[tuple[Server, Server]]:
    with server(0) as older, server(NEWEST) as newer:
        yield older, newer


@pytest.mark.parametrize("part", range(SLICES))
@pytest.mark.parametrize("whose", ["old", "new"])
@pytest.mark.parametrize("target", ["fly", "kamal"])
def test_a_move_that_was_disturbed_ends_like_one_that_was_not(
    target: str,
    whose: str,
    part: int,
    tmp_path: Path,
    servers: tuple[Server, Server],
    record_property: counted.Recording,
) -> None:
    scenery = scene(target, whose, *servers)
    wanted = recorded(scenery, tmp_path / "recorded")

    counts = tried(scenery, tmp_path, wanted, bounded(scenery, wanted, 6)[part::SLICES])

    counted.note(record_property, "faults tried", counts.faults)
    counted.note(record_property, "duplicates found", len(counts.duplicates))
    counted.note(record_property, "secrets found", len(counts.secrets))
    assert counts.faults
    assert not counts.found, "\n".join(counts.found)
