"""Platforms that read their files at the root of a repository, and nowhere else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .message import Failure


def refuse_second_project(name: str, answers: Mapping[str, Any]) -> None:
    """Raise Failure where another project of the repository has the overlay already."""
    if answers.get("deploy_beside"):
        raise Failure(
            f"{name} reads its files at the root of the repository, and those there are of another Django project that "
            "has the overlay already. Choose -d deploy_platforms='[fly]', or give this project a repository of its own.",
            anchor="one-project-only",
        )
