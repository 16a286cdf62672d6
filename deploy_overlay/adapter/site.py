"""The project on one platform, for the platform's adapter."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path

from ..base import git
from ..base.answers import Answers
from ..base.message import Failure
from ..base.release import command
from ..plan import Plan
from .cli import Cli
from .prompts import Prompts
from .record import Record
from .request import PRODUCTION, Request, in_environment
from .values import Values

MARK = "DEPLOY_OVERLAY_PROJECT"  # variable on the platform that says which project an app belongs to


@dataclass(frozen=True)
class Site:
    answers: Answers
    request: Request
    record: Record
    cli: Cli
    prompts: Prompts
    values: Values
    plan: Plan
    own_app: bool = True  # whether each environment is an app; otherwise one project has them all
    notes: dict[str, str] = field(default_factory=dict)  # what a platform's adapter has learnt during the run

    @property
    def root(self) -> Path:
        return self.answers.root

    @property
    def name(self) -> str:
        """The name of the app, or of the project that has every environment."""
        name = self.answers.text("deploy_name")
        return in_environment(name, self.request.environment, "-") if self.own_app else name

    @property
    def title(self) -> str:
        """The site's name for people."""
        beside = not self.own_app and self.request.environment != PRODUCTION
        return f"{self.name} ({self.request.environment})" if beside else self.name

    def command(self, *words: str) -> str:
        """One of our commands for this site and its environment, as people would type it."""
        return command(self.answers.values, *words, *self.request.option, answers_file=self.answers.answers_file)

    @property
    def database(self) -> str:
        """`postgres`, `sqlite` or `external`."""
        return self.answers.text("deploy_database", "postgres")

    def choose(self, question: str, what: str, candidates: dict[str, str]) -> str:
        """See Prompts.choose: the answer called `question` is looked at first."""
        return self.prompts.choose(question, what, self.answers.text(question), candidates)

    def git(self, *argv: str) -> str:
        """What git says, stripped; empty where it cannot say."""
        return git.text(self.root, *argv).encode("utf-8", "replace").decode()

    @property
    def commit(self) -> str:
        """The full hash of the current commit."""
        found = self.git("rev-parse", "HEAD")
        if not found:
            raise Failure("git cannot tell the current commit: run `git status` here.", anchor="git-refused")
        return found

    @functools.cached_property
    def mark(self) -> str:
        """That of the environment of this run; see `mark_of`."""
        return self.mark_of(self.request.environment)

    def mark_of(self, environment: str) -> str:
        """Twelve hexadecimal digits, the same in every clone of this project and in no other; each environment has its own.

        From the first commit and the folder of manage.py. Empty in a shallow clone, which does not have that commit.
        """
        if not self._origin:
            return ""
        text = in_environment(self._origin, environment)
        return hashlib.sha256(text.encode()).hexdigest()[:12]

    def environment_of(self, marks: Collection[str]) -> str:
        """Which other environment of this project has one of these marks, of those that this clone knows; empty for none."""
        known = dict.fromkeys([PRODUCTION, *self.record.environments()])
        return next((one for one in known if one != self.request.environment and self.mark_of(one) in marks), "")

    @functools.cached_property
    def _origin(self) -> str:
        """What tells this project from every other one; empty where the clone does not know it."""
        if self.git("rev-parse", "--is-shallow-repository") != "false":
            return ""
        roots = self.git("rev-list", "--max-parents=0", "HEAD").split()
        return f"{min(roots, default='')} {self.answers.django_root}"
