"""The version of each dependency manager that production installs with: the one place to bring it up to date.

A build is the same tomorrow, and a new release of a manager reaches a project with an update of the overlay. Heroku's
buildpack has versions of its own.
"""

from __future__ import annotations

from typing import NamedTuple


class Pinned(NamedTuple):
    """A manager as pip installs it."""

    package: str  # with the extra that it needs
    version: str

    @property
    def requirement(self) -> str:
        return f"{self.package}=={self.version}"


PINNED = {
    "uv": Pinned("uv", "0.13.9"),
    "poetry": Pinned("poetry", "2.5.1"),
    "pipenv": Pinned("pipenv", "2026.10.3"),
    "pdm": Pinned("pdm[locked]", "2.29.3"),  # with the versions that its makers tested
}


def pinned_manager(name: str) -> Pinned | None:
    """What to install before the project's packages; None for pip, which is there."""
    return PINNED.get(name)
