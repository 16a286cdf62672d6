"""A part of the matrix, in which every output, manager and layout comes once; `make matrix` tries all of it.

Slow, about half a minute a cell: each really resolves, installs, builds, migrates a PostgreSQL database and serves.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy_overlay.base.postgres import installed_programs
from tests.platforms.upsun_container import runs_here

from .cells import LAYOUTS, MANAGERS, OUTPUTS, Cell, cells, representative
from .page import PAGE, expected, sentence, written
from .results import FAILED, PASSED, Outcome, Results
from .services import postgresql
from .trial import tried


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    if not list(installed_programs()):
        pytest.skip("no PostgreSQL server programs on this machine: install postgresql")
    with postgresql() as address:
        yield address


@pytest.mark.skipif(not runs_here(), reason="the platforms are played on Linux")
@pytest.mark.parametrize("cell", representative(), ids=lambda cell: cell.name)
def test_a_cell_of_the_matrix(cell: Cell, template: Path, server: str, tmp_path: Path) -> None:
    assert tried(cell, template, server, tmp_path) == cell.refused


def test_the_part_is_of_the_matrix_and_leaves_nothing_out() -> None:
    part = representative()

    assert set(part) <= set(cells())
    assert {cell.output for cell in part} == set(OUTPUTS)
    assert {cell.manager for cell in part} == set(MANAGERS)
    assert {cell.layout for cell in part} == set(LAYOUTS)
    assert any(cell.refused for cell in part)


def test_the_page_says_what_the_cells_are() -> None:
    """docs/support.md was written by a whole run, and nothing was added, taken away or changed since."""
    assert PAGE.read_text(encoding="utf-8") == written(expected(), sentence())


def test_results_of_a_run_that_was_cut_off_are_kept(tmp_path: Path) -> None:
    first = Results(tmp_path)
    first.note("a", Outcome(PASSED, "", 1.0))
    first.note("b", Outcome(FAILED, "broken", 2.0))

    second = Results(tmp_path)

    assert second.settled("a") and not second.settled("b") and not second.settled("c")
    assert Results(tmp_path, fresh=True).seen == {}
