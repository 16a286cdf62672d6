"""The version of each dependency manager that production installs with: the one place to bring it up to date.

A build is the same tomorrow, and a new release of a manager reaches a project with an update of the overlay. Heroku's
buildpack has versions of its own.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from ..base.versions import standard_versions, version


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


def pinned_manager(name: str, required: str = "") -> Pinned | None:
    """What to install before the project's packages; None for pip, which is there.

    `required` are the versions that the project insists on: where ours is none of them, the oldest one that it names.
    """
    ours = PINNED.get(name)
    if ours is None or not required or _allowed(required, ours.version):
        return ours
    named = sorted(re.findall(r"\d+(?:\.\d+)*", required), key=version)
    complete = (".".join([*one.split("."), "0", "0"][:3]) for one in named)
    return next((ours._replace(version=one) for one in complete if _allowed(required, one)), ours)


def _allowed(required: str, release: str) -> bool:
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    try:
        return SpecifierSet(standard_versions(required)).contains(release)
    except InvalidSpecifier:
        return True  # the manager itself says what is wrong with it
