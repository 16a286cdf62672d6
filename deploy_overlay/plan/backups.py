"""What is done for a site's data without its owner."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..base.answers import text
from ..base.platform import Backups, Platform

ELSEWHERE = Backups("Your database is not the platform's: ask its provider what is backed up.")


def backups(answers: Mapping[str, Any], platform: Platform | None) -> Backups:
    """As the platform declares it for the database of these answers; no words where it declares nothing."""
    if text(answers, "deploy_database", "postgres") == "external":
        return ELSEWHERE
    return platform.backups(answers) if platform and platform.backups else Backups("")
