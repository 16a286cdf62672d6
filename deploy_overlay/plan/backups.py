"""Automatic backups of a site's data, by the platform or by our own process."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ..base.answers import text
from ..base.plan import Variable
from ..base.platform import Backups, Platform

ELSEWHERE = Backups("Your database is not the platform's: ask its provider what is backed up.")
NOTHING = Backups("Nothing backs up the database: `deploy-overlay set deploy_backups=bucket` dumps it every night.")
NIGHTLY = Backups("The process `backup` dumps the database into your bucket every night.")
BACKUP = "backup"  # the name of that process, and the module of the overlay that it runs
BACKUPS = "backups"  # what it is for, as `deploy_backups` chooses it
NIGHT = "17 3 * * *"  # of that process where the platform starts it, as the module does elsewhere: in UTC
# Not those of uploads: everybody may be allowed to read that bucket. Boto3's own names, after BACKUP_.
VARIABLES = ("BACKUP_BUCKET", "BACKUP_ACCESS_KEY_ID", "BACKUP_SECRET_ACCESS_KEY")
MAY_LACK = ("BACKUP_REGION", "BACKUP_ENDPOINT_URL", "BACKUP_HEARTBEAT_URL")


def backups(answers: Mapping[str, Any], platform: Platform | None) -> Backups:
    """The platform's declaration for the database of these answers; empty if it has none."""
    if text(answers, "deploy_database", "postgres") == "external":
        return ELSEWHERE
    if unprotected(answers, platform):
        return NIGHTLY if dumps_nightly(answers, platform) else NOTHING
    return platform.backups(answers) if platform and platform.backups else Backups("")


def unprotected(answers: Mapping[str, Any], platform: Platform | None) -> bool:
    """Whether the platform itself does not back up the database: a container of our files, or a file on a volume."""
    own = platform is not None and bool(platform.postgres_version)
    return own and text(answers, "deploy_database", "postgres") in ("postgres", "sqlite")


def dumps_nightly(answers: Mapping[str, Any], platform: Platform | None) -> bool:
    """Whether our own process dumps the database every night."""
    return unprotected(answers, platform) and text(answers, "deploy_backups") == "bucket"


def backup_variables(answers: Mapping[str, Any], platform: Platform | None) -> list[Variable]:
    """The variables of that process that the user sets. The site starts without them."""
    if not dumps_nightly(answers, platform):
        return []
    return [
        *(Variable(name, "owner") for name in VARIABLES),
        *(Variable(name, "owner", required=False) for name in MAY_LACK),
    ]


def has_dumps(answers: Mapping[str, Any], chosen: Iterable[Platform]) -> bool:
    """Whether a process of ours dumps the database on any of these platforms."""
    return any(dumps_nightly(answers, one) for one in chosen)


def dump_version(answers: Mapping[str, Any], chosen: Iterable[Platform]) -> str:
    """The major version of PostgreSQL whose pg_dump the image has; "" if it needs none. It dumps older servers too."""
    if text(answers, "deploy_database", "postgres") == "sqlite":
        return ""
    needed = [text(answers, one.postgres_version) for one in chosen if dumps_nightly(answers, one)]
    return max(needed, key=int, default="")
