"""Finds the project: the git root above the current folder, and its answers file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ..base import git
from ..base.answers import Answers, find, read
from ..base.release import ANSWERS_FILE
from ..base.template_files import stored_answers


@dataclass(frozen=True)
class Project:
    root: Path  # the git root, or the current folder outside of git; absolute
    here: Path  # where the command was started
    answers_file: str
    answers: Answers | None  # None without the overlay

    @property
    def name(self) -> str:
        return self.answers.text("deploy_name", self.root.name) if self.answers else self.root.name

    def path(self, given: str) -> str:
        """A path from the command line, relative to the git root if it is inside; empty stays empty."""
        if not given or Path(given).expanduser().is_absolute() or self.here == self.root:
            return given
        whole = (self.here / given).resolve()
        return whole.relative_to(self.root).as_posix() if whole.is_relative_to(self.root) else str(whole)


def find_project(answers_file: str = "") -> Project:
    """The project around the current folder. Raises Failure if its answers file is not valid."""
    here = Path.cwd()
    told = git.text(here, "rev-parse", "--show-toplevel")
    root = Path(told) if told else here
    if answers_file:  # `add` writes one that does not exist yet
        return Project(root, here, answers_file, read(root, answers_file) if (root / answers_file).is_file() else None)
    ours = [file.name for file in root.glob(".copier-answers*.yml") if "deploy_package" in stored_answers(file)]
    if not ours:
        return Project(root, here, ANSWERS_FILE, None)
    answers = find(here)
    return Project(root, here, answers.answers_file, answers)
