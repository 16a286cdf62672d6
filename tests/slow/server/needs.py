"""What a project on a server of one's own can need: variants of the sample, and answers."""

from __future__ import annotations

from typing import Any

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
