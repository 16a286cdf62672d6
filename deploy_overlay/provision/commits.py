"""Compares the commit that is online with the current branch: which commits are not deployed, and which it lacks."""

from __future__ import annotations

from typing import Any, NamedTuple

from ..adapter.history import Release
from ..adapter.site import Site
from ..base.message import COLUMNS

MOST = 5  # commits that are named


class Commit(NamedTuple):
    hash: str
    subject: str

    @property
    def line(self) -> str:
        """For a list in a terminal."""
        text = f"{self.hash[:8]} {self.subject}"
        room = COLUMNS - 16
        return text if len(text) <= room else f"{text[: room - 3].rstrip()}..."

    def data(self) -> dict[str, str]:
        return {"commit": self.hash, "subject": self.subject}


class Comparison(NamedTuple):
    """`online` is the hash of the commit that is online, perhaps shortened; "" if the platform does not say.

    `here` says whether this clone has it. Only then are the other fields set.
    """

    online: str
    subject: str = ""
    here: bool = False
    waiting: int = 0  # commits of the current branch that are not online
    newest: tuple[Commit, ...] = ()  # the newest of those, at most MOST
    lacking: int = 0  # commits that are online and not on the current branch

    def data(self) -> dict[str, Any]:
        return {
            "here": self.here,
            "not_deployed": self.waiting,
            "newest": [one.data() for one in self.newest],
            "not_on_this_branch": self.lacking,
        }


def compare_with_branch(site: Site, release: Release | None) -> Comparison:
    """Compare a release's commit with the current branch."""
    found = find_commit(site, release)
    if not found.here:
        return found
    listed = site.git("log", "--format=%H %s", f"--max-count={MOST}", f"{found.online}..HEAD").splitlines()
    newest = tuple(Commit(*line.partition(" ")[::2]) for line in listed)
    waiting, lacking = count(site, f"{found.online}..HEAD"), count(site, f"HEAD..{found.online}")
    return found._replace(waiting=waiting, newest=newest, lacking=lacking)


def find_commit(site: Site, release: Release | None) -> Comparison:
    """A release's commit and its subject, without the comparison."""
    if release is None or not release.commit:
        return Comparison("")
    commit = whole(site, release.commit)
    return Comparison(commit, subject_of(site, commit), True) if commit else Comparison(release.commit)


def whole(site: Site, commit: str) -> str:
    """The full hash of a shortened one; empty if this clone does not have the commit."""
    return site.git("rev-parse", "--verify", "--quiet", "--end-of-options", f"{commit}^{{commit}}") if commit else ""


def subject_of(site: Site, commit: str) -> str:
    return site.git("log", "--max-count=1", "--format=%s", commit)


def count(site: Site, span: str) -> int:
    return int(site.git("rev-list", "--count", span) or 0)
