"""The site's PostgreSQL as this machine reaches it: through SSH, because its container publishes no port."""

from __future__ import annotations

import contextlib
import re
import shlex
from collections.abc import Iterator
from urllib.parse import urlsplit

from ....adapter.site import Site
from ....adapter.tunnel import through, tunnel
from ....base.message import Failure
from .server import Server
from .values import printed

ADDRESS = "{{range .NetworkSettings.Networks}}{{.IPAddress}} {{end}}"


@contextlib.contextmanager
def database(site: Site) -> Iterator[str]:
    server = Server(site)
    url = printed(site, server.destination).get("DATABASE_URL", "")
    host = urlsplit(url).hostname or ""
    if not host:
        raise Failure(
            "DATABASE_URL has no value in .kamal/secrets: give the variables that it is made of theirs, as "
            f"{site.answers.deploy_folder}/README.md says, then run this again.",
            anchor="database-missing",
        )
    found = server.look().named(host)
    if found is None:  # a server elsewhere
        yield url
        return
    if not found.runs:
        raise Failure(
            f"PostgreSQL ({host}) is {found.state}: start it with `{server.line('accessory', 'start', 'postgres')}`, then run "
            "this again.",
            anchor="database-missing",
        )
    told = server.asked(f"docker inspect --format {shlex.quote(ADDRESS)} {shlex.quote(host)}")
    address = next(iter(re.findall(r"\d+\.\d+\.\d+\.\d+", told)), "")
    if not address:
        raise ValueError(f"{host} has no address: {told!r}")
    ssh, place = server.ssh()
    remote = urlsplit(url).port or 5432
    options = ("-N", "-o", "ExitOnForwardFailure=yes")
    with tunnel(ssh, lambda port: (*options, "-L", f"127.0.0.1:{port}:{address}:{remote}", *place)) as port:
        yield through(url, port)
