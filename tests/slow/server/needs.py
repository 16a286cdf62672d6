"""What a project on a server of one's own can need: variants of the sample, and answers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.support import Project, applied, commit, make_project

NEEDS: dict[str, tuple[list[str], dict[str, Any]]] = {
    "plain": ([], {}),
    "SQLite": ([], {"deploy_database": "sqlite"}),
    "everything": (
        ["whole"],
        {
            "deploy_runs": ["worker", "scheduler", "cron"],
            "deploy_redis": "platform",
            "deploy_uploads": "volume",
            "deploy_backups": "bucket",
        },
    ),
    "bucket": (["whole"], {"deploy_uploads": "bucket"}),
    "own Dockerfile": (["own-dockerfile"], {}),
    "database elsewhere": ([], {"deploy_database": "external"}),
}


def made(template: Path, folder: Path, shape: dict[str, Any], **answers: Any) -> Project:
    """A project of this shape with the overlay for these answers, committed."""
    project = make_project(folder / "library", **shape)
    applied(project, template, deploy_name=answers.pop("deploy_name", "shelf"), **answers)
    commit(project, "Add the deployment overlay")
    return project
