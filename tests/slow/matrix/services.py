"""What a platform has beside a site, on this machine: PostgreSQL, Redis, a bucket, a mail server."""

from __future__ import annotations

import secrets
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from email.message import Message
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from deploy_overlay.base.log import Log
from deploy_overlay.base.postgres import installed_programs
from deploy_overlay.rehearse.postgres import running_postgres
from deploy_overlay.rehearse.redis import running_redis
from deploy_overlay.rehearse.stage import Stage
from tests.support import environment, run
from tests.support.mail_server import mail_server
from tests.support.s3 import s3
from tests.support.whole import OWN_VARIABLE

from .simulated.site import Given

KEY = "a-secret-of-the-matrix-alone-0123456789-abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True)
class Services:
    """What a site is given, and where its mail arrives."""

    given: Given
    mail: list[Message]


@contextmanager
def postgresql() -> Iterator[str]:
    """The address of a throw-away server on which databases are made."""
    with tempfile.TemporaryDirectory(prefix="matrix-") as folder:
        place = Path(folder)
        with running_postgres(
            Stage(place, place, place, "deploy", place / "log", Path(sys.executable)), environment(), print
        ) as server:
            yield urlunsplit(urlsplit(server.url)._replace(query=""))


@contextmanager
def database(server: str) -> Iterator[str]:
    """The address of an empty database of its own."""
    name = f"cell_{secrets.token_hex(6)}"
    psql = next(found.program("psql") for found in installed_programs())
    run([psql, server, "-qc", f"CREATE DATABASE {name}"], Path("/"))
    try:
        yield urlunsplit(urlsplit(server)._replace(path=f"/{name}"))
    finally:
        run([psql, server, "-qc", f"DROP DATABASE {name} WITH (FORCE)"], Path("/"))


@contextmanager
def services(server: str, place: Path, *, whole: bool, bucket: bool, redis_alone: bool = False) -> Iterator[Services]:
    """A database, with Redis beside it, or all that the whole sample project needs. `place` is a folder for logs."""
    with ExitStack() as stack:
        address = stack.enter_context(database(server))
        if redis_alone:
            running = stack.enter_context(running_redis(place, Log(place / "redis.log"), print))
            yield Services(Given(address, {"SECRET_KEY": KEY}, running.url), [])
            return
        if not whole:
            yield Services(Given(address, {"SECRET_KEY": KEY}), [])
            return
        redis = stack.enter_context(running_redis(place, Log(place / "redis.log"), print))
        mail = stack.enter_context(mail_server())
        # What the owner sets.
        variables = {
            "SECRET_KEY": KEY, OWN_VARIABLE: secrets.token_hex(8), "EMAIL_HOST": "127.0.0.1",
            "EMAIL_PORT": str(mail.port), "EMAIL_USE_TLS": "false",
        }  # fmt: skip
        held = {}
        if bucket:
            endpoint = stack.enter_context(s3(place / "s3.log", "library-files"))
            held = {
                "AWS_STORAGE_BUCKET_NAME": "library-files", "AWS_ACCESS_KEY_ID": "KEY", "AWS_SECRET_ACCESS_KEY": "secret",
                "AWS_REGION": "us-east-1", "AWS_ENDPOINT_URL_S3": endpoint,
            }  # fmt: skip
        yield Services(Given(address, variables, redis.url, held), mail.messages)
