"""The project that the command is for: the git root above the current folder, and the answers file of the overlay there."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ..base import git
from ..base.answers import Answers, read
from ..base.message import Failure
from ..base.release import ANSWERS_FILE
from ..base.template_files import stored_answers


@dataclass(frozen=True)
class Project:
    root: Path  # the git root, or the current folder outside of git; absolute
    here: Path  # where the command was started
    answers_file: str
    answers: Answers | None  # None where the overlay is not here

    @property
    def name(self) -> str:
        return self.answers.text("deploy_name", self.root.name) if self.answers else self.root.name

    def path(self, given: str) -> str:
        """A path as it was typed, as seen from the git root; empty stays empty."""
        if not given or Path(given).expanduser().is_absolute() or self.here == self.root:
            return given
        whole = (self.here / given).resolve()
        return whole.relative_to(self.root).as_posix() if whole.is_relative_to(self.root) else str(whole)


def find_project(answers_file: str = "") -> Project:
    """The project around the current folder. Raises Failure where `answers_file` or the only one is no answers file."""
    here = Path.cwd()
    told = git.text(here, "rev-parse", "--show-toplevel")
    root = Path(told) if told else here
    chosen = answers_file or _answers_file(root, here)
    there = (root / chosen).is_file() and (answers_file or "deploy_platforms" in stored_answers(root / chosen))
    if answers_file and not there:
        return Project(root, here, answers_file, None)  # `add -a FILE` writes it
    return Project(root, here, chosen, read(root, chosen) if there else None)


def _answers_file(root: Path, here: Path) -> str:
    """The overlay's only answers file, the one of the Django project that the current folder is in, or the usual name."""
    found = {
        file.name: stored
        for file in sorted(root.glob(".copier-answers*.y*ml"))
        if "deploy_platforms" in (stored := stored_answers(file))
    }
    if len(found) < 2:
        return next(iter(found), ANSWERS_FILE)
    inside = [
        name
        for name, stored in found.items()
        if (folder := str(stored.get("django_root") or ".")) != "." and here.is_relative_to(root / folder)
    ]
    if len(inside) == 1:
        return inside[0]
    raise Failure(
        f"This repository has several projects with the overlay: add -a and one of {', '.join(found)}.",
        anchor="several-projects",
    )
