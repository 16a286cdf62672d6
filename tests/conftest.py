"""Fixtures of tests that apply the whole template to whole projects."""

import os
import signal
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest

from deploy_overlay.base.log import Log
from tests.support import NoPython, anchors, counted, snapshot
from tests.support.hook import Repository

collect_ignore = ["projects"]
SKIPPED = pytest.StashKey[bool]()

# A job in the background ignores Ctrl-C, one under nohup a hangup, and so would every program that these tests interrupt.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
if hasattr(signal, "SIGHUP") and signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
    signal.signal(signal.SIGHUP, lambda number, frame: None)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup() -> Iterator[None]:
    yield from skip_without_python()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call() -> Iterator[None]:
    yield from skip_without_python()


def skip_without_python() -> Iterator[None]:
    """Skip, by name, a test whose project needs a Python that is not to be had here."""
    try:
        yield
    except NoPython as missing:
        pytest.skip(str(missing))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Note that a test was skipped, for the fixtures that are about to end."""
    report = yield
    item.stash[SKIPPED] = report.skipped
    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what the tests of this run have counted."""
    reports = [one for kind in ("passed", "failed") for one in terminalreporter.stats.get(kind, ())]
    sums = counted.totals(item for one in reports for item in getattr(one, "user_properties", ()))
    if sums:
        terminalreporter.write_line(
            "Creating and deploying: " + ", ".join(f"{what} {sum_}" for what, sum_ in sums.items())
        )


@pytest.fixture(autouse=True)
def entries_met(request: pytest.FixtureRequest) -> Iterator[None]:
    """Holds a test to the entries of docs/errors.md that it says it meets."""
    anchors.met.clear()
    yield
    if request.node.stash.get(SKIPPED, False):
        return
    marked = [anchor for mark in request.node.iter_markers("shows") for anchor in mark.args]
    assert not anchors.unmet(tuple(marked))
    among = [anchor for mark in request.node.iter_markers("shows_one_of") for anchor in mark.args]
    assert not among or len(anchors.unmet(tuple(among))) < len(among)


def _shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    base = tmp_path_factory.getbasetemp()
    return base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The template as it stands in the working tree, tagged v1.0.0; one copy for all processes of a run."""
    ready = _shared(tmp_path_factory) / "template"
    if not ready.is_dir():
        fresh = tmp_path_factory.mktemp("template-being-made")
        snapshot(fresh)
        try:
            fresh.rename(ready)
        except OSError:
            if not ready.is_dir():
                raise
    return ready


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return Repository(tmp_path / "project")


@pytest.fixture
def log(tmp_path: Path) -> Log:
    return Log(tmp_path / "test.log")
