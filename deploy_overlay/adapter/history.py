"""What was released of a site, when and by whom, as its platform tells it.

A platform's adapter has `history(site)`, a list of `Release` with the newest first; empty where nothing was released yet or
the site is not there at all. It asks and changes nothing. Raises Failure where the platform cannot be asked.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

# `waiting` is held back until its owner deploys it by hand.
State = Literal["succeeded", "failed", "running", "waiting"]


@dataclass(frozen=True)
class Release:
    """One release of a site. What the platform does not tell is empty."""

    version: str  # as the platform's own commands take it: `v7`, on Upsun the id of the activity
    state: State
    commit: str = ""  # of the code that is online with it, as much of the hash as is told; "" where nobody knows
    at: str = ""  # when it began, in ISO 8601 and UTC: 2026-11-29T09:30:00Z
    by: str = ""  # whose account it was, as the platform calls it: an e-mail address or a name
    what: str = ""  # in the platform's own words: `Set EMAIL_HOST config vars`, `Rollback to v7`
    code: bool = True  # whether code was put online; on Heroku a change of a config var is a release too
    online: bool = False  # whether visitors get this one now
    artefact: str = ""  # by which the platform puts the same code online again: an image on Fly.io, a slug on Heroku


def online(history: Sequence[Release]) -> Release | None:
    """The release that visitors get now; None where there is none yet."""
    return next((one for one in history if one.online), None)


def before(history: Sequence[Release]) -> Release | None:
    """The newest release that succeeded with other code than the one online: what a rollback goes to; None for none."""
    now = online(history)
    if now is None:
        return None
    older = history[history.index(now) + 1 :]
    others = (one for one in older if one.code and one.state == "succeeded" and one.commit != now.commit)
    return next(others, None)


def running(history: Sequence[Release]) -> Release | None:
    """The newest release if it is still under way."""
    return next((one for one in history[:1] if one.state == "running"), None)
