"""Fixtures of tests that apply the whole template to whole projects."""

import os
from pathlib import Path

import pytest

from tests.support import snapshot

collect_ignore = ["projects"]


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The template as it stands in the working tree, tagged v1.0.0; one copy for all processes of a run."""
    base = tmp_path_factory.getbasetemp()
    if os.environ.get("PYTEST_XDIST_WORKER"):
        base = base.parent
    ready = base / "template"
    if not ready.is_dir():
        fresh = tmp_path_factory.mktemp("template-being-made")
        snapshot(fresh)
        try:
            fresh.rename(ready)
        except OSError:
            if not ready.is_dir():
                raise
    return ready
