"""Of two clones that order the same thing at the same moment, at most one does.

Names of clusters and of volumes are not unique on Fly.io, nothing says that those of Redis are, and each is paid for. So a
run writes a note on the app before it orders, as a staged secret that is this clone's alone, and orders only while there is
no note of another clone. Each run writes before it reads, so of two runs at least one sees the other. A note goes away after
what was ordered can be seen.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

from ....adapter.cli import timeout_limit
from ....adapter.steps import Command
from ....base.message import Failure
from .app import App

NOTE = "DEPLOY_OVERLAY_ORDERS"
OTHER_LEFT = 10.0  # seconds after which another run that saw this one has taken its note back


def ordered_once(app: App, step: str, what: str, there: Callable[[], bool], create: Command) -> Iterator[Command]:
    """The commands that order it. Raises Failure where another clone does, or may: nothing is ordered then."""
    own = _own(app)
    yield Command(("secrets", "import", "-a", app.name, "--stage"), stdin=f"{own}=1\n")
    others = _others(app)
    end = time.monotonic() + min(OTHER_LEFT, timeout_limit())
    # Of those that see each other, the first by name waits until the others have gone.
    while others and own < min(others) and not there() and time.monotonic() < end:
        time.sleep(0.5)
        others = _others(app)
    if others:
        yield from taken_back(app)
        app.site.record.disown(step)
        unset = app.site.cli.line("secrets", "unset", *others, "-a", app.name, "--stage")
        raise Failure(
            f"Another clone of this repository is ordering the {what} at this moment: run this again in some minutes. If no "
            f"other run is at work, one was cut off: `{unset}`, then run this again.",
            anchor="still-at-work",
        )
    if not there():
        yield create


def taken_back(app: App) -> list[Command]:
    """The command that removes this clone's note; none where there is no such note."""
    own = _own(app)
    return [Command(("secrets", "unset", own, "-a", app.name, "--stage"))] if own in app.secrets() else []


def has_note(app: App) -> bool:
    """Whether this clone's note is among the secrets that were seen last."""
    return _own(app) in app.seen_secrets


def _own(app: App) -> str:
    return f"{NOTE}_{app.site.record.clone().upper()}"


def _others(app: App) -> list[str]:
    return sorted(name for name in app.secrets() if name.startswith(f"{NOTE}_") and name != _own(app))
