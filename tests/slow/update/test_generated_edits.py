"""Random edits and an update: of other lines nothing conflicts, of the same one exactly one marked conflict; nothing is lost."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings

from tests.slow.update.generated import BATCHES, Edit, Tally, new_version, tried
from tests.support import Project
from tests.support.versions import Versions, taken


@pytest.fixture
def prepared(versions: Versions, project: Project) -> tuple[Project, Versions]:
    taken(project, versions)
    new_version(versions, project)
    return project, versions


# Slow, three seconds each: six files are edited and really updated. `make test-update` tries many more.
@settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(batch=BATCHES)
def test_random_edits(prepared: tuple[Project, Versions], batch: dict[str, Edit]) -> None:
    with TemporaryDirectory() as folder:
        tried(*prepared, batch, Path(folder) / "library", Tally())
