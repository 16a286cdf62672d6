"""The prepared project: the tree that would be deployed, where it is installed, and why neither is possible."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from .results import Outcome


@dataclass(frozen=True)
class Tree:
    """The files that would be deployed, in a separate folder."""

    folder: Path  # absolute; stands for the git root
    name: str  # git's name of the tree: the same files have the same name everywhere
    repository: Path  # the user's git root, of which nothing is changed
    changed: tuple[str, ...]  # paths that are not committed as they are; a deployment would need a commit first
    unproven: tuple[str, ...] = ()  # what a platform would have and this tree has not, a sentence each


@dataclass(frozen=True)
class Installed:
    """Production's dependencies, installed with production's own commands."""

    python: Path  # of the environment
    programs: Path  # the folder of what the environment installs to run, first on PATH
    version: str  # of Python, "3.13"
    unproven: tuple[str, ...] = ()  # what production does in another way than was possible here, a sentence each


class NotReady(Exception):
    """A step of production fails: `outcome` has the reason and the fix."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(outcome.detail)
        self.outcome = outcome


class CannotTest(Exception):
    """A step of production cannot be tested on this machine, which proves nothing. The text says what is missing, and the fix."""
