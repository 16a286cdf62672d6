"""Checks the process that dumps the database every night: it dumps the rehearsal's database into its bucket."""

from __future__ import annotations

import os
import shlex
from collections.abc import Callable, Mapping

from ..base.plan import Process
from ..base.postgres import client_programs
from .bucket import Bucket
from .preparation import CannotTest
from .results import Outcome, failed, passed
from .stage import Stage
from .trouble import condensed

BUCKET = {
    "BACKUP_BUCKET": "bucket",
    "BACKUP_ACCESS_KEY_ID": "key",
    "BACKUP_SECRET_ACCESS_KEY": "secret",
    "BACKUP_REGION": "region",
    "BACKUP_ENDPOINT_URL": "endpoint",
}
BEGINS = b"PGDMP"  # a dump in PostgreSQL's custom format
TOO_OLD = "server version mismatch"  # as pg_dump says it of itself


def check_backup(
    stage: Stage, environ: Mapping[str, str], process: Process, bucket: Bucket, say: Callable[[str], object]
) -> Outcome:
    """A dump arrives in the bucket and can be read back.

    The image has pg_dump; elsewhere it is that of this machine. Raises CannotTest if there is none as new as the server.
    """
    words = shlex.split(process.command)
    words += [] if words[-1] == "now" else ["now"]
    reasons: list[str] = []
    folders = [""] if stage.own_server else (str(found.folder) for found in client_programs(say, reasons))
    for folder in folders:
        path = os.pathsep.join(filter(None, [environ.get("PATH", ""), folder]))
        # Nobody outside is told of a rehearsal.
        result = stage.run(words, {**environ, **({"PATH": path} if folder else {}), "BACKUP_HEARTBEAT_URL": ""})
        if TOO_OLD not in result.output or stage.own_server:
            break
        reasons.append(f"pg_dump in {folder} is older than the server")
    else:
        raise CannotTest(
            f"The nightly backup was not tested, because there is no pg_dump for it: {'; '.join(reasons)}. Install "
            "PostgreSQL."
        )
    if result.code != 0:
        error = condensed(result.output, stage.repository)
        return failed(f"{process.command} made no dump: {error}", "Correct this error.")
    stored = [one.body for one in bucket.objects.values() if one.body.startswith(BEGINS)]
    if not stored:
        return failed(
            f"{process.command} ended without an error, but no dump arrived in the bucket",
            "Read the bucket from the variables BACKUP_*, as deploy/backup.py does.",
        )
    return passed(f"dumped the database into a bucket and read it back, {len(stored[0]):,} bytes")
