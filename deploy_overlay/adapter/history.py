"""The releases of a site: when, and by whom.

A platform's adapter has `history(site)`, a list of `Release` with the newest first; empty where nothing was released yet or
the site is not there at all. It asks and changes nothing. Raises Failure where the platform cannot be asked.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from ..base.message import Failure
from .site import Site
from .steps import Step

# `waiting` is held back until its owner deploys it by hand.
State = Literal["succeeded", "failed", "running", "waiting"]


@dataclass(frozen=True)
class Release:
    """One release of a site. What the platform does not say is empty."""

    version: str  # as the platform's own commands take it: `v7`, on Upsun the id of the activity
    state: State
    commit: str = ""  # hash of the deployed code, perhaps shortened; "" if unknown
    at: str = ""  # start, in ISO 8601 and UTC: 2026-11-29T09:30:00Z
    by: str = ""  # the account, as the platform names it: an e-mail address or a name
    what: str = ""  # in the platform's own words: `Set EMAIL_HOST config vars`, `Rollback to v7`
    code: bool = True  # whether it deployed code; on Heroku a change of a config var is a release too
    online: bool = False  # whether visitors get this one now
    artefact: str = ""  # what the platform can deploy again: an image on Fly.io, a slug on Heroku


@dataclass(frozen=True)
class Rollback:
    """How a platform puts the code of an older release online again."""

    steps: Sequence[Step]
    notes: Sequence[str] = ()  # sentences on side effects


def online(history: Sequence[Release]) -> Release | None:
    """The release that visitors get now; None if there is none yet."""
    return next((one for one in history if one.online), None)


def same_code(one: Release, other: Release) -> bool:
    """Whether two releases have the same code, by their commits or else their artefacts."""
    if one.commit and other.commit:
        return one.commit.startswith(other.commit) or other.commit.startswith(one.commit)
    return one.artefact == other.artefact != ""


def before(history: Sequence[Release], now: Release) -> Release | None:
    """The newest successful release before the code of `now` was first released, or None.

    A rollback is a new release of older code, so the next rollback goes back further and never forward.
    """
    first = max(number for number, one in enumerate(history) if one is now or same_code(one, now))
    older = (one for one in history[first + 1 :] if one.code and one.state == "succeeded")
    return next(older, None)


def check_here(site: Site, back: Release) -> None:
    """Raises Failure if this clone lacks the commit of a release, which the platform needs from here."""
    if back.commit and not site.git("rev-parse", "--verify", "--quiet", f"{back.commit}^{{commit}}"):
        raise Failure(
            f"This clone does not have commit {back.commit[:8]}, from which {back.version} was made: run `git fetch --all`, "
            "then run this again.",
            anchor="commit-not-here",
        )


def running(history: Sequence[Release]) -> Release | None:
    """The newest release if it is still in progress."""
    return next((one for one in history[:1] if one.state == "running"), None)
