"""Fixtures of tests that apply the whole template to whole projects."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import NoPython, snapshot

collect_ignore = ["projects"]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call() -> Iterator[None]:
    """Skip, by name, a test whose project needs a Python that is not to be had here."""
    try:
        yield
    except NoPython as missing:
        pytest.skip(str(missing))


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
