"""The project on one platform, as a platform's steps see it."""

from __future__ import annotations

import functools
import hashlib
from dataclasses import dataclass, field
from pathlib import Path

from ..base import git
from ..base.answers import Answers
from ..base.message import Failure
from ..plan import Plan
from .cli import Cli
from .prompts import Asking
from .record import Record
from .request import Request, in_environment
from .values import Values

MARK = "DEPLOY_OVERLAY_PROJECT"  # variable on the platform that says which project an app belongs to


@dataclass(frozen=True)
class Site:
    answers: Answers
    request: Request
    record: Record
    cli: Cli
    asking: Asking
    values: Values
    plan: Plan
    notes: dict[str, str] = field(default_factory=dict)  # what a platform's module has learnt on the way

    @property
    def root(self) -> Path:
        return self.answers.root

    @property
    def name(self) -> str:
        """The name of the app, which begins its address."""
        return in_environment(self.answers.text("deploy_name"), self.request.environment, "-")

    @property
    def database(self) -> str:
        """`postgres`, `sqlite` or `external`."""
        return self.answers.text("deploy_database", "postgres")

    def choose(self, question: str, what: str, candidates: dict[str, str]) -> str:
        """See Asking.choose: the answer called `question` is looked at first."""
        return self.asking.choose(question, what, self.answers.text(question), candidates)

    def git(self, *argv: str) -> str:
        """What git says, stripped; empty where it cannot say."""
        return git.text(self.root, *argv).encode("utf-8", "replace").decode()

    @property
    def commit(self) -> str:
        """The full hash of the current commit."""
        found = self.git("rev-parse", "HEAD")
        if not found:
            raise Failure("git does not say which commit is current: run `git status` here.", anchor="git-refused")
        return found

    @functools.cached_property
    def mark(self) -> str:
        """Twelve hexadecimal digits, the same in every clone of this project and in no other; each environment has its own.

        From the first commit and the folder of manage.py. Empty in a shallow clone, which does not have that commit.
        """
        if self.git("rev-parse", "--is-shallow-repository") != "false":
            return ""
        roots = self.git("rev-list", "--max-parents=0", "HEAD").split()
        text = in_environment(f"{min(roots, default='')} {self.answers.django_root}", self.request.environment)
        return hashlib.sha256(text.encode()).hexdigest()[:12]
