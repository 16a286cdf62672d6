"""Temporary replacements for production's services: Redis, a bucket and a mail server, each on loopback."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from ..base.log import Log
from ..base.plan import Resource
from ..plan import Plan
from ..plan.backups import BACKUPS
from .bucket import Bucket, running_bucket
from .dumps import BUCKET as DUMPS
from .redis import NoRedis, RedisServer, running_redis
from .smtp import MailServer, running_mail_server

# What the overlay's settings read, by part; they use TLS unless this one says no.
MAIL = {"EMAIL_HOST": "host", "EMAIL_PORT": "port", "EMAIL_USE_TLS": "tls"}
_MAIL_PARTS = {
    "HOST": "host", "HOSTNAME": "host", "SERVER": "host", "PORT": "port", "TLS": "tls", "SSL": "tls", "STARTTLS": "tls",
    "URL": "url", "USER": "user", "USERNAME": "user", "LOGIN": "user", "PASSWORD": "password", "PASS": "password",
}  # fmt: skip
_MAIL_WORDS = re.compile(r"(?:^|_)(?:E?MAIL|SMTP)(?:_|$)")


@dataclass
class Services:
    """The started services. `variables` hold the addresses, `unproven` has a sentence for each that could not be started.

    `filled` are the project's own variables of an address, which the overlay sets by itself once the site is loaded.
    """

    mail: MailServer
    redis: RedisServer | None = None
    bucket: Bucket | None = None
    dumps: Bucket | None = None  # where the nightly backup goes
    variables: dict[str, str] = field(default_factory=dict)
    filled: dict[str, str] = field(default_factory=dict)
    unproven: tuple[str, ...] = ()


def start_services(
    plan: Plan,
    supplied: Mapping[str, str],
    *,
    public: bool,
    scratch: Path,
    log: Log,
    say: Callable[[str], object],
    lasting: contextlib.ExitStack,
) -> Services:
    """Start what this plan has, until `lasting` is closed.

    Addresses that the owner supplies of Redis are used, as it may have to hold something; nothing is ever written to a
    bucket or sent to a mail server of the owner's. `public`: whether everybody may read what is uploaded.
    """
    mail = lasting.enter_context(running_mail_server())
    names = mail_variables([one.name for one in plan.environment])
    credentials = {name: part for name, part in names.items() if part in ("user", "password")}
    names = {name: part for name, part in names.items() if name not in credentials or name not in supplied}
    found = Services(mail, variables=mail.variables(names))
    if redis := plan.resource("redis"):
        try:
            found.redis = lasting.enter_context(running_redis(scratch, log, say, password=_has_password(redis)))
            given = redis_variables(redis, found.redis.url)
            found.variables["REDIS_URL"] = given.pop("REDIS_URL")
            own = {name: value for name, value in given.items() if name not in supplied}
            # Of what it makes, a platform sets the address alone: a process that reads the others too early has none.
            if redis.how == "by hand":
                found.variables |= own
            else:
                found.filled = own
        except NoRedis as error:
            found.unproven = (f"Redis was not tested: {error}",)
    if bucket := plan.resource("bucket"):
        found.bucket = lasting.enter_context(running_bucket(public=public))
        found.variables |= found.bucket.variables(dict(bucket.variables))
    if any(one.chosen == BACKUPS for one in plan.processes):
        found.dumps = lasting.enter_context(running_bucket(public=False))
        found.variables |= found.dumps.variables(DUMPS)
    return found


def mail_variables(names: list[str]) -> dict[str, str]:
    """Variables by the part of a mail server's address that each holds: the overlay's and the project's own."""
    words = {name: name.rpartition("_")[2] for name in names if _MAIL_WORDS.search(name)}
    return {name: _MAIL_PARTS[word] for name, word in words.items() if word in _MAIL_PARTS} | MAIL


def redis_variables(redis: Resource, url: str) -> dict[str, str]:
    """The value of each variable of the resource."""
    address = urlsplit(url)
    parts = {
        "url": url, "host": address.hostname or "", "port": str(address.port), "user": address.username or "",
        "password": address.password or "", "name": address.path.lstrip("/") or "0",
    }  # fmt: skip
    return {name: parts[part] for name, part in redis.variables.items()}


def _has_password(redis: Resource) -> bool:
    """Whether the server has a password: a platform's does; the user's only if the project reads one."""
    own = {name: part for name, part in redis.variables.items() if name != "REDIS_URL"}
    return redis.how != "by hand" or not own or "password" in own.values() or "url" in own.values()
