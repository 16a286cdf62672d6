"""The version of each dependency manager that production installs with: the one place to bring it up to date.

A build is the same tomorrow, and a new release of a manager reaches a project with an update of the overlay. Heroku's
buildpack has versions of its own.
"""

from __future__ import annotations

from typing import NamedTuple

from ..base.versions import standard_versions


class Pinned(NamedTuple):
    """A manager as pip installs it."""

    package: str  # with the extra that it needs
    version: str
    allowed: str = ""  # where the project refuses that version, those that it takes: ">=1.2,<2"

    @property
    def requirement(self) -> str:
        return f"{self.package}{self.allowed or f'=={self.version}'}"


PINNED = {
    "uv": Pinned("uv", "0.13.9"),
    "poetry": Pinned("poetry", "2.5.1"),
    "pipenv": Pinned("pipenv", "2026.10.3"),
    "pdm": Pinned("pdm[locked]", "2.29.3"),  # with the versions that its makers tested
}


def pinned_manager(name: str, required: str = "") -> Pinned | None:
    """What to install before the project's packages; None for pip, which is there.

    `required` are the versions that the project insists on: where ours is none of them, pip takes the newest of them.
    """
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    ours = PINNED.get(name)
    if ours is None or not required:
        return ours
    try:
        taken = SpecifierSet(standard_versions(required))
    except InvalidSpecifier:
        return ours  # the manager itself says what is wrong with it
    return ours if taken.contains(ours.version) else ours._replace(allowed=str(taken))
