"""Files outside the overlay's folder that an answer requests, independent of the platform."""

from __future__ import annotations

from typing import NamedTuple

from ..base.answers import texts
from ..base.platform import Values


class AskedFile(NamedTuple):
    path: str  # from the git root
    question: str
    answer: str
    purpose: str  # one phrase, for the summary


GITLAB, GITLAB_JOBS = ".gitlab-ci.yml", "gitlab-ci.yml"  # the jobs are in the overlay's folder
WORKFLOW = ".github/workflows/deploy.yml"
ASKED_FILES = (
    AskedFile(".github/workflows/deploy-overlay.yml", "deploy_updates", "github", "proposes each new version"),
    AskedFile("renovate.json", "deploy_updates", "renovate", "proposes each new version"),
    AskedFile(WORKFLOW, "deploy_ci", "github", "rehearses and deploys each change"),
    AskedFile(GITLAB, "deploy_ci", "gitlab", "rehearses and deploys each change"),
)


def asked_files(answers: Values) -> dict[str, str]:
    """The purpose of each file, by path."""
    return {one.path: one.purpose for one in ASKED_FILES if one.answer in texts(answers, one.question)}
