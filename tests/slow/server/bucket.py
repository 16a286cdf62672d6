"""A server of S3 beside an engine, for the dumps of its sites."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from tests.support.s3 import prepared, s3

from .engine import Engine

GATEWAY = "172.17.0.1"  # the engine's own machine, as containers see it


@contextlib.contextmanager
def bucket_of_dumps(engine: Engine, log: Path, name: str) -> Iterator[dict[str, str]]:
    """The values of a site's variables for this bucket, while the block runs."""
    prepared()  # the engine's network has no way to a package index
    with contextlib.ExitStack() as stack:
        with engine.network():
            address = stack.enter_context(s3(log, name, host="0.0.0.0"))
        yield {
            "BACKUP_BUCKET": name,
            "BACKUP_ACCESS_KEY_ID": "the-key-of-dumps",
            "BACKUP_SECRET_ACCESS_KEY": "the-secret-of-dumps",
            "BACKUP_ENDPOINT_URL": f"http://{GATEWAY}:{urlsplit(address).port}",
        }
